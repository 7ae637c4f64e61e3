import { kindOf } from './dirt/rule.ts';
import type { Scenario } from './scenario.ts';
import type { Target } from './source-files.ts';

/** How the raw files can be written when a source's own format is not wanted. */
export const FILE_FORMATS = ['jsonl', 'csv', 'parquet'] as const;

export type FileFormat = (typeof FILE_FORMATS)[number];

/** How the files of a source are written in that format; Parquet is made of lines of JSON. */
export const inFormat = (source: Target, format: FileFormat | undefined): Target => ({
  ...source,
  ...(format === 'parquet' ? { format: 'jsonl', extension: format } : format ? { format } : {}),
});

/** The scenario without the rules whose faults the format cannot hold: a Parquet file has no broken lines and no end that is cut off. */
export function fitting(scenario: Scenario, format: FileFormat | undefined): Scenario {
  if (format !== 'parquet') return scenario;
  const unfit = new Set(unfitRules(scenario, format));
  return { ...scenario, dirt: scenario.dirt.filter(({ name }) => !unfit.has(name)) };
}

/** Names of the rules that {@link fitting} leaves out. */
export const unfitRules = ({ dirt }: Scenario, format: FileFormat | undefined): string[] =>
  format === 'parquet'
    ? dirt.filter(({ kind }) => ['line', 'file'].includes(kindOf(kind).level)).map(({ name }) => name)
    : [];
