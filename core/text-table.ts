/** Rows of text under a header, in columns as wide as their widest cell; two spaces between them and none at the end of a line. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly boolean[] = [],
): string {
  const lines = [header, header.map(() => ''), ...rows.map((row) => row.map(oneLine))];
  const widths = header.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  lines[1] = widths.map((width) => '-'.repeat(width));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (rightAligned[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A cell must not break the table: line ends and tabs are written as escapes. */
const oneLine = (text: string): string => text.replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
