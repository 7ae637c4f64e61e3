import { addCounts, NO_COUNTS, type QualityCounts } from '../../core/quality-report.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';

/** What one batch brought from one file of a source. */
export interface FileMeasure {
  readonly batchId: string;
  readonly source: string;
  readonly file: string;
  readonly counts: QualityCounts;
  /** Records by `column:code`. */
  readonly rejectedBy: ReadonlyMap<string, number>;
  readonly flaggedBy: ReadonlyMap<string, number>;
}

/** The verdicts on one source. */
export interface SourceMeasure {
  readonly files: readonly FileMeasure[];
  /** Batches with rows in bronze of which staging has no record. */
  readonly unjudged: readonly string[];
}

/** Draft of a {@link FileMeasure}. */
interface Draft {
  counts: QualityCounts;
  rejectedBy: Map<string, number>;
  flaggedBy: Map<string, number>;
}

/**
 * Counts the verdicts on a source by batch and file, in one pass over `silver.stg_<source>`, and the rows of bronze behind them.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED.
 */
export async function measureSource(
  source: string,
  connection: Connection,
  warehouse: Pick<Warehouse, 'statements' | 'describeAll'>,
): Promise<SourceMeasure> {
  const { relation } = warehouse.statements;
  const bronze = { schema: 'bronze', name: source };
  const staging = { schema: 'silver', name: `stg_${source}` };
  const loadFiles = { schema: 'ops', name: 'load_files' };
  const [stagingIs, bronzeIs, loadFilesIs] = await warehouse.describeAll([staging, bronze, loadFiles]);
  const drafts = new Map<string, Map<string, Draft>>();
  const draft = (batch: string, file: string): Draft => {
    const files = drafts.get(batch) ?? new Map<string, Draft>();
    drafts.set(batch, files);
    const found = files.get(file) ?? { counts: NO_COUNTS, rejectedBy: new Map(), flaggedBy: new Map() };
    files.set(file, found);
    return found;
  };
  const add = (to: Draft, counts: Partial<QualityCounts>) => {
    to.counts = addCounts(to.counts, { ...NO_COUNTS, ...counts });
  };

  if (bronzeIs) {
    for (const { batch_id, source_file, n } of await connection.rows<Grouped>(
      `select batch_id, source_file, count(*) as n from ${relation(bronze)} group by batch_id, source_file`,
    )) {
      add(draft(batch_id, source_file), { rows: Number(n) });
    }
  }
  if (loadFilesIs) {
    for (const { batch_id, source_file, n } of await connection.rows<Grouped>(
      `select batch_id, source_file, duplicates as n from ${relation(loadFiles)} where source = $1 and duplicates > 0`,
      [source],
    )) {
      add(draft(batch_id, source_file), { rows: Number(n), duplicatesAtLoad: Number(n) });
    }
  }
  const judged = new Set<string>();
  const flags = stagingIs?.columns.some(({ name }) => name === 'flags') ? 'flags' : undefined;
  for (const row of stagingIs ? await verdicts(relation(staging), flags, connection) : []) {
    const [n, late] = [Number(row.n), Number(row.late)];
    const to = draft(row.batch_id, row.source_file);
    judged.add(row.batch_id);
    const accepted = row.verdict === 'accepted';
    const flagged = accepted && row.flags !== '';
    add(to, {
      records: n,
      accepted: accepted ? n : 0,
      rejected: row.verdict === 'rejected' ? n : 0,
      duplicates: row.verdict === 'duplicate' ? n : 0,
      flagged: flagged ? n : 0,
      late: accepted ? late : 0,
    });
    if (row.verdict === 'rejected') countCodes(to.rejectedBy, row.reasons, n);
    if (flagged) countCodes(to.flaggedBy, row.flags, n);
  }
  return {
    files: [...drafts].flatMap(([batchId, files]) =>
      [...files].map(([file, measured]) => ({ batchId, source, file, ...measured })),
    ),
    unjudged: [...drafts].filter(([batch, files]) => !judged.has(batch) && hasRows(files)).map(([batch]) => batch),
  };
}

type Grouped = { batch_id: string; source_file: string; n: number };

const hasRows = (files: ReadonlyMap<string, Draft>) =>
  [...files.values()].some(({ counts }) => counts.rows > counts.duplicatesAtLoad);

const verdicts = (staging: ReturnType<Statements['relation']>, flags: string | undefined, connection: Connection) =>
  connection.rows<Grouped & { verdict: string; reasons: string; flags: string; late: number }>(
    `select batch_id, source_file, verdict, reasons, ${flags ?? "''"} as flags, count(*) as n, count(case when is_late then 1 end) as late
     from ${staging} group by batch_id, source_file, verdict, reasons${flags ? `, ${flags}` : ''}`,
  );

/** `a:missing;b:pattern;` as its codes. */
export const codesOf = (reasons: string): string[] => reasons.split(';').filter((code) => code !== '');

function countCodes(by: Map<string, number>, reasons: string, n: number): void {
  for (const code of codesOf(reasons)) by.set(code, (by.get(code) ?? 0) + n);
}
