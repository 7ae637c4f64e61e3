import { join } from 'node:path';
import type { Command } from 'commander';
import { Document, isPair, isScalar, isSeq, visit } from 'yaml';
import { configNames } from '../../core/config.ts';
import type { LayeredConfig, Origin } from '../../core/layered-config.ts';
import { textTable } from '../../core/text-table.ts';
import { statedValues } from '../../generators/compare/rules.ts';
import { readScenario, resolveScenario, type ScenarioSpec } from '../../generators/scenario.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { each } from '../flags.ts';
import { projectFlag, scenarioFile } from '../scenarios.ts';
import { registerScenarioDiff } from './scenario-diff.ts';
import { registerScenarioScore } from './scenario-score.ts';

interface ScenarioFlags {
  readonly projectDir?: string;
  readonly set?: readonly string[];
}

export function registerScenario(program: Command, context: Context): void {
  const command = program
    .command('scenario')
    .description('List, show and compare the scenarios of configs/scenarios, and score the contracts on one.')
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark scenario list\n  tidemark scenario show outage\n  tidemark scenario diff baseline outage\n  tidemark scenario score dirty',
    );
  projectFlag(command.command('list').description('Name and first sentence of each scenario.')).action(
    (flags: ScenarioFlags) => list(context, flags),
  );
  projectFlag(
    command
      .command('show')
      .description('A scenario with all that it extends; each value with the place that gives it.')
      .argument('<scenario>', 'a file of configs/scenarios'),
  )
    .option('--set <path=value>', 'as for generate; repeatable', each)
    .addHelpText('after', '\nExamples:\n  tidemark scenario show outage\n  tidemark scenario show outage --json')
    .action((name: string, flags: ScenarioFlags) => show(context, name, flags));
  registerScenarioDiff(command, context);
  registerScenarioScore(command, context);
}

function list(context: Context, flags: ScenarioFlags): void {
  const projectDir = projectFolder(context, flags);
  const scenarios = configNames(join(projectDir, 'configs', 'scenarios')).map((name) => {
    const { description } = readScenario(scenarioFile(projectDir, name), projectDir).value;
    return { name, description };
  });
  const rows = scenarios.map(({ name, description }) => [name, firstSentence(description)]);
  if (context.json) giveResult(context, scenarios);
  else context.console.data(`${textTable(['scenario', 'what it is'], rows)}\n`);
}

const firstSentence = (text: string): string => /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text;

function show(context: Context, name: string, flags: ScenarioFlags): void {
  const projectDir = projectFolder(context, flags);
  const config = readScenario(scenarioFile(projectDir, name), projectDir, { set: flags.set ?? [] });
  resolveScenario(config);
  if (context.json) {
    const values = statedValues(config.value).map(({ path, value }) => ({
      path: path.join('.'),
      value,
      ...config.origin(path),
    }));
    giveResult(context, { scenario: name, description: config.value.description, values });
  } else context.console.data(withPlaces(config));
}

const originText = (origin: Origin): string => ('flag' in origin ? origin.flag : `${origin.file}:${origin.line}`);

/** The scenario as YAML; behind each value, in a comment, the place that gives it. */
function withPlaces(config: LayeredConfig<ScenarioSpec>): string {
  const document = new Document(config.value);
  visit(document, {
    Pair(_, pair, ancestors) {
      const { value } = pair;
      if (!isScalar(value) && !isSeq(value)) return undefined;
      if (isSeq(value)) value.flow = true;
      const path = [...ancestors.filter(isPair), pair].map(({ key }) => String(isScalar(key) ? key.value : key));
      value.comment = ` ${originText(config.origin(path))}`;
      // What is inside of a list was replaced with it.
      return visit.SKIP;
    },
  });
  return document.toString({ lineWidth: 0 });
}
