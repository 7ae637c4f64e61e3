/** Strings, quoted names, comments, white space and everything else, as DuckDB and Postgres read them. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|(--[^\n]*|\/\*.*?\*\/|\s+)|\w+|./gs;

/** The index after the last character that is neither comment nor white space; 0 when there is none. */
function codeEnd(sql: string): number {
  let end = 0;
  for (const { 0: token, 2: nothing, index } of sql.matchAll(TOKEN)) {
    if (nothing === undefined) end = index + token.length;
  }
  return end;
}

/** The statement with a semicolon after its code, before a comment that follows; a mere comment stays as it is. */
export function terminated(sql: string): string {
  const end = codeEnd(sql);
  return end === 0 || sql[end - 1] === ';' ? sql : `${sql.slice(0, end)};${sql.slice(end)}`;
}

/** The query without a semicolon at its end, so that it can stand in brackets. Comments after it stay. */
export function unterminated(sql: string): string {
  if (!sql.includes(';')) return sql;
  const end = codeEnd(sql);
  return sql[end - 1] === ';' ? unterminated(sql.slice(0, end - 1) + sql.slice(end)) : sql;
}

/** One text that does what the statements do one after another; the last one ends as it did. Lines of the first keep their number. */
export function joinStatements(statements: readonly string[]): string {
  const trimmed = statements.map((sql) => sql.trimEnd()).filter((sql) => sql !== '');
  return trimmed.map((sql, i) => (i < trimmed.length - 1 ? terminated(sql) : sql)).join('\n');
}
