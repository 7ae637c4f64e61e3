/**
 * Finds the line of a source file from which a line of generated text came. SQLX compiles to JavaScript and SQL whose lines are those of
 * the source in another place, so the text of the line is the link; `${...}` in the source matches whatever it became. Returns undefined
 * when the line is not there or says too little.
 */
export function sourceLine(source: string, generatedText: string, generatedLine: number): number | undefined {
  const wanted = generatedText.split('\n')[generatedLine - 1]?.trim();
  if (!wanted || wanted.length < 3) return undefined;
  const lines = source.split('\n').map((line) => line.trim());
  const exact = lines.indexOf(wanted);
  if (exact >= 0) return exact + 1;
  const index = lines.findIndex((line) => /\$\{.*\}/.test(line) && template(line).test(wanted));
  return index < 0 ? undefined : index + 1;
}

/** The first line that holds the word, quoted or as a whole word. */
export function lineOfWord(source: string, word: string): number | undefined {
  const pattern = new RegExp(`(?<![A-Za-z0-9_])${escapePattern(word)}(?![A-Za-z0-9_])`);
  const index = source.split('\n').findIndex((line) => pattern.test(line));
  return index < 0 ? undefined : index + 1;
}

/** A line that is nothing but a placeholder could be any line, so it matches none. */
function template(line: string): RegExp {
  const parts = line.split(/\$\{[^}]*\}/);
  return parts.join('').trim().length < 3 ? /(?!)/ : new RegExp(`^${parts.map(escapePattern).join('.*')}$`);
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
