import { relative } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { asTidemarkError, type Problem, TidemarkError } from '../core/errors.ts';
import { resolveInside } from '../core/files.ts';
import type { Workspace } from '../core/workspace.ts';
import { batchName, batchTotals } from './batch.ts';
import type { Dataset, Source } from './contract-types.ts';
import type { SourceResult } from './load-source.ts';
import type { LoadProgress, LoadReport, SourceReport } from './report.ts';
import type { SurveyJob } from './survey.ts';

export interface FilesToLoad {
  readonly workspace: Pick<Workspace, 'projectDir' | 'rawDir'>;
  readonly dataset: Dataset;
  /** True: rows of files that are gone are removed. For folders that a generator owns. */
  readonly prune?: boolean;
  /** True: files whose path, size and time are those of the load before are not looked into. */
  readonly onlyNew?: boolean;
  /** Which files may be read; all, when it is not given. Paths are relative to the folder of the raw files. */
  readonly isWhole?: (path: string) => boolean;
}

/** The part of a load that is the same wherever a source goes. */
export interface SourceJob extends Omit<SurveyJob, 'readsOnce'> {
  readonly batchId: string;
  readonly prune: boolean;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** Where raw files go: the tables of the sources, `ops.load_files` and `ops.load_batches`. */
export interface Bronze {
  /** Makes the tables that are missing, those of these sources among them. */
  createTables(sources: readonly string[]): Promise<void>;
  countBatches(): Promise<number>;
  beginBatch(batchId: string, at: Date): Promise<void>;
  /** @param totals as {@link batchTotals} has them. */
  endBatch(batchId: string, at: Date, totals: readonly number[]): Promise<void>;
  loadSource(source: Source, job: SourceJob): Promise<SourceResult>;
  /** Empties the table of a source that the data set no longer has. */
  forgetSource(name: string): Promise<void>;
  /** Asks for the running statement to stop, which then rejects. */
  cancel(): void;
}

/**
 * Loads the raw files of a data set, source by source, as one batch.
 *
 * @throws {TidemarkError} RUN_CANCELLED when the signal aborts; PATH_OUTSIDE; what `bronze` throws.
 */
export async function loadInto(
  bronze: Bronze,
  { workspace, dataset, prune = false, onlyNew = false, isWhole = () => true }: FilesToLoad,
  effects: Effects,
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadReport> {
  const { clock, signal } = effects;
  const { projectDir } = workspace;
  const rawDir = rawFolder(workspace, dataset);
  const started = clock.monotonic();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const reports: SourceReport[] = [];
  const sources = [...dataset.references, ...dataset.sources];
  const interrupt = () => bronze.cancel();
  signal.addEventListener('abort', interrupt);
  try {
    signal.throwIfAborted();
    await bronze.createTables(sources.map(({ name }) => name));
    const now = clock.now();
    const batchId = batchName(now, await bronze.countBatches());
    await bronze.beginBatch(batchId, now);
    if (prune) for (const name of dataset.absent) await bronze.forgetSource(name);
    for (const source of sources) {
      const { folder } = source.files;
      const from = folder === undefined ? rawDir : resolveInside(projectDir, folder);
      const result = await bronze.loadSource(source, {
        rawDir: from,
        shownDir: relative(projectDir, from).replaceAll('\\', '/'),
        batchId,
        prune,
        onlyNew,
        // A folder of its own holds reference data of the project, which nobody is in the middle of writing.
        isWhole: folder === undefined ? isWhole : () => true,
        effects,
        onProgress,
      });
      reports.push(result.report);
      problems.push(...result.problems);
      warnings.push(...result.warnings);
    }
    await bronze.endBatch(batchId, clock.now(), batchTotals(reports));
    return { batchId, sources: reports, problems, warnings, milliseconds: clock.monotonic() - started };
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

/** Where the raw files of a data set lie. */
export const rawFolder = ({ projectDir, rawDir }: FilesToLoad['workspace'], { raw }: Dataset): string =>
  raw === undefined ? rawDir : resolveInside(projectDir, raw);
