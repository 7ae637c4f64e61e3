import { type Criticality, NO_COUNTS, type QualityCounts, type QualityReport } from '../../core/quality-report.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Target } from '../../warehouse/target.ts';
import type { Connection, Row, Value } from '../../warehouse/warehouse.ts';
import type { FileMeasure } from './measure.ts';

/** One row per batch. */
export const QUALITY_BATCHES: Target = { schema: 'ops', name: 'quality_batches' };
/** One row per batch, source and file. */
export const QUALITY_FILES: Target = { schema: 'ops', name: 'quality_files' };
/** One row per batch, source, file, kind (rejected or flagged), column and code. */
export const QUALITY_REASONS: Target = { schema: 'ops', name: 'quality_reasons' };

/** Columns of counts, in their order in the tables. */
const COUNTS: Readonly<Record<string, keyof QualityCounts>> = {
  rows_read: 'rows',
  duplicates_at_load: 'duplicatesAtLoad',
  records: 'records',
  accepted: 'accepted',
  rejected: 'rejected',
  duplicates: 'duplicates',
  flagged: 'flagged',
  late: 'late',
};
const COUNT_COLUMNS = Object.keys(COUNTS);
const countValues = (counts: QualityCounts): Value[] => COUNT_COLUMNS.map((name) => counts[COUNTS[name]!]);

export interface BatchQuality {
  readonly batchId: string;
  readonly loadedAt: string;
  readonly criticality: Criticality;
  readonly counts: QualityCounts;
}

export interface FileQuality extends FileMeasure {
  readonly criticality: Criticality;
}

/**
 * States what the batches that bronze holds are worth now, in one transaction. A batch whose rows are all gone, as after a rebuild, keeps
 * what was last said of it.
 */
export async function writeQuality(
  connection: Connection,
  statements: Statements,
  batches: readonly BatchQuality[],
  files: readonly FileQuality[],
  reportedAt: string,
): Promise<void> {
  const { relation, literal } = statements;
  await connection.execute(statements.createSchema('ops'));
  const counts = COUNT_COLUMNS.map((name) => `${name} bigint not null`).join(', ');
  await connection.execute(
    `create table if not exists ${relation(QUALITY_BATCHES)} (batch_id text not null, loaded_at timestamptz not null, ${counts},
       criticality text not null, reported_at timestamptz not null)`,
  );
  await connection.execute(
    `create table if not exists ${relation(QUALITY_FILES)} (batch_id text not null, source text not null, source_file text not null, ${counts},
       criticality text not null)`,
  );
  await connection.execute(
    `create table if not exists ${relation(QUALITY_REASONS)} (batch_id text not null, source text not null, source_file text not null,
       kind text not null, column_name text not null, code text not null, records bigint not null)`,
  );
  if (batches.length === 0) return;
  await connection.transaction(async () => {
    const ids = batches.map(({ batchId }) => literal(batchId)).join(', ');
    for (const table of [QUALITY_BATCHES, QUALITY_FILES, QUALITY_REASONS]) {
      await connection.execute(`delete from ${relation(table)} where batch_id in (${ids})`);
    }
    await connection.append(
      QUALITY_BATCHES,
      ['batch_id', 'loaded_at', ...COUNT_COLUMNS, 'criticality', 'reported_at'],
      batches.map((batch) => [
        batch.batchId,
        batch.loadedAt,
        ...countValues(batch.counts),
        batch.criticality,
        reportedAt,
      ]),
    );
    await connection.append(
      QUALITY_FILES,
      ['batch_id', 'source', 'source_file', ...COUNT_COLUMNS, 'criticality'],
      files.map((file) => [file.batchId, file.source, file.file, ...countValues(file.counts), file.criticality]),
    );
    await connection.append(
      QUALITY_REASONS,
      ['batch_id', 'source', 'source_file', 'kind', 'column_name', 'code', 'records'],
      files.flatMap(reasonRows),
    );
  });
}

function reasonRows({ batchId, source, file, rejectedBy, flaggedBy }: FileQuality): Value[][] {
  const rows = (kind: string, by: ReadonlyMap<string, number>) =>
    [...by].map(([text, records]) => {
      const [column, code] = splitCode(text);
      return [batchId, source, file, kind, column, code, records];
    });
  return [...rows('rejected', rejectedBy), ...rows('flagged', flaggedBy)];
}

/** `column:code` as its two parts. */
export function splitCode(text: string): [column: string, code: string] {
  const at = text.lastIndexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const countsOf = (row: Row): QualityCounts => ({
  ...NO_COUNTS,
  ...Object.fromEntries(COUNT_COLUMNS.map((name) => [COUNTS[name]!, Number(row[name])])),
});

/** The batch and those before it that were reported on, at most `most`, the oldest first. */
export async function readTrend(
  connection: Connection,
  { relation }: Statements,
  batchId: string,
  most: number,
): Promise<QualityReport['trend']> {
  const rows = await connection.rows<Row & { batch_id: string; loaded_at: string; criticality: Criticality }>(
    `select batch_id, loaded_at, criticality, ${COUNT_COLUMNS.join(', ')} from ${relation(QUALITY_BATCHES)}
     where batch_id <= $1 order by batch_id desc limit ${most}`,
    [batchId],
  );
  return rows
    .map((row) => ({
      batchId: row.batch_id,
      loadedAt: new Date(row.loaded_at).toISOString(),
      criticality: row.criticality,
      counts: countsOf(row),
    }))
    .reverse();
}
