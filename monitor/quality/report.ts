import type { Effects } from '../../core/effects.ts';
import { TidemarkError } from '../../core/errors.ts';
import {
  addCounts,
  CRITICALITIES,
  type Criticality,
  type CriticalityShares,
  criticalityOf,
  NO_COUNTS,
  QUALITY_REPORT_VERSION,
  type QualityCounts,
  type QualityReason,
  type QualityReport,
  worst,
} from '../../core/quality-report.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { rejectedWhere } from '../rejects/filter.ts';
import { type FileMeasure, measureSource } from './measure.ts';
import { readSamples } from './samples.ts';
import { type BatchQuality, type FileQuality, readTrend, splitCode, writeQuality } from './tables.ts';

/** What a report has to know of the contract of a source. */
export interface JudgedSource {
  readonly name: string;
  readonly owner: string;
  readonly criticality: CriticalityShares;
  /** Raw fields that hold personal data. */
  readonly personalFields: readonly string[];
}

export interface QualityOptions {
  readonly dataset: string;
  readonly sources: readonly JudgedSource[];
  readonly warehouse: Warehouse;
  /** Default: the last batch that brought rows. */
  readonly batchId?: string;
}

const WORST_FILES = 20;
const SAMPLES_EACH = 2;
const SAMPLES = 60;
const TREND = 30;

/**
 * Counts the verdicts on all that bronze holds, by batch, source and file, writes them to `ops.quality_batches`, `ops.quality_files` and
 * `ops.quality_reasons`, and reports on one batch.
 *
 * @throws {TidemarkError} VERDICTS_MISSING when nothing was loaded or no model has judged it; USAGE for an unknown batch.
 */
export async function reportQuality(
  { dataset, sources, warehouse, batchId: wanted }: QualityOptions,
  { clock, signal }: Pick<Effects, 'clock' | 'signal'>,
): Promise<QualityReport> {
  const connection = await warehouse.connect();
  const interrupt = () => connection.cancel();
  signal.addEventListener('abort', interrupt);
  try {
    const measured = await measureAll(sources, connection, warehouse);
    const batchIds = [...new Set(measured.files.map((file) => file.batchId))].sort();
    const batchId = chosen(batchIds, wanted);
    const unjudged = measured.unjudged.get(batchId) ?? [];
    if (unjudged.length > 0 && !measured.files.some((file) => file.batchId === batchId && file.counts.records > 0)) {
      const message = `the rows of batch ${batchId} have no verdict yet: ${unjudged.join(', ')}`;
      throw new TidemarkError({ code: 'VERDICTS_MISSING', message });
    }
    const loadedAt = await loadTimes(connection, warehouse);
    const shares = new Map(sources.map((source) => [source.name, source.criticality]));
    const files = measured.files.map(
      (file): FileQuality => ({ ...file, criticality: criticalityOf(file.counts, shares.get(file.source)!) }),
    );
    const ofBatch = groupBy(files, (file) => file.batchId);
    const batches = batchIds.map((id): BatchQuality => {
      const judged = judgeSources(sources, ofBatch.get(id)!);
      return {
        batchId: id,
        loadedAt: loadedAt.get(id) ?? clock.now().toISOString(),
        counts: judged.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS),
        criticality: worst(judged.map(({ criticality }) => criticality)),
      };
    });
    const reportedAt = clock.now().toISOString();
    await writeQuality(connection, warehouse.statements, batches, files, reportedAt);
    const own = ofBatch.get(batchId)!;
    const bad = own.filter(({ counts }) => counts.rejected > 0).sort(worstFirst);
    return {
      version: QUALITY_REPORT_VERSION,
      dataset,
      ...batches.find((batch) => batch.batchId === batchId)!,
      reportedAt,
      sources: judgeSources(sources, own).toSorted(byCriticality),
      unjudged,
      reasons: reasonsOf(own),
      files: bad
        .slice(0, WORST_FILES)
        .map(({ source, file, counts, criticality }) => ({ source, file, counts, criticality })),
      filesWithRejects: bad.length,
      samples: await samplesOf(sources, own, batchId, connection, warehouse),
      trend: await readTrend(connection, warehouse.statements, batchId, TREND),
    };
  } finally {
    signal.removeEventListener('abort', interrupt);
    await connection.close();
  }
}

