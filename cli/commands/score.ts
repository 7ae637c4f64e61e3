import type { Command } from 'commander';
import { plural } from '../../core/format.ts';
import type { Workspace } from '../../core/workspace.ts';
import { type ScoreSummary, score } from '../../ml/score.ts';
import { type Context, giveResult, type ProjectFlags, projectWorkspace } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { withLearningInput } from '../learning.ts';
import { runStep } from '../step.ts';

export function registerScore(program: Command, context: Context): void {
  projectFlags(program.command('score').description('Score the current population with the latest model.'))
    .addHelpText('after', '\nExamples:\n  tidemark score\n  tidemark score --dataset oulad')
    .action(async (flags: ProjectFlags) => {
      giveResult(context, await scoreStep(context, projectWorkspace(context, flags)));
    });
}

export function scoreStep(context: Context, workspace: Workspace): Promise<ScoreSummary> {
  return runStep(context, 'score', () =>
    withLearningInput(workspace, async (input) => {
      const summary = await score(input, context.effects);
      const { users, day, aboveThreshold } = summary;
      const text =
        day === undefined
          ? 'nobody to score'
          : `${plural(users, 'user')} of ${day}, ${aboveThreshold} above the threshold`;
      return [summary, text] as const;
    }),
  );
}
