export interface Token {
  /** `word` is a bare name or keyword, `name` a quoted one; comments and white space are left out. */
  readonly type: 'word' | 'name' | 'string' | 'mark';
  /** Of a name or a string what stands between the quotes; a word in lower case. */
  readonly text: string;
}

const PATTERN =
  /(?<space>\s+|--[^\n]*)|(?<dollar>\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?\$\k<tag>\$)|(?<string>[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*")|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<number>\d[\w.]*)|(?<mark>[\s\S])/uy;

/** The tokens of SQL as DuckDB and Postgres read it. */
export function sqlTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      at = commentEnd(sql, at);
      continue;
    }
    PATTERN.lastIndex = at;
    const [text, groups] = match(sql);
    at += text.length;
    if (groups.word) tokens.push({ type: 'word', text: text.toLowerCase() });
    else if (groups.name) tokens.push({ type: 'name', text: text.slice(1, -1).replaceAll('""', '"') });
    else if (groups.string) tokens.push({ type: 'string', text: text.slice(text.indexOf("'") + 1, -1) });
    else if (groups.dollar)
      tokens.push({ type: 'string', text: text.slice(groups.tag!.length + 2, -groups.tag!.length - 2) });
    else if (!groups.space) tokens.push({ type: 'mark', text });
  }
  return tokens;
}

function match(sql: string): [string, { readonly [group: string]: string | undefined }] {
  const found = PATTERN.exec(sql)!;
  return [found[0], found.groups!];
}

/** Comments nest. One that never ends goes to the end of the text. */
function commentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      depth++;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else at++;
  }
  return sql.length;
}
