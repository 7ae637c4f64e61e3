import type { Command } from 'commander';
import { plural } from '../../core/format.ts';
import type { Workspace } from '../../core/workspace.ts';
import { type ScoreSummary, score } from '../../ml/score.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import {
  type AnyLearningFlags,
  type LearningPlace,
  learningFlags,
  learningPlace,
  withLearningInput,
} from '../learning.ts';
import { runStep } from '../step.ts';

export function registerScore(program: Command, context: Context): void {
  learningFlags(program.command('score').description('Score the current population with the latest model.'))
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark score\n  tidemark score --dataset oulad\n  tidemark score --warehouse bigquery',
    )
    .action(async (flags: AnyLearningFlags) => {
      const place = projectWorkspace(context, flags);
      giveResult(context, await scoreStep(context, place, learningPlace(context, flags, place)));
    });
}

export function scoreStep(context: Context, workspace: Workspace, where: LearningPlace): Promise<ScoreSummary> {
  return runStep(context, 'score', () =>
    withLearningInput(workspace, where, async (input) => {
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
