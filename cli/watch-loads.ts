import { setTimeout } from 'node:timers/promises';
import { asTidemarkError, formatProblem, type Problem } from '../core/errors.ts';
import type { Workspace } from '../core/workspace.ts';
import { rawFolder } from '../ingest/load.ts';
import { settledChanges } from '../ingest/watch.ts';
import type { WarehouseOptions } from '../warehouse/open.ts';
import { loadOnce } from './commands/load.ts';
import { type Context, giveResult } from './context.ts';
import { datasetOf } from './dataset.ts';

/** Milliseconds between two looks at the raw files. */
const EVERY = 1000;
/** Milliseconds until a warehouse that could not be opened is asked again. */
const RETRY_AFTER = 10_000;

/**
 * Loads what appears until Ctrl-C, which is how it ends well. A problem is told once, and does not end it: the file is looked at again when
 * it changes, and a warehouse that is locked or away is asked again.
 */
export async function watchLoads(context: Context, workspace: Workspace, where: WarehouseOptions): Promise<void> {
  const { console, effects } = context;
  const { signal, clock } = effects;
  const dataset = await datasetOf(workspace);
  const rawDir = rawFolder(workspace, dataset);
  const patterns = [...dataset.references, ...dataset.sources]
    .filter(({ files }) => files.folder === undefined)
    .map(({ files }) => files.pattern);
  const told = new Set<string>();
  const tell = (problem: Problem, how: (problem: Problem) => void) => {
    const text = formatProblem(problem);
    if (!told.has(text)) how(problem);
    told.add(text);
  };
  console.line(`watching ${rawDir}; Ctrl-C ends it`);
  for await (const { isWhole, again } of settledChanges({ rawDir, patterns, every: EVERY, clock, signal })) {
    try {
      const report = await loadOnce(context, workspace, where, { onlyNew: true, isWhole });
      for (const warning of report.warnings) tell(warning, console.warn);
      for (const problem of report.problems) tell(problem, console.error);
      giveResult(context, report);
    } catch (error) {
      if (signal.aborted) break;
      for (const problem of asTidemarkError(error).problems) tell(problem, console.error);
      again();
      await setTimeout(RETRY_AFTER, undefined, { signal }).catch(() => undefined);
    }
  }
  console.line('stopped watching; bronze holds whole files only');
}
