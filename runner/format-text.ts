import type { Problem } from '../core/errors.ts';
import { stockFormatter } from './stock-formatter.ts';
import { syntaxProblem } from './syntax.ts';

/** Formatted text, or why there is none. */
export type Formatted = { readonly text: string } | { readonly problem: Pick<Problem, 'message' | 'line' | 'column'> };

/**
 * Formats a file as `dataform format` does, with its line ends as they are. There is no result for what does not
 * parse, or when the result cannot be trusted: it must parse, formatting it again must change nothing, and only white space, case and the
 * order of blocks may differ. The stock command checks the last two only, and breaks some JavaScript.
 *
 * @throws {TidemarkError} FORMATTER_MISSING.
 */
export function formatText(original: string, extension: 'sqlx' | 'js'): Formatted {
  const lineEnd = /\r?\n/.exec(original)?.[0] ?? '\n';
  const text = original.replaceAll('\r\n', '\n');
  const problem = syntaxProblem(text, extension);
  if (problem) return { problem };
  const format = stockFormatter();
  const once = format(text, extension);
  if (once === text) return { text: original };
  const twice = format(once, extension);
  if (once !== twice) return { problem: noFinalForm(text, once, twice) };
  // In templates within templates it writes "$ {" for "${".
  const broken = syntaxProblem(once, extension);
  if (broken || placeholders(once) !== placeholders(text)) {
    return { problem: { message: `The formatter would break the code${broken ? `: ${broken.message}` : ''}.` } };
  }
  if (squeeze(once).length !== squeeze(text).length) {
    return { problem: { message: 'The formatter would add or remove more than white space.' } };
  }
  return { text: once.replaceAll('\n', lineEnd) };
}

/** Led back to the line of the file that reads the same, where there is exactly one. */
function noFinalForm(text: string, once: string, twice: string): Pick<Problem, 'message' | 'line'> {
  const after = twice.split('\n');
  const changed = once.split('\n').find((line, i) => line !== after[i]) ?? '';
  const wanted = squeeze(changed).toLowerCase();
  const lines = text.split('\n').map((line) => squeeze(line).toLowerCase());
  const where = (test: (line: string) => boolean) => lines.flatMap((line, i) => (wanted && test(line) ? [i + 1] : []));
  const same = where((line) => line.includes(wanted));
  // The formatter may have put two lines into one.
  const matches = same.length > 0 ? same : where((line) => line.length > 3 && wanted.includes(line));
  return {
    message: `The formatter finds no final form: its own text would change again, first at "${changed.trim()}".`,
    ...(matches.length === 1 ? { line: matches[0]! } : {}),
  };
}

const placeholders = (text: string): number => text.split('${').length;

const squeeze = (text: string): string => text.replaceAll(/\s/g, '');
