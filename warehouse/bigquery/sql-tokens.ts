/** A piece of GoogleSQL with its place in the text. White space is left out. */
export interface Token {
  /** `name` stands in backquotes, `double` in double quotes; both kinds of string may have a prefix (`r'..'`). */
  readonly type: 'word' | 'name' | 'string' | 'double' | 'number' | 'comment' | 'mark';
  /** As it stands in the text; a word in lower case. */
  readonly text: string;
  /** As it stands in the text. */
  readonly written: string;
  /** Index of its first character. */
  readonly start: number;
  /** Index after its last character. */
  readonly end: number;
  /** Of a string or comment: false when the text, or the line where it must not go on, ends before it does. */
  readonly closed: boolean;
}

const PATTERN =
  /(?<space>\s+)|(?<comment>--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<quoted>(?:[rR][bB]?|[bB][rR]?)?(?:'''[\s\S]*?(?:(?<!\\)'''|$)|"""[\s\S]*?(?:(?<!\\)"""|$)|'(?:[^'\\\n]|\\[\s\S])*(?:'|(?=\n)|$)|"(?:[^"\\\n]|\\[\s\S])*(?:"|(?=\n)|$)))|(?<name>`(?:[^`\\]|\\[\s\S])*(?:`|$))|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d[\w.]*)|(?<mark>::|->>|->|=>|\|\||<=|>=|<>|!=|[\s\S])/uy;

/** The tokens of SQL as BigQuery reads it: `#` begins a comment, backslashes escape, comments do not nest. */
export function googleSqlTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(sql)!;
    const written = found[0];
    const groups = found.groups!;
    const end = at + written.length;
    const one = (type: Token['type'], text = written, closed = true) =>
      tokens.push({ type, text, written, start: at, end, closed });
    if (groups.comment) one('comment', written, !written.startsWith('/*') || /^\/\*[\s\S]*\*\/$/.test(written));
    else if (groups.quoted) one(/^\w*"/.test(written) ? 'double' : 'string', written, isClosed(written));
    else if (groups.name) one('name', written, written.length > 1 && written.endsWith('`'));
    else if (groups.word) one('word', written.toLowerCase());
    else if (groups.number) one('number');
    else if (groups.mark) one('mark');
    at = end;
  }
  return tokens;
}

function isClosed(written: string): boolean {
  const [, quote] = /^\w*('''|"""|'|")/.exec(written)!;
  const body = written.slice(written.indexOf(quote!) + quote!.length);
  return body.endsWith(quote!);
}
