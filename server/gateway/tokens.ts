/**
 * How the text between what Dataform writes is spelt. `googlesql`: as BigQuery reads it, with strings in double quotes and backslashes that
 * escape. `engine`: as DuckDB and Postgres read it, with names in double quotes; what Dataform itself writes is BigQuery's all the same.
 */
export type Dialect = 'googlesql' | 'engine';

export interface Token {
  readonly kind: 'blank' | 'string' | 'path' | 'word' | 'other';
  readonly text: string;
  /** What a string says, where it has to be spelt anew. */
  readonly value?: string;
  /** The parts of a name in backticks: `a.b.c`, or several joined by dots. */
  readonly parts?: readonly string[];
  /** 1-based line in the text that was read. */
  readonly line: number;
}

const BLANK = String.raw`(?<blank>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)`;
const PATH = '(?<path>`(?:[^`\\\\]|\\\\.)*`(?:\\.`(?:[^`\\\\]|\\\\.)*`)*)';
const REST = String.raw`(?<word>[A-Za-z_]\w*)|(?<other>\d[\w.]*|[\s\S])`;
/** Which strings are BigQuery's: all of them, or the one that Dataform writes into the assertions that it makes of row conditions. */
const GOOGLE_STRINGS = [
  String.raw`(?<google>(?:[rR][bB]?|[bB][rR]?)?(?:'''(?:[^\\]|\\[\s\S])*?'''|"""(?:[^\\]|\\[\s\S])*?"""`,
  String.raw`|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"))`,
].join('');
const LABEL = String.raw`(?<google>'(?:[^'\\]|\\[\s\S])*'(?=\s+AS failing_row_condition\b))`;
const ENGINE_STRINGS = String.raw`(?<native>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)`;

const GRAMMAR: Readonly<Record<Dialect, string>> = {
  // A # that begins a line or follows a blank is a comment; in the middle of an expression of the engine it is an operator.
  googlesql: [String.raw`(?<hash>#[^\n]*)`, BLANK, GOOGLE_STRINGS, PATH, REST].join('|'),
  engine: [BLANK, LABEL, ENGINE_STRINGS, PATH, REST].join('|'),
};

/** Cuts SQL into tokens; together they are the text. What is not closed stays as it is, for the engine to complain of. */
export function tokenize(sql: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const { 0: text, groups = {} } of sql.matchAll(new RegExp(GRAMMAR[dialect], 'g'))) {
    tokens.push({ ...tokenOf(text, groups), line });
    line += text.split('\n').length - 1;
  }
  return tokens;
}

function tokenOf(text: string, groups: { [name: string]: string | undefined }): Omit<Token, 'line'> {
  if (groups.hash !== undefined) return { kind: 'blank', text: `--${text.slice(1)}` };
  // BigQuery does not nest comments; the engines do, and would not find the end.
  if (groups.blank !== undefined)
    return { kind: 'blank', text: text.startsWith('/*') ? `/*${text.slice(2).replaceAll('/*', '/ *')}` : text };
  if (groups.google !== undefined) return { kind: 'string', text, value: saidBy(text) };
  if (groups.native !== undefined) return { kind: 'string', text };
  if (groups.path !== undefined) {
    const quoted = text.slice(1, -1).split('`.`');
    // A column has no dot in its name, so that one pair of backticks around dots is a path, as is a chain.
    return { kind: 'path', text, parts: quoted.length > 1 ? quoted : quoted[0]!.split('.') };
  }
  return { kind: groups.word === undefined ? 'other' : 'word', text };
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[xX]([0-9a-fA-F]{2})|([0-7]{3})|([\s\S]))/g;

/** What a string of BigQuery says. */
function saidBy(text: string): string {
  const [, prefix = '', quote = ''] = /^(\w*)('''|"""|'|")/.exec(text) as unknown as [string, string, string];
  const inner = text.slice(prefix.length + quote.length, -quote.length);
  const single = quote.length === 1 ? inner.replaceAll(quote + quote, quote) : inner;
  if (/r/i.test(prefix)) return single;
  return single.replace(ESCAPE, (whole, short, long, hex, octal, character) => {
    if (short ?? long ?? hex) return String.fromCodePoint(Number.parseInt(short ?? long ?? hex, 16));
    if (octal) return String.fromCodePoint(Number.parseInt(octal, 8));
    return ESCAPES[character] ?? (/\w/.test(character) ? whole : character);
  });
}

/** The word in lower case; undefined of anything else. */
export const wordOf = (token: Token | undefined): string | undefined =>
  token?.kind === 'word' ? token.text.toLowerCase() : undefined;

export const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');

/** Without what says nothing at both ends. */
export function trimmed(tokens: readonly Token[]): readonly Token[] {
  let start = 0;
  let end = tokens.length;
  while (start < end && tokens[start]!.kind === 'blank') start++;
  while (end > start && tokens[end - 1]!.kind === 'blank') end--;
  return tokens.slice(start, end);
}
