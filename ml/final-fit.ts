import { normalQuantile } from '../core/normal.ts';
import type { MlConfig } from './config.ts';
import type { FoldOutcome } from './cross-validate.ts';
import { type EncodedColumn, type Encoder, encode, fitEncoder } from './encoder.ts';
import { clusterErrors, varianceInflation } from './inference.ts';
import type { LearningRows } from './learning-rows.ts';
import type { Feature } from './learning-tables.ts';
import { fitLogistic, type LogisticFit } from './newton.ts';

export interface Coefficient {
  /** Column of the design matrix, or `(intercept)`. */
  readonly name: string;
  readonly feature: string;
  readonly transform: EncodedColumn['transform'] | 'intercept';
  /** Change in log-odds for one standard deviation of the column. */
  readonly standardised: number;
  readonly standardError: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Change in log-odds for one unit of the transformed feature. */
  readonly raw: number;
  /** Null for the intercept and for a column that is an exact combination of others. */
  readonly varianceInflation: number | null;
  /** Standardised coefficient of each evaluable fold; null where the fold has no such column. */
  readonly folds: readonly (number | null)[];
  /** Share of those folds whose sign is that of the final fit; null when there are none. */
  readonly signAgreement: number | null;
}

export interface FinalFit {
  readonly encoder: Encoder;
  readonly fit: LogisticFit;
  readonly coefficients: readonly Coefficient[];
}

/** The model that is kept: fitted on all labelled rows, with clustered errors and what the folds said about each coefficient. */
export function finalFit(
  data: LearningRows,
  features: readonly Feature[],
  outcomes: readonly FoldOutcome[],
  config: MlConfig,
): FinalFit {
  const rows = Int32Array.from({ length: data.n }, (_, i) => i);
  const encoder = fitEncoder(features, data, rows, config.rareLevelShare);
  const p = encoder.columns.length;
  const x = encode(encoder, data, rows);
  const fit = fitLogistic(x, data.label, p, { l2: config.l2 });
  const errors = clusterErrors(x, data.label, p, fit, data.user);
  const inflation = varianceInflation(x, p);
  const byFold = outcomes.map(
    (outcome) =>
      new Map(
        ['(intercept)', ...outcome.encoder.columns.map(({ name }) => name)].map((name, j) => [
          name,
          outcome.fit.coefficients[j]!,
        ]),
      ),
  );
  // Errors are those of a normal approximation: draws of the whole fit would cost a thousand fits.
  const z = normalQuantile((1 + config.bootstrap.level) / 2);
  const row = (
    j: number,
    name: string,
    feature: string,
    transform: Coefficient['transform'],
    sd: number,
    shift: number,
  ): Coefficient => {
    const standardised = fit.coefficients[j]!;
    const error = errors[j]!;
    const folds = byFold.map((coefficients) => coefficients.get(name) ?? null);
    const known = folds.filter((value) => value !== null);
    return {
      name,
      feature,
      transform,
      standardised,
      standardError: finite(error),
      low: finite(standardised - z * error),
      high: finite(standardised + z * error),
      raw: standardised / sd - shift,
      varianceInflation: j === 0 ? null : finite(inflation[j - 1]!),
      folds,
      signAgreement:
        known.length === 0
          ? null
          : known.filter((value) => Math.sign(value) === Math.sign(standardised)).length / known.length,
    };
  };
  const shift = encoder.columns.reduce((sum, { mean, sd }, j) => sum + (fit.coefficients[j + 1]! * mean) / sd, 0);
  return {
    encoder,
    fit,
    coefficients: [
      row(0, '(intercept)', '', 'intercept', 1, shift),
      ...encoder.columns.map(({ name, feature, transform, sd }, j) => row(j + 1, name, feature, transform, sd, 0)),
    ],
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
