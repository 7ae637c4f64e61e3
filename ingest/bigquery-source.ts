import { randomUUID } from 'node:crypto';
import type { BigqueryService } from '../warehouse/bigquery/service.ts';
import type { Target } from '../warehouse/target.ts';
import { isRejected, type Loaded, type Rejected } from './add-files.ts';
import { bringScript, type ScriptRow, type Staged } from './bigquery-script.ts';
import { STAGED_FILES, STAGED_ROWS } from './bigquery-tables.ts';
import type { Source } from './contract-types.ts';
import type { FileCounts } from './duplicates.ts';
import { formatOf, knownFile, knownQuery, type LedgerRow } from './ledger.ts';
import type { SourceJob } from './load-into.ts';
import type { SourceResult } from './load-source.ts';
import { type FilePlan, type KnownFile, planFiles } from './manifest.ts';
import { type FileOutcome, type Portion, portions } from './portions.ts';
import { rowHash } from './row-hash.ts';
import { type Change, fileReports, reportOf, warningsOf } from './source-report.ts';
import { type SurveyJob, survey } from './survey.ts';
import { LOAD_FILES } from './tables.ts';

export interface BigqueryJob extends SourceJob, SurveyJob {
  readonly service: BigqueryService;
}

/** A load that was killed leaves its staging tables for so long. */
const STAGED_FOR_MS = 24 * 60 * 60 * 1000;

/** Brings the bronze table of one source up to what lies on disk; nothing of it changes before all files have been read and sent. */
export async function loadBigquerySource(source: Source, job: BigqueryJob): Promise<SourceResult> {
  const { service, shownDir, prune } = job;
  const rows = await service.rows<LedgerRow>(
    `${knownQuery(service.statements.relation(LOAD_FILES))} where source = $1 order by source_file`,
    [source.name],
  );
  const known = new Map(rows.map(knownFile).map((file) => [file.path, file]));
  const found = await survey(source, known, job);
  const { kept, refused, problems, refuse } = found;
  if (!found.isThere) return { report: reportOf(source, [], undefined), problems, warnings: [] };
  // BigQuery reads no file of ours: each is read by our own reader, which judges its lines.
  const files = found.files.map((file) => ({ ...file, plain: false }));
  for (;;) {
    const plan = planFiles(files, [...known.values()], formatOf(source), { prune, kept });
    const { outcomes, change } = await bring(source, plan, known, job);
    const rejected = outcomes.filter(isRejected);
    for (const { file, problem } of rejected) refuse(file.path, problem);
    // Nothing was changed: a rebuild would have removed the earlier content of a file that is unreadable now.
    const again = change === 'none' ? rejected : [];
    for (const { file } of again) kept.add(file.path);
    if (again.length > 0) continue;
    const loaded = outcomes.filter((outcome): outcome is Loaded => !isRejected(outcome));
    return {
      report: reportOf(
        source,
        [...fileReports(source, plan, loaded, known), ...refused],
        change === 'none' ? undefined : change,
      ),
      problems,
      warnings: warningsOf(loaded, shownDir),
    };
  }
}

interface Brought {
  readonly outcomes: readonly (Loaded | Rejected)[];
  /** Of a rebuild; `none` of one that did not take place. */
  readonly change: Change | 'none' | undefined;
}

