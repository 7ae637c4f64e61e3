import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { count } from '../../core/format.ts';
import { textTable } from '../../core/text-table.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { type Measure, measures } from '../../generators/compare/counts.ts';
import { type Distribution, distributions } from '../../generators/compare/distributions.ts';
import { type RuleDifference, ruleDifferences } from '../../generators/compare/rules.ts';
import { generate } from '../../generators/generate.ts';
import { readScenario, resolveScenario, type Scenario } from '../../generators/scenario.ts';
import { readWorld, type WholeWorld } from '../../generators/world-record.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { projectFlag, scenarioFile } from '../scenarios.ts';
import { runStep } from '../step.ts';

interface DiffFlags {
  readonly projectDir?: string;
  readonly generate?: boolean;
}

interface Difference {
  readonly a: string;
  readonly b: string;
  readonly rules: readonly RuleDifference[];
  /** Undefined when the data of one of the two are not there. */
  readonly data?: { readonly measures: readonly Measure[]; readonly distributions: readonly Distribution[] };
  /** What the reader has to know about the data. */
  readonly notes: readonly string[];
}

/** Above this, making both worlds for a look at them takes minutes and gigabytes. */
const MOST_EVENTS = 5_000_000;

export function registerScenarioDiff(command: Command, context: Context): void {
  projectFlag(
    command
      .command('diff')
      .description('What differs between two scenarios: in their rules, and in the data that came out.')
      .argument('<a>', 'a scenario')
      .argument('<b>', 'another one'),
  )
    .option('--generate', 'make both worlds in a temporary folder for the comparison, whatever lies in data/raw')
    .addHelpText(
      'after',
      `
Examples:
  tidemark scenario diff baseline outage
  tidemark scenario diff baseline outage --generate --json

Without --generate the data of both are compared as they lie in data/raw. The exit code is 0 also when the scenarios differ.`,
    )
    .action((a: string, b: string, flags: DiffFlags) => diff(context, a, b, flags));
}

interface Side {
  readonly name: string;
  readonly scenario: Scenario;
  readonly place: Workspace;
}

