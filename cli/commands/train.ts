import { join } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import type { Workspace } from '../../core/workspace.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { type TrainSummary, train } from '../../ml/train.ts';
import { latestRun } from '../../runner/history.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { type Context, giveResult, type ProjectFlags, projectWorkspace } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';

export function registerTrain(program: Command, context: Context): void {
  projectFlags(
    program.command('train').description('Train the churn model on the gold tables and write its model card.'),
  )
    .addHelpText('after', '\nExamples:\n  tidemark train\n  tidemark train --dataset oulad --json')
    .action(async (flags: ProjectFlags) => {
      giveResult(context, await trainStep(context, projectWorkspace(context, flags)));
    });
}

export function trainStep(context: Context, workspace: Workspace): Promise<TrainSummary> {
  return runStep(context, 'train', async (step) => {
    const run = latestRun(workspace.runsDir);
    if (!run)
      throw new TidemarkError({
        code: 'MODEL_NOT_FOUND',
        message: `there is no run of ${workspace.name} in ${workspace.runsDir}`,
      });
    const { model } = loadDataset(workspace.datasetDir, workspace.projectDir);
    const warehouse = await openDuckdb({ file: workspace.databaseFile, readOnly: true });
    try {
      const connection = await warehouse.connect();
      const summary = await train(
        {
          graph: run.graph,
          connection,
          statements: warehouse.statements,
          workspace,
          configFile: join(workspace.projectDir, 'configs', 'ml', `${model}.yaml`),
        },
        context.effects,
        (text) => step.update(text),
      );
      await connection.close();
      return [summary, summary.headline];
    } finally {
      await warehouse.close();
    }
  });
}
