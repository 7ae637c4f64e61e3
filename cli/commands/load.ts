import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import type { Workspace } from '../../core/workspace.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { load } from '../../ingest/load.ts';
import { describeLoad, type LoadReport } from '../../ingest/report.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { type Context, giveResult, type ProjectFlags, projectWorkspace } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';

export function registerLoad(program: Command, context: Context): void {
  projectFlags(program.command('load').description('Load raw files into bronze; loading them again adds nothing.'))
    .option('--prune', 'also remove the rows of files that are gone')
    .addHelpText('after', '\nExamples:\n  tidemark load\n  tidemark load --dataset oulad --json')
    .action(async (flags: ProjectFlags & { prune?: boolean }) => {
      giveResult(context, await loadStep(context, projectWorkspace(context, flags), flags.prune ?? false));
    });
}

/**
 * Loads all sources. Files that cannot be loaded do not stop the others; they are reported at the end and fail the step.
 */
export async function loadStep(context: Context, workspace: Workspace, prune: boolean): Promise<LoadReport> {
  const report = await runStep(context, 'load', async (step) => {
    const dataset = loadDataset(workspace.datasetDir, workspace.projectDir);
    const warehouse = await openDuckdb({ file: workspace.databaseFile });
    try {
      const report = await load({ workspace, dataset, warehouse, prune }, context.effects, (progress) =>
        step.update(progress.source, { done: progress.bytesDone, total: progress.bytesTotal }),
      );
      return [report, describeLoad(report), report.problems.length > 0];
    } finally {
      await warehouse.close();
    }
  });
  for (const warning of report.warnings) context.console.warn(warning);
  if (report.problems.length > 0) throw new TidemarkError(report.problems);
  return report;
}
