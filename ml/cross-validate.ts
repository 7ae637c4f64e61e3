import type { MlConfig } from './config.ts';
import { type Encoder, encode, fitEncoder } from './encoder.ts';
import type { LearningRows } from './learning-rows.ts';
import type { Feature } from './learning-tables.ts';
import { fitLogistic, type LogisticFit, predictLogistic } from './newton.ts';
import { fitReference, type ReferenceFit } from './reference-trainer.ts';
import type { Fold } from './split.ts';

/** The model and what it has to beat, in the order of the reports. */
export const SCORES = ['model', 'recencyLogistic', 'recency', 'reference', 'prevalence'] as const;
export type ScoreName = (typeof SCORES)[number];

/** Scores that are probabilities: only these have a log loss and a Brier score. */
export const PROBABILITIES: readonly ScoreName[] = ['model', 'recencyLogistic', 'reference', 'prevalence'];

export const SCORE_TITLES: { readonly [name in ScoreName]: string } = {
  model: 'this model',
  recencyLogistic: 'logistic regression on recency alone',
  recency: 'recency rule (longest quiet first)',
  reference: 'ml-logistic-regression on a sample',
  prevalence: 'prevalence (same score for all)',
};

export interface FoldOutcome {
  readonly fold: Fold;
  readonly encoder: Encoder;
  readonly fit: LogisticFit;
  readonly reference: ReferenceFit | undefined;
  /** For each test row of the fold. A baseline that could not be fitted is absent. */
  readonly scores: ReadonlyMap<ScoreName, Float64Array>;
}

/** Fits the model and the baselines on the training part of each evaluable fold and scores its test part. Nothing else sees the test. */
export function crossValidate(
  data: LearningRows,
  features: readonly Feature[],
  folds: readonly Fold[],
  config: MlConfig,
  onFold: (done: number) => void = () => {},
): FoldOutcome[] {
  const recency = features.filter(({ name }) => name === config.recencyFeature);
  const evaluable = folds.filter((fold) => fold.notEvaluable === undefined);
  return evaluable.map((fold, done) => {
    onFold(done);
    const label = Uint8Array.from(fold.train, (row) => data.label[row]!);
    const encoder = fitEncoder(features, data, fold.train, config.rareLevelShare);
    const p = encoder.columns.length;
    const train = encode(encoder, data, fold.train);
    const test = encode(encoder, data, fold.test);
    const fit = fitLogistic(train, label, p, { l2: config.l2 });
    const reference = fitReference(train, label, p, config.bootstrap.seed + fold.number);
    const scores = new Map<ScoreName, Float64Array>([
      ['model', predictLogistic(test, p, fit.coefficients)],
      ['recencyLogistic', recencyLogistic(data, recency, fold, label, config)],
      ['recency', recencyRule(data, config.recencyFeature, fold.test)],
    ]);
    if (reference) scores.set('reference', predictLogistic(test, p, reference.coefficients));
    scores.set('prevalence', new Float64Array(fold.test.length).fill(fold.trainPositives / fold.train.length));
    return { fold, encoder, fit, reference, scores };
  });
}

/** The rule of thumb: who has been quiet longest comes first; who was never seen comes before all. */
function recencyRule(data: LearningRows, feature: string, rows: Int32Array): Float64Array {
  const values = data.columns.get(feature)!.values as Float64Array;
  return Float64Array.from(rows, (row) => (Number.isNaN(values[row]!) ? Number.POSITIVE_INFINITY : values[row]!));
}

function recencyLogistic(
  data: LearningRows,
  recency: readonly Feature[],
  fold: Fold,
  label: Uint8Array,
  config: MlConfig,
): Float64Array {
  const encoder = fitEncoder(recency, data, fold.train, config.rareLevelShare);
  const p = encoder.columns.length;
  if (p === 0) return new Float64Array(fold.test.length).fill(fold.trainPositives / fold.train.length);
  const fit = fitLogistic(encode(encoder, data, fold.train), label, p, { l2: config.l2 });
  return predictLogistic(encode(encoder, data, fold.test), p, fit.coefficients);
}

/** Test rows of all evaluable folds one after another, each predicted by a model that had not seen it. */
export interface OutOfFold {
  /** Row indices into the data. */
  readonly rows: Int32Array;
  /** Fold number of each row. */
  readonly fold: Uint8Array;
  readonly label: Uint8Array;
  /** Group codes from 0 without holes, one for each user with a test row. */
  readonly group: Int32Array;
  readonly groups: number;
  /** True where the user has rows in the training part of the row's fold. */
  readonly seen: Uint8Array;
  /** Only scores that every fold has. */
  readonly scores: ReadonlyMap<ScoreName, Float64Array>;
}

export function outOfFold(data: LearningRows, outcomes: readonly FoldOutcome[]): OutOfFold {
  const rows = Int32Array.from(outcomes.flatMap(({ fold }) => [...fold.test]));
  const codes = new Map<number, number>();
  const group = rows.map((row) => {
    const code = codes.get(data.user[row]!) ?? codes.size;
    codes.set(data.user[row]!, code);
    return code;
  });
  const seen = outcomes.flatMap(({ fold }) => {
    const users = new Set(Array.from(fold.train, (row) => data.user[row]!));
    return Array.from(fold.test, (row) => (users.has(data.user[row]!) ? 1 : 0));
  });
  const complete = SCORES.filter((name) => outcomes.every(({ scores }) => scores.has(name)));
  return {
    rows,
    fold: Uint8Array.from(outcomes.flatMap(({ fold }) => Array.from(fold.test, () => fold.number))),
    label: Uint8Array.from(rows, (row) => data.label[row]!),
    group,
    groups: codes.size,
    seen: Uint8Array.from(seen),
    scores: new Map(
      complete.map((name) => [name, Float64Array.from(outcomes.flatMap(({ scores }) => [...scores.get(name)!]))]),
    ),
  };
}
