import type { SourceReport } from './report.ts';

/** Batch ids sort by time: `20260301T101500Z-0007`, the seventh load of this warehouse. `before` counts the loads before it. */
export const batchName = (now: Date, before: number): string =>
  `${now.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '')}-${String(before + 1).padStart(4, '0')}`;

const TOTALS = ['filesLoaded', 'rowsRead', 'rowsAdded', 'duplicates', 'malformed', 'rowsRemoved'] as const;

/** The numbers of `ops.load_batches`: files loaded, rows read, added, duplicates, malformed, removed. */
export const batchTotals = (sources: readonly SourceReport[]): number[] =>
  TOTALS.map((key) => sources.reduce((sum, source) => sum + source[key], 0));
