import { join } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { readJson, writeFileAtomic } from '../core/files.ts';
import type { Workspace } from '../core/workspace.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import { isoDay } from './calendar.ts';
import { loadMlConfig } from './config.ts';
import { type Gold, readCurrentRows } from './learning-rows.ts';
import { learningTables } from './learning-tables.ts';
import { featureHash, type Model, predict } from './model.ts';
import { modelId } from './train.ts';

export interface ScoreInput extends Gold {
  readonly graph: CompiledGraph;
  readonly workspace: Workspace;
  readonly configFile: string;
}

export interface ScoreSummary {
  readonly model: string;
  readonly cardVersion: string;
  readonly file: string;
  readonly day: string | undefined;
  readonly users: number;
  /** Users above the model's threshold. */
  readonly aboveThreshold: number;
}

/**
 * Scores the current population, the rows of the latest day, with the latest model and writes `reports/scores/<data set>/scores.csv`:
 * user_id, date_day, p_churn, rank (1 is the highest), decile (1 is the highest tenth), by rank.
 *
 * @throws {TidemarkError} MODEL_NOT_FOUND when no model was trained yet, or the features are not those that it learnt from.
 */
export async function score(input: ScoreInput, effects: Effects): Promise<ScoreSummary> {
  const { graph, connection, statements, describe, workspace, configFile } = input;
  const { value: config } = loadMlConfig(configFile, workspace.projectDir);
  const id = modelId(config, workspace);
  const model = readJson<Model>(join(workspace.modelCardsDir, id, 'latest', 'model.json'));
  if (!model) throw notFound(`no model ${id} has been trained yet`, 'Run `tidemark train` first.');
  const tables = learningTables(graph, model.label.column);
  if (featureHash(tables.columns) !== model.featureHash) {
    const [now, then] = [tables.columns, model.features].map((list) =>
      list.map(({ name, kind }) => `${name} (${kind})`),
    );
    const added = now!.filter((one) => !then!.includes(one));
    const removed = then!.filter((one) => !now!.includes(one));
    const parts = [
      ...(added.length > 0 ? [`new: ${added.join(', ')}`] : []),
      ...(removed.length > 0 ? [`gone: ${removed.join(', ')}`] : []),
    ];
    throw notFound(
      `the features are not those that ${id} learnt from; ${parts.join('; ') || 'their order changed'}`,
      'Run `tidemark train` to learn from the features as they are now.',
    );
  }
  const rows = await readCurrentRows({ connection, statements, describe, tables, population: model.population });
  effects.signal.throwIfAborted();
  const all = Int32Array.from({ length: rows.n }, (_, i) => i);
  const probability = predict(model, rows, all);
  // Equal scores keep the order of the ids, so that the file is the same on every run.
  const order = all.toSorted((a, b) => probability[b]! - probability[a]! || a - b);
  const lines = Array.from(order, (row, i) => {
    const decile = Math.floor((i * 10) / rows.n) + 1;
    return `${csvCell(rows.users[rows.user[row]!]!)},${isoDay(rows.day[row]!)},${probability[row]},${i + 1},${decile}\n`;
  });
  const file = join(workspace.projectDir, 'reports', 'scores', workspace.name, 'scores.csv');
  writeFileAtomic(file, `user_id,date_day,p_churn,rank,decile\n${lines.join('')}`);
  return {
    model: id,
    cardVersion: model.cardVersion,
    file,
    day: rows.n === 0 ? undefined : isoDay(rows.day[0]!),
    users: rows.n,
    aboveThreshold: probability.filter((p) => p > model.threshold).length,
  };
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const notFound = (message: string, hint: string) => new TidemarkError({ code: 'MODEL_NOT_FOUND', message, hint });
