import { join } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import type { Workspace } from '../../core/workspace.ts';
import { type GenerateSummary, generate } from '../../generators/generate.ts';
import type { Overrides } from '../../generators/scenario.ts';
import { type Context, giveResult, type ProjectFlags, projectWorkspace } from '../context.ts';
import { each, integer, projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';

interface GenerateFlags extends ProjectFlags, Overrides {
  readonly force?: boolean;
}

export function registerGenerate(program: Command, context: Context): void {
  overrideFlags(projectFlags(program.command('generate').description('Make the raw files of a scenario.')))
    .option('--force', 'replace files in the raw folder that the generator did not make')
    .addHelpText(
      'after',
      `
Examples:
  tidemark generate
  tidemark generate --scenario janus --days 90 --users 500 --events-per-day 800 --drift-day 40
  tidemark generate --scenario janus --set events.per_day=1200 --set 'plans.pro.price_usd_month=59'`,
    )
    .action(async (flags: GenerateFlags) => {
      giveResult(context, await generateStep(context, projectWorkspace(context, flags), flags));
    });
}

/** What can be changed of a scenario without editing it. */
export const overrideFlags = (command: Command): Command =>
  command
    .option('--days <n>', 'number of days', integer(1))
    .option('--users <n>', 'users at the start', integer(1))
    .option('--events-per-day <n>', 'mean number of events a day', integer(1))
    .option('--drift-day <n>', 'day, counted from 1, on which ui_variant appears and behaviour drifts', integer(1))
    .option('--seed <n>', 'seed of the world', integer(0))
    .option(
      '--set <path=value>',
      'any value of the scenario, as in --set dirt.duplicate_events.rate=0.05; repeatable',
      each,
    );

export function generateStep(
  context: Context,
  workspace: Workspace,
  flags: Overrides & { force?: boolean },
): Promise<GenerateSummary> {
  const { days, users, eventsPerDay, driftDay, seed, set, force = false } = flags;
  if (workspace.scenario === undefined) {
    throw new TidemarkError({
      code: 'USAGE',
      message: `the data set ${workspace.dataset} has real files; there is nothing to generate`,
    });
  }
  const given = Object.fromEntries(
    Object.entries({ days, users, eventsPerDay, driftDay, seed, set }).filter(([, value]) => value !== undefined),
  );
  return runStep(context, 'generate', async (step) => {
    const summary = await generate(
      {
        workspace,
        scenarioDir: join(workspace.projectDir, 'configs', 'scenarios'),
        overrides: given,
        force,
        onProgress: ({ done, total }) => step.update(`day ${done} of ${total}`, { done, total }),
      },
      context.effects,
    );
    const { scenario, status, days: length, counts } = summary;
    return [
      summary,
      `${scenario}: ${plural(length, 'day')}, ${plural(counts.users, 'user')}, ${plural(counts.events, 'event')}, ${plural(counts.cancels, 'cancel')}, ${status}`,
    ];
  });
}
