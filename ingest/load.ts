import { relative } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { asTidemarkError, type Problem, TidemarkError } from '../core/errors.ts';
import { resolveInside } from '../core/files.ts';
import type { Workspace } from '../core/workspace.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { batchName, batchTotals } from './batch.ts';
import type { Dataset, Source } from './contract-types.ts';
import { loadSource } from './load-source.ts';
import type { LoadProgress, LoadReport, SourceReport } from './report.ts';
import { bronzeTable, createTables, LOAD_BATCHES, LOAD_FILES } from './tables.ts';

export type { FileReport, LoadProgress, LoadReport, SourceReport } from './report.ts';

export interface LoadOptions {
  readonly workspace: Pick<Workspace, 'projectDir' | 'rawDir'>;
  readonly dataset: Dataset;
  readonly warehouse: Warehouse;
  /** True: rows of files that are gone are removed. For folders that a generator owns. */
  readonly prune?: boolean;
  /** True: files whose path, size and time are those of the load before are not looked into. */
  readonly onlyNew?: boolean;
  /** Which files may be read; all, when it is not given. Paths are relative to the folder of the raw files. */
  readonly isWhole?: (path: string) => boolean;
}

/**
 * Loads the raw files of a data set into `bronze.<source>`, and keeps account in `ops.load_files` and `ops.load_batches`.
 *
 * Loading is idempotent by record: a record that bronze holds already is counted and not added, be it the same file again, a moved copy
 * or an exact duplicate elsewhere. Lines that are no record are kept with their problem. For each source, always:
 * sum of rows read = rows in bronze + sum of duplicates.
 *
 * Whole files arrive in one transaction each or with others; whoever is killed leaves no part of a file. Files that cannot be loaded are
 * reported in the result and do not keep the others from it.
 *
 * @throws {TidemarkError} RUN_CANCELLED when the signal aborts; WAREHOUSE_FAILED; PATH_OUTSIDE.
 */
export async function load(
  { workspace, dataset, warehouse, prune = false, onlyNew = false, isWhole = () => true }: LoadOptions,
  effects: Effects,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadReport> {
  const { projectDir } = workspace;
  const rawDir = rawFolder(workspace, dataset);
  const folderOf = ({ files }: Source) =>
    files.folder === undefined ? rawDir : resolveInside(projectDir, files.folder);
  const started = effects.clock.monotonic();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const sources: SourceReport[] = [];
  const all = [...dataset.references, ...dataset.sources];

  const connection = await warehouse.connect();
  const interrupt = () => connection.cancel();
  effects.signal.addEventListener('abort', interrupt);
  try {
    effects.signal.throwIfAborted();
    await createTables(
      connection,
      warehouse.statements,
      all.map((source) => source.name),
    );
    const batchId = await beginBatch(connection, warehouse, effects);
    if (prune) for (const name of dataset.absent) await forgetSource(name, connection, warehouse);
    for (const source of all) {
      const result = await loadSource(source, {
        connection,
        statements: warehouse.statements,
        rawDir: folderOf(source),
        shownDir: relative(projectDir, folderOf(source)).replaceAll('\\', '/'),
        batchId,
        prune,
        onlyNew,
        // A folder of its own holds reference data of the project, which nobody is in the middle of writing.
        readsOnce: true,
        isWhole: source.files.folder === undefined ? isWhole : () => true,
        effects,
        onProgress,
      });
      sources.push(result.report);
      problems.push(...result.problems);
      warnings.push(...result.warnings);
    }
    await endBatch(connection, warehouse, effects, batchId, sources);
    return { batchId, sources, problems, warnings, milliseconds: effects.clock.monotonic() - started };
  } catch (error) {
    if (!effects.signal.aborted) throw asTidemarkError(error);
    throw new TidemarkError(
      { code: 'RUN_CANCELLED', message: 'The load was interrupted; bronze holds whole files only.' },
      { cause: error },
    );
  } finally {
    effects.signal.removeEventListener('abort', interrupt);
    await connection.close();
  }
}

/** Empties the bronze table of a source that the data set no longer has. */
async function forgetSource(name: string, connection: Connection, warehouse: Warehouse): Promise<void> {
  if (!(await warehouse.describe(bronzeTable(name)))) return;
  const { relation } = warehouse.statements;
  await connection.transaction(async () => {
    await connection.execute(`delete from ${relation(bronzeTable(name))}`);
    await connection.execute(`delete from ${relation(LOAD_FILES)} where source = $1`, [name]);
  });
}
/** Where the raw files of a data set lie. */
export const rawFolder = ({ projectDir, rawDir }: LoadOptions['workspace'], { raw }: Dataset): string =>
  raw === undefined ? rawDir : resolveInside(projectDir, raw);

async function beginBatch(connection: Connection, { statements }: Warehouse, { clock }: Effects): Promise<string> {
  const batches = statements.relation(LOAD_BATCHES);
  const now = clock.now();
  const [row] = await connection.rows<{ batches: number }>(`select count(*) as batches from ${batches}`);
  const batchId = batchName(now, Number(row!.batches));
  await connection.execute(
    `insert into ${batches} (batch_id, started_at) values (cast($1 as text), cast($2 as timestamptz))`,
    [batchId, now.toISOString()],
  );
  return batchId;
}

async function endBatch(
  connection: Connection,
  { statements }: Warehouse,
  { clock }: Effects,
  batchId: string,
  sources: readonly SourceReport[],
): Promise<void> {
  await connection.execute(
    `update ${statements.relation(LOAD_BATCHES)} set finished_at = cast($2 as timestamptz), files_loaded = $3, rows_read = $4,
       rows_added = $5, duplicates = $6, malformed = $7, rows_removed = $8
     where batch_id = $1`,
    [batchId, clock.now().toISOString(), ...batchTotals(sources)],
  );
}