async function measureAll(sources: readonly JudgedSource[], connection: Connection, warehouse: Warehouse) {
  const files: FileMeasure[] = [];
  const unjudged = new Map<string, string[]>();
  for (const { name } of sources) {
    const measured = await measureSource(name, connection, warehouse);
    files.push(...measured.files);
    for (const batch of measured.unjudged) unjudged.set(batch, [...(unjudged.get(batch) ?? []), name]);
  }
  return { files, unjudged };
}

/** The batch to report on. */
function chosen(batchIds: readonly string[], wanted: string | undefined): string {
  const batchId = wanted ?? batchIds.at(-1);
  if (batchId === undefined) {
    throw new TidemarkError({ code: 'VERDICTS_MISSING', message: 'nothing has been loaded yet' });
  }
  if (!batchIds.includes(batchId)) {
    throw new TidemarkError({
      code: 'USAGE',
      message: `bronze holds no rows of a batch ${batchId}; the last batches are ${batchIds.slice(-5).join(', ') || 'none'}`,
    });
  }
  return batchId;
}

async function loadTimes(connection: Connection, { statements }: Warehouse): Promise<Map<string, string>> {
  const rows = await connection.rows<{ batch_id: string; at: string }>(
    `select batch_id, coalesce(finished_at, started_at) as at from ${statements.relation({ schema: 'ops', name: 'load_batches' })}`,
  );
  return new Map(rows.map(({ batch_id, at }) => [batch_id, new Date(at).toISOString()]));
}

/** `Map.groupBy`, which Node 20 lacks. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function judgeSources(sources: readonly JudgedSource[], files: readonly FileMeasure[]): QualityReport['sources'] {
  const bySource = groupBy(files, (file) => file.source);
  return sources
    .filter(({ name }) => bySource.has(name))
    .map(({ name, owner, criticality }) => {
      const counts = bySource.get(name)!.reduce<QualityCounts>((sum, file) => addCounts(sum, file.counts), NO_COUNTS);
      return { source: name, owner, counts, criticality: criticalityOf(counts, criticality) };
    });
}

type Leveled = { readonly criticality: Criticality };
const byCriticality = (a: Leveled, b: Leveled): number =>
  CRITICALITIES.indexOf(b.criticality) - CRITICALITIES.indexOf(a.criticality);

const worstFirst = (a: FileQuality, b: FileQuality): number =>
  byCriticality(a, b) || b.counts.rejected - a.counts.rejected || (a.file < b.file ? -1 : 1);

function reasonsOf(files: readonly FileMeasure[]): QualityReason[] {
  const found = new Map<string, { -readonly [K in keyof QualityReason]: QualityReason[K] }>();
  for (const { source, rejectedBy, flaggedBy } of files) {
    for (const [kind, by] of [
      ['rejected', rejectedBy],
      ['flagged', flaggedBy],
    ] as const) {
      for (const [text, records] of by) {
        const [column, code] = splitCode(text);
        const key = [source, kind, text].join('\n');
        const reason = found.get(key) ?? { source, kind, column, code, records: 0, files: 0 };
        reason.records += records;
        reason.files++;
        found.set(key, reason);
      }
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      b.records - a.records || (`${a.source} ${a.column}:${a.code}` < `${b.source} ${b.column}:${b.code}` ? -1 : 1),
  );
}

async function samplesOf(
  sources: readonly JudgedSource[],
  files: readonly FileMeasure[],
  batchId: string,
  connection: Connection,
  { statements }: Warehouse,
): Promise<QualityReport['samples']> {
  const samples: QualityReport['samples'][number][] = [];
  for (const { name, personalFields } of sources) {
    if (!files.some(({ source, counts }) => source === name && counts.rejected > 0)) continue;
    const query = { source: name, personalFields, ...rejectedWhere({ batch: batchId }), each: SAMPLES_EACH };
    samples.push(...(await readSamples({ ...query, most: SAMPLES }, connection, statements)));
  }
  return samples;
}
