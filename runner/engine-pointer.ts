import { textWidth } from '../core/text-width.ts';

/** Where an engine says that SQL is wrong. */
export interface EnginePointer {
  /** What it says, without the line that it quotes. */
  readonly text: string;
  /** 0-based, in the SQL that was sent. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
}

/** A comment can follow the semicolon between two statements. */
export const STATEMENT_END = /;\s*(--.*)?$/;
const QUOTED = /\s*^LINE (\d+): (.*)\n([ \t]*)\^[ \t]*$/m;

/**
 * Reads what DuckDB and Postgres write under their messages: `LINE 3: <the line>` and a caret below. DuckDB cuts long lines at both ends;
 * both set the caret by the width of the characters before it, where a tab has none.
 *
 * @param sent the SQL that was sent: one statement, or several, each on lines of its own.
 */
export function enginePointer(message: string, sent: string): EnginePointer | undefined {
  const match = QUOTED.exec(message);
  if (!match) return undefined;
  const [whole, number, quoted, padding] = match as unknown as [string, string, string, string];
  const text = (message.slice(0, match.index) + message.slice(match.index + whole.length)).trimEnd();
  const head = `LINE ${number}: `.length;
  const caret = columnAt(quoted, textWidth(padding) - head);
  const start = quoted.startsWith('...') ? 3 : 0;
  const fragment = quoted
    .slice(start)
    .replace(/\.\.\.$/, '')
    .trimEnd();
  const lines = sent.split(/\r?\n/);
  const line = lineOf(lines, fragment, Number(number) - 1);
  if (line === undefined) return undefined;
  return { text, line, column: Math.max(0, lines[line]!.indexOf(fragment)) + caret - start };
}

/** The character at so many columns; what takes no column belongs to what follows it. */
function columnAt(line: string, columns: number): number {
  let at = 0;
  while (at < line.length && (textWidth(line.slice(0, at)) < columns || textWidth(line[at]!) === 0)) at++;
  return at;
}

/** Of several statements the engine counts the lines of one: a candidate begins the text or follows a semicolon. */
function lineOf(lines: readonly string[], fragment: string, number: number): number | undefined {
  const candidates = lines.flatMap((line, i) => (line.includes(fragment) ? [i] : []));
  return (
    candidates.find((i) => i === number || (i > number && STATEMENT_END.test(lines[i - number - 1]!))) ?? candidates[0]
  );
}
