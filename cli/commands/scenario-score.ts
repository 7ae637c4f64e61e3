import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { noSuchFile } from '../../core/config.ts';
import { TidemarkError } from '../../core/errors.ts';
import { count } from '../../core/format.ts';
import { textTable } from '../../core/text-table.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { VERDICTS } from '../../ingest/score/answers.ts';
import { readFaults, visibleFaults } from '../../ingest/score/faults.ts';
import { type Score, scoreSource } from '../../ingest/score/score.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { datasetOf } from '../dataset.ts';
import { openForReading } from '../open-for-reading.ts';
import { projectFlag, scenarioFile } from '../scenarios.ts';
import { type WarehouseFlags, warehouseFlags } from '../warehouse.ts';

interface ScoreFlags extends WarehouseFlags {
  readonly atLeast?: number;
}

export function registerScenarioScore(command: Command, context: Context): void {
  warehouseFlags(
    projectFlag(
      command
        .command('score')
        .description('How well the contracts deal with the faults that the generator put into a world.')
        .argument('<scenario>', 'a scenario that was generated, loaded and run'),
    ),
  )
    .option('--at-least <recall>', 'end with exit code 1 when a contract deals with a smaller share of a kind', share)
    .addHelpText(
      'after',
      `
Examples:
  tidemark scenario score dirty
  tidemark scenario score dirty --at-least 0.9 --json

For each kind of fault and column: what the contract says to it, what became of the faults, the share that was dealt with (recall), and
of all rows that bear this answer the share that the ledger explains (precision). A fault that the contract lets pass has no recall.`,
    )
    .action((name: string, flags: ScoreFlags) => score(context, name, flags));
}

const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a share, 0 to 1');
  return value;
};

async function score(context: Context, scenario: string, flags: ScoreFlags): Promise<void> {
  const place = workspace(projectFolder(context, flags), { scenario });
  const scores = await scoresOf(context, place, flags);
  if (context.json) giveResult(context, { scenario, scores });
  else context.console.data(`${table(scores)}\n`);
  const low = scores.filter(({ recall }) => recall !== null && recall < (flags.atLeast ?? 0));
  if (low.length > 0) {
    throw new TidemarkError(
      low.map(({ kind, source, column, recall, answer }) => ({
        code: 'SCORE_TOO_LOW',
        message: `${kind} in ${source}${column && `.${column}`} should be ${answer}: the contract deals with ${digits(recall)} of it, and --at-least is ${flags.atLeast}`,
      })),
    );
  }
}

async function scoresOf(context: Context, place: Workspace, flags: ScoreFlags): Promise<Score[]> {
  const file = join(place.truthDir, 'faults.csv');
  const config = scenarioFile(place.projectDir, place.scenario!);
  if (!existsSync(file) && !existsSync(config)) throw new TidemarkError(noSuchFile(config, place.projectDir));
  const faults = readFaults(file, relative(place.projectDir, file).replaceAll('\\', '/'));
  const { sources } = await datasetOf(place);
  const warehouse = await openForReading(context, flags, place);
  try {
    const struck = sources.filter(({ name }) => faults.some(({ source }) => source === name));
    const tables = struck.map(({ name }) => ({ schema: 'silver', name: `stg_${name}` }));
    const lacking = (await warehouse.describeAll(tables)).flatMap((found, i) => (found ? [] : [tables[i]!.name]));
    if (lacking.length > 0) {
      throw new TidemarkError({
        code: 'WAREHOUSE_FAILED',
        message: `the warehouse of ${place.name} has no ${lacking.map((name) => `silver.${name}`).join(', ')}.`,
        hint: `Run \`tidemark load --scenario ${place.scenario}\` and \`tidemark run --tags silver --scenario ${place.scenario}\` first.`,
      });
    }
    const connection = await warehouse.connect();
    context.effects.signal.addEventListener('abort', () => connection.cancel());
    const scores: Score[] = [];
    for (const source of struck) {
      const visible = visibleFaults(faults, source, place.rawDir);
      scores.push(...(await scoreSource(connection, warehouse.statements, source, visible)));
    }
    return scores;
  } finally {
    await warehouse.close();
  }
}

const digits = (value: number | null): string => (value === null ? '-' : value.toFixed(3));

function table(scores: readonly Score[]): string {
  const header = ['kind', 'source', 'column', 'answer', 'faults', ...VERDICTS, 'recall', 'precision'];
  const rows = scores.map(({ kind, source, column, answer, faults, became, recall, precision }) => [
    kind,
    source,
    column,
    answer,
    count(faults),
    ...VERDICTS.map((verdict) => (became[verdict] === undefined ? '' : count(became[verdict]))),
    digits(recall),
    digits(precision),
  ]);
  return textTable(
    header,
    rows,
    header.map((_, i) => i >= 4),
  );
}
