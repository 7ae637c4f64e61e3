import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Step } from '../../core/console.ts';
import { count, duration, plural } from '../../core/format.ts';
import type { Workspace } from '../../core/workspace.ts';
import { FILE_FORMATS, type FileFormat } from '../../generators/formats.ts';
import { type GenerateOptions, type GenerateSummary, generate } from '../../generators/generate.ts';
import { type GenerateDaySummary, generateDay } from '../../generators/generate-day.ts';
import type { Overrides } from '../../generators/scenario.ts';
import type { Progress } from '../../generators/writing/write.ts';
import { type Context, giveResult, type ProjectFlags, projectWorkspace } from '../context.ts';
import { each, integer, projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';

interface GenerateFlags extends ProjectFlags, Overrides, MakingFlags {
  readonly day?: string;
}

/** What changes the way, and not the world. */
interface MakingFlags {
  readonly force?: boolean;
  readonly workers?: number;
  readonly format?: FileFormat;
}

export function registerGenerate(program: Command, context: Context): void {
  overrideFlags(projectFlags(program.command('generate').description('Make the raw files of a scenario.')))
    .option('--day <date>', 'only the files of this day (YYYY-MM-DD), beside those that are there')
    .option(
      '--workers <n>',
      'threads that write at the same time; no byte depends on it (default: the cores)',
      integer(1),
    )
    .addOption(
      new Option('--format <format>', 'format of all files; by default each source has its own').choices(FILE_FORMATS),
    )
    .option('--force', 'replace files in the raw folder that the generator did not make')
    .addHelpText(
      'after',
      `
Examples:
  tidemark generate
  tidemark generate --scenario janus --days 90 --users 500 --events-per-day 800 --drift-day 40
  tidemark generate --scenario janus --set events.per_day=1200 --set 'plans.pro.price_usd_month=59'
  tidemark generate --scenario janus --day 2026-03-01
  tidemark generate --scenario scale --workers 2

A day alone has the same bytes as that day of the whole world. The truth (data/truth/) is written with the whole world only.
With --format the files change their names and no longer fit the contracts: in configs/datasets/synthetic/<source>.yaml set
files.pattern and files.format (csv, jsonl) to load them. Parquet is for other readers: its columns are text, and faults that it
cannot hold (broken lines, files that are cut off) are left out and named in data/truth/<name>/world.json.`,
    )
    .action(async (flags: GenerateFlags) => {
      const workspace = projectWorkspace(context, flags);
      const { day } = flags;
      giveResult(
        context,
        await (day === undefined ? generateStep(context, workspace, flags) : dayStep(context, workspace, flags, day)),
      );
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
  flags: Overrides & MakingFlags,
): Promise<GenerateSummary> {
  return runStep(context, 'generate', async (step) => {
    const summary = await generate(optionsOf(context, workspace, flags, step), context.effects);
    const { scenario, status, days, counts } = summary;
    return [
      summary,
      `${scenario}: ${plural(days, 'day')}, ${plural(counts.users, 'user')}, ${plural(counts.events, 'event')}, ${plural(counts.cancels, 'cancel')}, ${status}`,
    ];
  });
}

function dayStep(
  context: Context,
  workspace: Workspace,
  flags: Overrides & MakingFlags,
  date: string,
): Promise<GenerateDaySummary> {
  return runStep(context, 'generate', async (step) => {
    const summary = await generateDay({ ...optionsOf(context, workspace, flags, step), date }, context.effects);
    const { scenario, status, files } = summary;
    return [summary, `${scenario}: ${date}, ${plural(files, 'file')}, ${status}`];
  });
}

function optionsOf(
  { effects }: Context,
  workspace: Workspace,
  { days, users, eventsPerDay, driftDay, seed, set, force = false, workers, format }: Overrides & MakingFlags,
  step: Step,
): GenerateOptions {
  const startedAt = effects.clock.monotonic();
  return {
    workspace,
    scenarioDir: join(workspace.projectDir, 'configs', 'scenarios'),
    overrides: given({ days, users, eventsPerDay, driftDay, seed, set }),
    force,
    ...given({ workers, format }),
    onProgress: (progress) =>
      step.update(describeProgress(progress, effects.clock.monotonic() - startedAt), {
        done: progress.done,
        total: progress.total,
      }),
  };
}

/** `day 45 of 180, 812,000 rows/s, 12.0 s left`. */
export function describeProgress({ done, total, rows }: Progress, milliseconds: number): string {
  const where = `day ${done} of ${total}`;
  if (done === 0 || milliseconds < 1000) return where;
  const left = (milliseconds * (total - done)) / done;
  return `${where}, ${count((rows * 1000) / milliseconds)} rows/s, ${duration(left)} left`;
}

const given = <T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
