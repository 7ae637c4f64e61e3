import type { Rec } from '../source.ts';

/** The records by the text of a column, a timestamp; those of one moment stay in their order. */
export function byTime(records: readonly Rec[], column: string): Rec[] {
  return records.toSorted((a, b) => (a[column]! < b[column]! ? -1 : a[column]! > b[column]! ? 1 : 0));
}
