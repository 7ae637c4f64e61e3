import { join } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { readJson } from '../core/files.ts';
import { plural } from '../core/format.ts';
import { nearest } from '../core/nearest.ts';
import type { Workspace } from '../core/workspace.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import { targetName } from '../warehouse/target.ts';
import { assess } from './assess.ts';
import { buildCard, configHash } from './build-card.ts';
import type { Card } from './card.ts';
import { writeCard } from './card-files.ts';
import { readTruth } from './ceiling.ts';
import { byPlace, loadMlConfig, type MlConfig, type MlConfigFile } from './config.ts';
import { crossValidate, outOfFold } from './cross-validate.ts';
import { finalFit } from './final-fit.ts';
import { currentCommit, dataHash } from './fingerprint.ts';
import { labelRuns } from './label-runs.ts';
import * as leakage from './leakage.ts';
import { type Gold, type LearningRows, lateFeatureRows, readDays, readLearningRows } from './learning-rows.ts';
import { type LearningTables, learningTables } from './learning-tables.ts';
import { profitThreshold } from './metrics/profit.ts';
import { featureHash, MODEL_VERSION, type Model } from './model.ts';
import { type Fold, temporalSplit } from './split.ts';

export interface TrainInput extends Gold {
  readonly graph: CompiledGraph;
  readonly workspace: Workspace;
  /** Path of `configs/ml/<name>.yaml`. */
  readonly configFile: string;
}

/** What is going on, with its progress where it is known. */
export type OnProgress = (text: string, progress?: { readonly done: number; readonly total: number }) => void;

export interface TrainSummary {
  readonly model: string;
  readonly cardVersion: string;
  /** Folder of the card of this version. */
  readonly folder: string;
  readonly rows: number;
  readonly positives: number;
  readonly foldsEvaluated: number;
  readonly folds: number;
  readonly headline: Card['headline'];
  readonly statement: string;
  /** True when the same data and configuration had been trained before: the version was written again. */
  readonly reused: boolean;
}

/** `churn_baseline_v1`: the model's name, the scenario (or the real data set), its version. */
export const modelId = (config: MlConfig, workspace: Workspace): string =>
  `${config.name}_${workspace.scenario ?? workspace.dataset}_v${config.modelVersion}`;

/**
 * Trains a model on the gold tables of a warehouse: split in time, fit, compare, check for leakage, fit on everything, write the card.
 *
 * @throws {TidemarkError} CONFIG_* for the configuration, MODEL_NOT_FOUND for the tables, TRAINING_IMPOSSIBLE when no fold can be
 *   evaluated, LEAKAGE with every failed check; nothing is written then.
 */
