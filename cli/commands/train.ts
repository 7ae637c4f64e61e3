import type { Command } from 'commander';
import type { Workspace } from '../../core/workspace.ts';
import { type TrainSummary, train } from '../../ml/train.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import {
  type AnyLearningFlags,
  type LearningPlace,
  learningFlags,
  learningPlace,
  withLearningInput,
} from '../learning.ts';
import { runStep } from '../step.ts';

export function registerTrain(program: Command, context: Context): void {
  learningFlags(
    program.command('train').description('Train the churn model on the gold tables and write its model card.'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark train\n  tidemark train --dataset oulad --json\n  tidemark train --warehouse bigquery',
    )
    .action(async (flags: AnyLearningFlags) => {
      const place = projectWorkspace(context, flags);
      giveResult(context, await trainStep(context, place, learningPlace(context, flags, place)));
    });
}

export function trainStep(context: Context, workspace: Workspace, where: LearningPlace): Promise<TrainSummary> {
  return runStep(context, 'train', (step) =>
    withLearningInput(workspace, where, async (input) => {
      const summary = await train(input, context.effects, (text, progress) => step.update(text, progress));
      return [summary, describe(summary)] as const;
    }),
  );
}

/** `churn_baseline_v1: ROC AUC .741 [.729, .753], average precision .112 at a base rate of .038; 5 of 5 folds`. */
function describe({ model, headline, folds, foldsEvaluated }: TrainSummary): string {
  const { rocAuc, averagePrecision, baseRate } = headline;
  const short = (n: number | null) => (n === null ? 'none' : n.toFixed(3).replace(/^0/, ''));
  const interval = `[${short(rocAuc.low)}, ${short(rocAuc.high)}]`;
  return `${model}: ROC AUC ${short(rocAuc.value)} ${interval}, average precision ${short(averagePrecision.value)} at a base rate of ${short(baseRate)}; ${foldsEvaluated} of ${folds} folds`;
}
