import { maskLine } from '../../core/personal-data.ts';
import type { QualitySample } from '../../core/quality-report.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import type { Condition } from '../rejects/filter.ts';
import { codesOf } from './measure.ts';

/** Characters of a line that are read, and those that are shown. */
const READ = 4000;
const SHOWN = 400;

/** What to look for among the rejected records of a source. */
export interface SampleQuery extends Condition {
  readonly source: string;
  /** Raw fields that hold personal data. */
  readonly personalFields: readonly string[];
  /** Samples of each set of reasons, and in all. */
  readonly each: number;
  readonly most: number;
  /** True: nothing is masked and nothing is cut. */
  readonly unmasked?: boolean;
}

/** Rejected records, some of each set of reasons, in the order of sources, files and lines. */
export async function readSamples(
  { source, personalFields, where, parameters, each, most, unmasked = false }: SampleQuery,
  connection: Connection,
  { relation }: Statements,
): Promise<QualitySample[]> {
  const raw = unmasked ? 'raw' : `substr(raw, 1, ${READ})`;
  const parsed = unmasked ? 'parsed' : `substr(parsed, 1, ${READ})`;
  const rows = await connection.rows<{
    source_file: string;
    line_no: number;
    reasons: string;
    raw: string;
    record: string | null;
  }>(
    `select s.source_file, s.line_no, s.reasons, s.raw, case when b.problem is null then coalesce(b.parsed, s.raw) end as record
     from (
       select row_hash, record_no, source_file, line_no, reasons, ${raw} as raw,
         row_number() over (partition by reasons order by source_file, line_no, row_hash, record_no) as n
       from ${relation({ schema: 'silver', name: `stg_${source}` })}
       where ${where}
     ) as s
     left join (
       select row_hash, problem, ${parsed} as parsed from ${relation({ schema: 'bronze', name: source })}
     ) as b on b.row_hash = s.row_hash
     where s.n <= ${each}
     order by s.n, s.reasons, s.source_file, s.line_no, s.record_no
     limit ${most}`,
    parameters,
  );
  const samples = rows.map((row) => ({
    source,
    file: row.source_file,
    line: Number(row.line_no),
    reasons: codesOf(row.reasons),
    text: unmasked ? row.raw : cut(maskLine(row.raw, parse(row.record), personalFields)),
  }));
  return samples.sort((a, b) => order(a.reasons.join(), b.reasons.join()) || order(a.file, b.file) || a.line - b.line);
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const cut = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);