async function diff(context: Context, a: string, b: string, flags: DiffFlags): Promise<void> {
  const projectDir = projectFolder(context, flags);
  const configs = [a, b].map((name) => readScenario(scenarioFile(projectDir, name), projectDir));
  const rules = ruleDifferences(configs[0]!, configs[1]!);
  const [sideA, sideB] = configs.map((config, index): Side => {
    const name = [a, b][index]!;
    return { name, scenario: resolveScenario(config), place: workspace(projectDir, { scenario: name }) };
  }) as [Side, Side];
  const folder = flags.generate ? mkdtempSync(join(tmpdir(), 'tidemark-diff-')) : undefined;
  try {
    const sides = folder === undefined ? [sideA, sideB] : await makeBoth(context, [sideA, sideB], folder);
    const difference = { a, b, rules, ...(await compareData(sides[0]!, sides[1]!)) };
    if (context.json) giveResult(context, difference);
    else context.console.data(report(difference));
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function makeBoth(context: Context, sides: readonly Side[], folder: string): Promise<Side[]> {
  const tooLarge = sides.filter(({ scenario }) => scenario.eventsPerDay * scenario.days > MOST_EVENTS);
  if (tooLarge.length > 0) {
    const names = tooLarge.map(({ name }) => name);
    throw new TidemarkError({
      code: 'USAGE',
      message: `--generate: ${names.join(' and ')} would have more than ${count(MOST_EVENTS)} events`,
      hint: `Run ${names.map((name) => `\`tidemark generate --scenario ${name}\``).join(' and ')} and leave the flag out.`,
    });
  }
  const made: Side[] = [];
  for (const side of sides) {
    const place = { ...side.place, rawDir: join(folder, 'raw', side.name), truthDir: join(folder, 'truth', side.name) };
    await runStep(context, 'generate', async (step) => {
      const summary = await generate(
        {
          workspace: place,
          scenarioDir: join(place.projectDir, 'configs', 'scenarios'),
          // The probabilities of windows take most of the time of a small world, and nothing here looks at them.
          overrides: { set: ['truth.window_users=0'] },
          onProgress: ({ done, total }) => step.update(`${side.name}: day ${done} of ${total}`, { done, total }),
        },
        context.effects,
      );
      return [summary, `${side.name}: ${count(summary.counts.events)} events, in a temporary folder`];
    });
    made.push({ ...side, place });
  }
  return made;
}

async function compareData(a: Side, b: Side): Promise<Pick<Difference, 'data' | 'notes'>> {
  const notes: string[] = [];
  const worlds = [a, b].map(({ name, scenario, place }): WholeWorld | undefined => {
    const world = readWorld(place.truthDir);
    if (world?.kind !== 'world') {
      notes.push(`No data of ${name}: run \`tidemark generate --scenario ${name}\`, or pass --generate.`);
      return undefined;
    }
    const isOlder = JSON.stringify({ ...world.scenario, truth: 0 }) !== JSON.stringify({ ...scenario, truth: 0 });
    if (isOlder) notes.push(`The data of ${name} were made with other values than its file has now.`);
    if (world.leftOut.length > 0)
      notes.push(`The format of the files of ${name} cannot hold the faults of ${world.leftOut.join(', ')}.`);
    return world;
  });
  const [worldA, worldB] = worlds;
  if (!worldA || !worldB) return { notes };
  const spread = await distributions(
    { record: worldA, rawDir: a.place.rawDir },
    { record: worldB, rawDir: b.place.rawDir },
  );
  return { notes, data: { measures: measures(worldA, worldB), distributions: spread } };
}

/** Share of the records that would have to change; below it two distributions count as alike. */
const BELOW_NOTICE = 0.005;

function report({ a, b, rules, data, notes }: Difference): string {
  const parts: string[] = [];
  if (rules.length === 0) parts.push(`${a} and ${b} have the same rules.`);
  else
    parts.push(
      textTable(
        ['rule', a, b],
        rules.map((rule) => [rule.path, value(rule.a), value(rule.b)]),
      ),
    );
  if (data) {
    const differing = data.measures.filter((measure) => measure.a !== measure.b);
    const rows = differing.map((measure) => [
      measure.name,
      number(measure, measure.a),
      number(measure, measure.b),
      change(measure),
    ]);
    if (rows.length === 0) parts.push('All counts and rates are equal.');
    else parts.push(textTable(['measure', a, b, 'change'], rows, [false, true, true, true]));
    parts.push(spread(data.distributions));
  }
  if (notes.length > 0) parts.push(notes.join('\n'));
  return `${parts.join('\n\n')}\n`;
}

const value = (stated: unknown): string => (stated === undefined ? '-' : JSON.stringify(stated));

const number = ({ kind }: Measure, n: number): string => (kind === 'share' ? percent(n) : count(n));

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function change({ a, b }: Measure): string {
  if (a === 0) return 'new';
  const share = b / a - 1;
  return `${share > 0 ? '+' : ''}${percent(share)}`;
}

function spread(all: readonly Distribution[]): string {
  const differing = all.filter(({ totalVariation }) => totalVariation >= BELOW_NOTICE);
  const alike = all.filter(({ totalVariation }) => totalVariation < BELOW_NOTICE).map(({ name }) => name);
  return [...differing.map(sentence), ...(alike.length > 0 ? [`Alike: ${alike.join(', ')}.`] : [])].join('\n');
}

function sentence({ name, totalVariation, shares }: Distribution): string {
  const most = shares[0]!;
  return `${name}: ${percent(totalVariation)} of the records differ, most of all ${most.value} (${percent(most.a)} -> ${percent(most.b)}).`;
}
