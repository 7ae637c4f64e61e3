import type { Cell, Rec } from '../source.ts';

export type Format = 'jsonl' | 'csv';

/** A record as a line of its file, without the line feed. */
export function lineOf(format: Format, columns: readonly string[], record: Rec): string {
  return format === 'jsonl' ? JSON.stringify(record) : columns.map((column) => field(record[column] ?? null)).join(',');
}

function field(value: Cell): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line that no reader can take for a whole record. `u` and `v` are uniform in [0, 1). */
export function broken(format: Format, line: string, u: number, v: number): string {
  if (format === 'jsonl') return line.slice(0, Math.floor(line.length * (0.1 + 0.85 * u)));
  // A cut inside of quotes would swallow the lines after it: that is a truncated file, another kind of fault.
  if (line.includes('"') || v < 0.5) return `${line},,${Math.floor(1000 * u)}`;
  const ends = [...line].flatMap((character, index) => (character === ',' ? [index] : []));
  return ends.length === 0 ? `${line},,` : line.slice(0, ends[Math.floor(u * ends.length)]!);
}