async function bring(
  source: Source,
  plan: FilePlan,
  known: ReadonlyMap<string, KnownFile>,
  job: BigqueryJob,
): Promise<Brought> {
  const { service, effects, batchId } = job;
  if (plan.load.length === 0 && !plan.rebuild) return { outcomes: [], change: undefined };
  const id = randomUUID().slice(0, 8);
  const staged: Staged = {
    rows: { schema: 'ops', name: `load_rows_${id}` },
    files: { schema: 'ops', name: `load_files_${id}` },
  };
  const until = new Date(effects.clock.now().getTime() + STAGED_FOR_MS);
  try {
    await service.createTable(staged.rows, STAGED_ROWS, until);
    await service.createTable(staged.files, STAGED_FILES, until);
    const { outcomes, counts } = await stageRows(source, plan, staged.rows, job);
    const rejected = outcomes.filter(isRejected);
    if (plan.rebuild && rejected.some(({ file }) => known.has(file.path)))
      return { outcomes: rejected, change: 'none' };
    const read = outcomes.filter((outcome) => !isRejected(outcome)) as Exclude<FileOutcome, Rejected>[];
    if (read.length === 0 && !plan.rebuild) return { outcomes: rejected, change: undefined };

    const removed = new Set(plan.rebuild?.remove ?? []);
    const about = { source: source.name, batch_id: batchId, loaded_at: effects.clock.now().toISOString() };
    await service.append(staged.files, [
      ...[...removed].map((path) => ({ action: 'remove', source_file: path, ...about })),
      ...read.map(({ file, fileNo, drift }) => {
        const before = removed.has(file.path) ? undefined : known.get(file.path);
        const { rowsRead, malformed } = counts.get(fileNo) ?? { rowsRead: 0, malformed: 0 };
        return {
          action: 'load',
          ...about,
          file_no: fileNo,
          source_file: file.path,
          content_hash: file.contentHash,
          format: formatOf(source),
          bytes: file.bytes,
          modified: file.modified,
          rows_read: (before?.rowsRead ?? 0) + rowsRead,
          added_before: before ? before.rowsRead - before.duplicates : 0,
          malformed: (before?.malformed ?? 0) + malformed,
          drift: drift.added.length + drift.missing.length > 0 ? JSON.stringify(drift) : null,
        };
      }),
    ]);
    effects.signal.throwIfAborted();
    const said = await service.rows<ScriptRow>(
      bringScript(source.name, staged, plan.rebuild !== undefined, service.statements),
    );
    const number = (kind: ScriptRow['kind']) => Number(said.find((row) => row.kind === kind)?.n ?? 0);
    const added = new Map(said.filter(({ kind }) => kind === 'added').map((row) => [row.source_file, Number(row.n)]));
    const loaded = read.map((outcome) => {
      const { rowsRead, malformed } = counts.get(outcome.fileNo) ?? { rowsRead: 0, malformed: 0 };
      return { ...outcome, rowsRead, malformed, duplicates: rowsRead - (added.get(outcome.file.path) ?? 0) };
    });
    const inserted = [...added.values()].reduce((sum, n) => sum + n, 0);
    const rowsRemoved = number('gone');
    return {
      outcomes: [...loaded, ...rejected],
      change: plan.rebuild && { rowsAdded: inserted - (number('held') - rowsRemoved), rowsRemoved },
    };
  } finally {
    // What cannot be dropped now goes by itself, and is no reason to fail or to hide what failed.
    await Promise.allSettled([staged.rows, staged.files].map((table) => service.drop(table)));
  }
}

/** Reads the files and sends their rows, a load job a portion. */
async function stageRows(
  source: Source,
  { load }: FilePlan,
  table: Target,
  { service, effects, onProgress }: BigqueryJob,
): Promise<{ outcomes: FileOutcome[]; counts: Map<number, Omit<FileCounts, 'duplicates'>> }> {
  const outcomes: FileOutcome[] = [];
  const counts = new Map<number, { rowsRead: number; malformed: number }>();
  const bytesTotal = load.reduce((sum, { bytes }) => sum + bytes, 0);
  for await (const portion of portions(source, load, false)) {
    effects.signal.throwIfAborted();
    if (portion.rows.length > 0) await service.append(table, stagedRows(portion));
    for (const [fileNo, , , , problem] of portion.rows) {
      const count = counts.get(fileNo) ?? { rowsRead: 0, malformed: 0 };
      count.rowsRead++;
      if (problem !== null) count.malformed++;
      counts.set(fileNo, count);
    }
    outcomes.push(...portion.outcomes);
    const last = outcomes.at(-1);
    const bytesDone = outcomes.reduce((sum, { file }) => sum + file.bytes, 0);
    if (last) onProgress({ source: source.name, file: last.file.path, bytesDone, bytesTotal });
  }
  return { outcomes, counts };
}

const stagedRows = ({ rows }: Portion): object[] =>
  rows.map(([file_no, line_no, raw, parsed, problem]) => ({
    file_no,
    line_no,
    raw,
    parsed,
    row_hash: rowHash({ raw, parsed, problem }),
    problem,
  }));