export async function train(
  input: TrainInput,
  effects: Effects,
  onProgress: OnProgress = () => {},
): Promise<TrainSummary> {
  const { graph, connection, statements, describe, workspace, configFile } = input;
  const file = loadMlConfig(configFile, workspace.projectDir);
  const config = file.value;
  const tables = learningTables(graph, config.label.column);
  mustKnowColumns(file, tables);
  const step = (text: string, progress?: { done: number; total: number }) => {
    effects.signal.throwIfAborted();
    onProgress(text, progress);
  };

  step('reading gold');
  const slices = config.slices.filter(({ column }) => !tables.unavailable.some(({ name }) => name === column));
  const source = { connection, statements, describe, tables, population: config.population };
  const data = await readLearningRows({ ...source, label: config.label.column, everyDays: config.everyDays });
  const runs = await labelRuns(source, tables, config.label.column, data.lastLabelled);
  const late = await lateFeatureRows(source);

  step('splitting in time');
  const { horizonDays } = config.label;
  const folds = temporalSplit({ ...data, horizonDays }, config.split);
  const early = [
    leakage.uniqueRows(data),
    leakage.disjointParts(data, folds),
    leakage.gapHolds(data, folds, horizonDays, config.split.gapDays),
    leakage.closedWindows(data, horizonDays),
    leakage.horizonAgrees(runs, horizonDays),
    leakage.receivedInTime(late, data.n),
    leakage.noIds(data, tables.columns),
    leakage.singleFeatures(data, tables.columns),
  ];
  mustNotLeak(early);
  const evaluable = folds.filter((fold) => fold.notEvaluable === undefined);
  if (evaluable.length === 0) throw nothingToEvaluate(data, folds);

  const outcomes = crossValidate(data, tables.columns, folds, config, (done) =>
    step(`fitting fold ${done + 1} of ${evaluable.length}`, { done, total: evaluable.length }),
  );
  step('checking for leakage');
  const last = outcomes.at(-1)!;
  const testDays = [...new Set(Array.from(last.fold.test, (row) => data.day[row]! + 1))];
  const checks = [
    ...early,
    leakage.shuffledLabels(data, tables.columns, last.fold, config),
    leakage.shiftedFeatures(data, last, await readDays(source, testDays)),
  ];
  mustNotLeak(checks);

  const tested = outOfFold(data, outcomes);
  const truth = readTruth(workspace.truthDir, horizonDays, data, tested);
  step(`drawing ${config.bootstrap.draws} samples of ${plural(tested.groups, 'user')}`);
  const estimates = assess(tested, outcomes, typeof truth === 'string' ? undefined : truth, config);
  step('fitting the final model');
  const final = finalFit(data, tables.columns, outcomes, config);

  step('writing the card');
  const id = modelId(config, workspace);
  const hashes = { dataHash: dataHash(data), configHash: configHash(config) };
  const now = effects.clock.now();
  const before = readJson<Card>(join(workspace.modelCardsDir, id, 'latest', 'card.json'));
  const reused =
    before?.reproducibility?.dataHash === hashes.dataHash && before.reproducibility.configHash === hashes.configHash;
  const cardVersion = reused ? before.details.cardVersion : `${timestamp(now)}-${hashes.dataHash.slice(0, 8)}`;
  const card = buildCard({
    ...hashes,
    id,
    cardVersion,
    dataset: workspace.name,
    synthetic: workspace.scenario !== undefined,
    trainedAt: now,
    config: { ...config, slices },
    configFile: file.file,
    graphHash: graph.hash,
    commit: currentCommit(workspace.projectDir),
    tables,
    data,
    folds,
    outcomes,
    tested,
    estimates,
    truth,
    final,
    leakage: checks,
  });
  const model: Model = {
    version: MODEL_VERSION,
    id,
    cardVersion,
    trainedAt: now.toISOString(),
    label: { column: config.label.column, horizonDays },
    population: config.population,
    features: tables.columns,
    featureHash: featureHash(tables.columns),
    encoder: final.encoder,
    intercept: final.fit.coefficients[0]!,
    coefficients: [...final.fit.coefficients.subarray(1)],
    threshold: profitThreshold(config.threshold),
  };
  const folder = await writeCard(workspace.modelCardsDir, card, model, estimates);
  return {
    model: id,
    cardVersion,
    folder,
    rows: data.n,
    positives: card.trainingData.positives,
    foldsEvaluated: evaluable.length,
    folds: folds.length,
    headline: card.headline,
    statement: card.power.statement,
    reused,
  };
}

/** Columns that the configuration names must be columns of the features table. */
function mustKnowColumns({ value: config, problem }: MlConfigFile, tables: LearningTables): void {
  const features = tables.columns.map(({ name }) => name);
  const unavailable = tables.unavailable.map(({ name }) => name);
  const known = [...features, ...tables.sliceColumns];
  const unknown = (
    path: (string | number)[],
    name: string,
    candidates: readonly string[],
    expected: string,
  ): Problem[] => {
    if (candidates.includes(name)) return [];
    const near = nearest(name, candidates);
    const why = unavailable.includes(name) ? 'not available in this data set' : `no ${expected}`;
    return [
      problem(
        path,
        `${name} is ${why} of ${targetName(tables.features)}.`,
        near === undefined ? {} : { nearest: near },
      ),
    ];
  };
  const problems = [
    ...unknown(['recency_feature'], config.recencyFeature, features, 'feature'),
    ...config.slices.flatMap(({ column }, i) =>
      unknown(['slices', i, 'column'], column, [...known, ...unavailable], 'feature or slice column'),
    ),
    ...config.population.flatMap(({ column }, i) =>
      unknown(['population', i, 'column'], column, known, 'feature or slice column'),
    ),
  ];
  if (problems.length > 0) throw new TidemarkError(byPlace(problems));
}

function mustNotLeak(checks: readonly leakage.LeakageCheck[]): void {
  const failed = checks.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return;
  throw new TidemarkError(
    failed.map(({ name, detail }) => ({ code: 'LEAKAGE' as const, message: `${name}: ${detail}` })),
  );
}

function nothingToEvaluate(data: LearningRows, folds: readonly Fold[]): TidemarkError {
  const positives = data.label.reduce((sum, one) => sum + one, 0);
  const reasons = folds.map((fold) => `fold ${fold.number}: ${fold.notEvaluable}`).join('; ');
  return new TidemarkError({
    code: 'TRAINING_IMPOSSIBLE',
    message: `none of ${plural(folds.length, 'fold')} can be evaluated on ${plural(data.n, 'row')} with ${plural(positives, 'positive')}: ${reasons}`,
  });
}

/** `20260301T101500Z`. */
const timestamp = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, '');
