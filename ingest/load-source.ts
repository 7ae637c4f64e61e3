import type { Problem } from '../core/errors.ts';
import { type AddFiles, addFiles, isRejected, KeepFile, type Loaded, type Rejected } from './add-files.ts';
import type { Source } from './contract-types.ts';
import { formatOf, ledger } from './ledger.ts';
import { type FilePlan, planFiles } from './manifest.ts';
import { hashFile } from './raw-files.ts';
import type { SourceReport } from './report.ts';
import { type Change, fileReports, reportOf, warningsOf } from './source-report.ts';
import { type SurveyJob, survey } from './survey.ts';
import { bronzeTable } from './tables.ts';

export interface SourceLoad extends AddFiles, SurveyJob {
  readonly prune: boolean;
}

export interface SourceResult {
  readonly report: SourceReport;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Brings the bronze table of one source up to what lies on disk. */
export async function loadSource(source: Source, job: SourceLoad): Promise<SourceResult> {
  const { connection, statements, shownDir, prune } = job;
  const known = new Map((await ledger(connection, statements, source).known()).map((file) => [file.path, file]));
  const found = await survey(source, known, job);
  const { kept, refused, problems, refuse } = found;
  const files = [...found.files];
  if (!found.isThere) return { report: reportOf(source, [], undefined), problems, warnings: [] };

  for (;;) {
    const plan = planFiles(files, [...known.values()], formatOf(source), { prune, kept });
    const unread = plan.rebuild ? files.filter(({ contentHash }) => contentHash === undefined) : [];
    if (unread.length > 0) {
      // A load that has to be undone would undo the whole rebuild.
      for (const file of unread) files[files.indexOf(file)] = await hashFile(file, source.files);
      continue;
    }
    try {
      const { outcomes, change } = plan.rebuild
        ? await connection.transaction(() => rebuild(source, plan, plan.rebuild!, (path) => known.has(path), job))
        : { outcomes: await addFiles(source, plan.load, connection.transaction, () => false, job), change: undefined };
      for (const { file, problem } of outcomes.filter(isRejected)) refuse(file.path, problem);
      const loaded = outcomes.filter((outcome): outcome is Loaded => !isRejected(outcome));
      return {
        report: reportOf(source, [...fileReports(source, plan, loaded, known), ...refused], change),
        problems,
        warnings: warningsOf(loaded, shownDir),
      };
    } catch (error) {
      if (!(error instanceof KeepFile)) throw error;
      kept.add(error.outcome.file.path);
      refuse(error.outcome.file.path, error.outcome.problem);
    }
  }
}

/** Loads files anew in place of the rows of the paths to remove. Runs inside a transaction. */
async function rebuild(
  source: Source,
  plan: FilePlan,
  { remove }: NonNullable<FilePlan['rebuild']>,
  mustKeep: (path: string) => boolean,
  job: SourceLoad,
): Promise<{ outcomes: (Loaded | Rejected)[]; change: Change }> {
  const { connection, statements } = job;
  const { relation, literal, temporary } = statements;
  const bronze = relation(bronzeTable(source.name));
  const paths = `(${remove.map(literal).join(', ')})`;
  for (const sql of statements.createTemporary(
    'load_before',
    `select row_hash from ${bronze} where source_file in ${paths}`,
  )) {
    await connection.execute(sql);
  }
  await connection.execute(`delete from ${bronze} where source_file in ${paths}`);
  await ledger(connection, statements, source).forget(remove);
  const outcomes = await addFiles(source, plan.load, (work) => work(), mustKeep, job);
  const [counts] = await connection.rows<{ before: number; removed: number }>(
    // A join, which engines hash: Postgres would look through the table for each row of a condition.
    `select count(*) as before, count(*) - count(b.row_hash) as removed
     from ${temporary('load_before')} as o
     left join (select distinct row_hash from ${bronze}) as b on b.row_hash = o.row_hash`,
  );
  await connection.execute(statements.dropTemporary('load_before'));
  const inserted = outcomes.reduce((sum, o) => sum + (isRejected(o) ? 0 : o.rowsRead - o.duplicates), 0);
  const rowsRemoved = Number(counts!.removed);
  return { outcomes, change: { rowsAdded: inserted - (Number(counts!.before) - rowsRemoved), rowsRemoved } };
}
