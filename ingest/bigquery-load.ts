import { relative } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { asTidemarkError, type Problem, TidemarkError } from '../core/errors.ts';
import { resolveInside } from '../core/files.ts';
import type { BigqueryService } from '../warehouse/bigquery/service.ts';
import { batchName, batchTotals } from './batch.ts';
import { loadBigquerySource } from './bigquery-source.ts';
import { createBigqueryTables } from './bigquery-tables.ts';
import type { Source } from './contract-types.ts';
import { type LoadOptions, rawFolder } from './load.ts';
import type { LoadProgress, LoadReport, SourceReport } from './report.ts';
import { bronzeTable, LOAD_BATCHES, LOAD_FILES } from './tables.ts';

export type BigqueryLoadOptions = Omit<LoadOptions, 'warehouse'> & { readonly service: BigqueryService };

/**
 * Loads the raw files of a data set into BigQuery, with the tables, hashes and accounts of `load`: what is new is read here, sent by load jobs
 * into staging tables, and brought into bronze and the manifest by one transaction a source.
 *
 * @throws {TidemarkError} RUN_CANCELLED when the signal aborts; WAREHOUSE_FAILED; PATH_OUTSIDE.
 */
export async function loadIntoBigquery(
  { workspace, dataset, service, prune = false, onlyNew = false, isWhole = () => true }: BigqueryLoadOptions,
  effects: Effects,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadReport> {
  const { projectDir } = workspace;
  const { signal, clock } = effects;
  const rawDir = rawFolder(workspace, dataset);
  const folderOf = ({ files }: Source) =>
    files.folder === undefined ? rawDir : resolveInside(projectDir, files.folder);
  const started = clock.monotonic();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const sources: SourceReport[] = [];
  const all = [...dataset.references, ...dataset.sources];
  const interrupt = () => service.cancel();
  signal.addEventListener('abort', interrupt);
  try {
    signal.throwIfAborted();
    await createBigqueryTables(
      service,
      all.map(({ name }) => name),
    );
    const batches = service.statements.relation(LOAD_BATCHES);
    const [before] = await service.rows<{ batches: number }>(`select count(*) as batches from ${batches}`);
    const now = clock.now();
    const batchId = batchName(now, Number(before!.batches));
    await service.rows(`insert into ${batches} (batch_id, started_at) values ($1, $2)`, [batchId, now]);
    if (prune) for (const name of dataset.absent) await forgetSource(name, service);
    for (const source of all) {
      const result = await loadBigquerySource(source, {
        service,
        rawDir: folderOf(source),
        shownDir: relative(projectDir, folderOf(source)).replaceAll('\\', '/'),
        batchId,
        prune,
        onlyNew,
        readsOnce: false,
        isWhole: source.files.folder === undefined ? isWhole : () => true,
        effects,
        onProgress,
      });
      sources.push(result.report);
      problems.push(...result.problems);
      warnings.push(...result.warnings);
    }
    await service.rows(
      `update ${batches} set finished_at = $2, files_loaded = $3, rows_read = $4, rows_added = $5, duplicates = $6, malformed = $7,
         rows_removed = $8
       where batch_id = $1`,
      [batchId, clock.now(), ...batchTotals(sources)],
    );
    return { batchId, sources, problems, warnings, milliseconds: clock.monotonic() - started };
  } catch (error) {
    if (!signal.aborted) throw asTidemarkError(error);
    throw new TidemarkError(
      { code: 'RUN_CANCELLED', message: 'The load was interrupted; bronze holds whole files only.' },
      { cause: error },
    );
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** Empties the bronze table of a source that the data set no longer has. */
async function forgetSource(name: string, service: BigqueryService): Promise<void> {
  if (!(await service.describe(bronzeTable(name)))) return;
  const { relation } = service.statements;
  await service.rows(
    [
      'begin transaction',
      `delete from ${relation(bronzeTable(name))} where true`,
      `delete from ${relation(LOAD_FILES)} where source = $1`,
      'commit transaction',
    ].join(';\n'),
    [name],
  );
}
