import { sha256 } from '../core/files.ts';
import type { Filter } from './config.ts';
import { type Encoder, encode, mustBeFinite } from './encoder.ts';
import type { UserDays } from './learning-rows.ts';
import type { Feature } from './learning-tables.ts';
import { predictLogistic } from './newton.ts';

export const MODEL_VERSION = 1;

/** `model.json`: all that is needed to score a row, and nothing that is not JSON. */
export interface Model {
  /** Of this file's format. */
  readonly version: typeof MODEL_VERSION;
  /** `churn_baseline_v1`. */
  readonly id: string;
  /** Folder of the card: `20260301T101500Z-1a2b3c4d`. */
  readonly cardVersion: string;
  readonly trainedAt: string;
  readonly label: { readonly column: string; readonly horizonDays: number };
  readonly population: readonly Filter[];
  readonly features: readonly Feature[];
  /** SHA-256 over names and kinds of the features in order: a model must not meet other features than it learnt from. */
  readonly featureHash: string;
  /** Imputer, scaler and levels. */
  readonly encoder: Encoder;
  readonly intercept: number;
  /** One for each column of the encoder, on standardised columns. */
  readonly coefficients: readonly number[];
  /** Contact above this probability. */
  readonly threshold: number;
}

export const featureHash = (features: readonly Feature[]): string =>
  sha256(JSON.stringify(features.map(({ name, kind }) => [name, kind])));

/**
 * Probabilities of the given rows; a function of the model file and the rows alone.
 *
 * @throws {TidemarkError} TRAINING_IMPOSSIBLE for infinite values: the answer would be no probability.
 */
export function predict(
  model: Pick<Model, 'features' | 'encoder' | 'intercept' | 'coefficients'>,
  data: UserDays,
  rows: Int32Array,
): Float64Array {
  mustBeFinite(model.features, data, rows);
  const x = encode(model.encoder, data, rows);
  return predictLogistic(x, model.encoder.columns.length, Float64Array.of(model.intercept, ...model.coefficients));
}
