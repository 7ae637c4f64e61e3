/** Text as it is, in a block of code that no backtick in it can end. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replaceAll('\r\n', '\n').trimEnd()}\n${fence}`;
}

/** Text as code in a line or in a cell of a table. As HTML, because a backtick or a bar in a code span has no escape that works in both. */
export const inlineCode = (text: string): string => `<code>${inlineText(text)}</code>`;

/** Text in a line or in a cell of a table: nothing in it is markup, and it is one line. */
export const inlineText = (text: string): string =>
  text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    // Within a word an underscore is no markup, and names would be hard to read.
    .replace(/[&<>`*|[\\~#@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (char) => `&#${char.codePointAt(0)};`);

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** A table; cells are markup already. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}
