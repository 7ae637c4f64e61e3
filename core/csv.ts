/** How cells are written; the default is RFC 4180. */
export interface CsvStyle {
  readonly delimiter?: string;
  /** Empty: nothing is quoted. */
  readonly quote?: string;
  readonly end?: string;
}

/** A line of CSV with its end. Null is nothing, and an empty text is `""`. */
export const csvLine = (
  cells: readonly (string | null)[],
  { delimiter = ',', quote = '"', end = '\r\n' }: CsvStyle = {},
): string => `${cells.map((cell) => csvCell(cell, delimiter, quote)).join(delimiter)}${end}`;

function csvCell(text: string | null, delimiter: string, quote: string): string {
  if (text === null) return '';
  const plain = text !== '' && ![delimiter, quote, '\r', '\n'].some((part) => part !== '' && text.includes(part));
  return plain || quote === '' ? text : `${quote}${text.replaceAll(quote, quote + quote)}${quote}`;
}
