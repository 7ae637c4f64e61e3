import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import type { Workspace } from '../../core/workspace.ts';
import { load } from '../../ingest/load.ts';
import { describeLoad, type LoadReport } from '../../ingest/report.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { datasetOf } from '../dataset.ts';
import { projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

export function registerLoad(program: Command, context: Context): void {
  warehouseFlags(
    projectFlags(program.command('load').description('Load raw files into bronze; loading them again adds nothing.')),
  )
    .option('--prune', 'also remove the rows of files that are gone')
    .addHelpText('after', '\nExamples:\n  tidemark load\n  tidemark load --dataset oulad --json')
    .action(async (flags: WarehouseFlags & { prune?: boolean }) => {
      const place = projectWorkspace(context, flags);
      const where = warehouseOf(context, flags, place);
      giveResult(context, await loadStep(context, place, where, flags.prune ?? false));
    });
}

/**
 * Loads all sources. Files that cannot be loaded do not stop the others; they are reported at the end and fail the step.
 */
export async function loadStep(
  context: Context,
  workspace: Workspace,
  where: WarehouseOptions,
  prune: boolean,
): Promise<LoadReport> {
  const report = await runStep(context, 'load', async (step) => {
    const dataset = await datasetOf(workspace);
    const warehouse = await openWarehouse(where);
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
