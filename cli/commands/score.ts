import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import type { Workspace } from '../../core/workspace.ts';
import { type ScoreSummary, score } from '../../ml/score.ts';
import { latestRun } from '../../runner/history.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { type Context, giveResult, type ProjectFlags, projectWorkspace } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';

export function registerScore(program: Command, context: Context): void {
  projectFlags(program.command('score').description('Score the current population with the latest model.'))
    .addHelpText('after', '\nExamples:\n  tidemark score\n  tidemark score --dataset oulad')
    .action(async (flags: ProjectFlags) => {
      giveResult(context, await scoreStep(context, projectWorkspace(context, flags)));
    });
}

export function scoreStep(context: Context, workspace: Workspace): Promise<ScoreSummary> {
  return runStep(context, 'score', async () => {
    const run = latestRun(workspace.runsDir);
    if (!run)
      throw new TidemarkError({
        code: 'MODEL_NOT_FOUND',
        message: `there is no run of ${workspace.name} in ${workspace.runsDir}`,
      });
    const warehouse = await openDuckdb({ file: workspace.databaseFile, readOnly: true });
    try {
      const connection = await warehouse.connect();
      const summary = await score(
        { graph: run.graph, connection, statements: warehouse.statements, workspace },
        context.effects,
      );
      await connection.close();
      return [summary, `${plural(summary.rows, 'user')} of ${summary.day}`];
    } finally {
      await warehouse.close();
    }
  });
}
