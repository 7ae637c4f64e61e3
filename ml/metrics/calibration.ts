import { clusterErrors } from '../inference.ts';
import { fitLogistic } from '../newton.ts';
import { LOG_LOSS_CLIP } from './probability.ts';
import { binOf, quantileEdges } from './quantile.ts';

export interface CalibrationBin {
  /** The bin holds probabilities in (low, high]; the first one includes its low end. */
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly positives: number;
  readonly meanPredicted: number;
  readonly observedRate: number;
  /** 95 % Wilson interval of the observed rate; it takes rows as independent, so it is too narrow where users repeat. */
  readonly observedLow: number;
  readonly observedHigh: number;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Mean distance between predicted and observed, weighted by rows. Above 0 by noise alone. */
  readonly expectedError: number;
  readonly maximumError: number;
  /** The bin of each row. */
  readonly binOfRow: Uint8Array;
}

/** Reliability by quantile bins: equal rows a bin, because equal widths leave all rows in one bin at a base rate of 2 %. */
export function calibration(label: ArrayLike<number>, probability: Float64Array, bins = 10): Calibration {
  const edges = quantileEdges(probability, bins);
  const count = Math.max(1, edges.length - 1);
  const binOfRow = Uint8Array.from(probability, (value) => binOf(value, edges));
  const rows = new Float64Array(count);
  const positives = new Float64Array(count);
  const sums = new Float64Array(count);
  for (let i = 0; i < label.length; i++) {
    const b = binOfRow[i]!;
    rows[b] = rows[b]! + 1;
    positives[b] = positives[b]! + label[i]!;
    sums[b] = sums[b]! + probability[i]!;
  }
  const table: CalibrationBin[] = [];
  let error = 0;
  let maximumError = 0;
  for (let b = 0; b < count; b++) {
    // An empty bin counts 0: it holds no row that could be wrong.
    if (rows[b] === 0) continue;
    const meanPredicted = sums[b]! / rows[b]!;
    const observedRate = positives[b]! / rows[b]!;
    const [observedLow, observedHigh] = wilson(positives[b]!, rows[b]!);
    error += rows[b]! * Math.abs(meanPredicted - observedRate);
    maximumError = Math.max(maximumError, Math.abs(meanPredicted - observedRate));
    table.push({
      low: edges[b]!,
      high: edges[b + 1] ?? edges[b]!,
      rows: rows[b]!,
      positives: positives[b]!,
      meanPredicted,
      observedRate,
      observedLow,
      observedHigh,
    });
  }
  return { bins: table, expectedError: error / label.length, maximumError, binOfRow };
}

export interface CalibrationLine {
  /** 0 when predictions are right on the whole. */
  readonly intercept: number;
  readonly interceptError: number;
  /** 1 when predictions are right; below 1 they are too extreme (overfitted), above 1 too timid. */
  readonly slope: number;
  readonly slopeError: number;
}

/**
 * Logistic regression of the label on the predicted log-odds, with errors clustered by group.
 *
 * @returns undefined when there is one class only, or all predictions are equal.
 *
 * Source: Cox (1958), Two further applications of a model for binary regression, Biometrika 45.
 */
export function calibrationLine(
  label: ArrayLike<number>,
  probability: Float64Array,
  group: Int32Array,
): CalibrationLine | undefined {
  const logit = probability.map((value) => {
    const p = Math.min(1 - LOG_LOSS_CLIP, Math.max(LOG_LOSS_CLIP, value));
    return Math.log(p / (1 - p));
  });
  let positives = 0;
  for (let i = 0; i < label.length; i++) positives += label[i]!;
  if (positives === 0 || positives === label.length || logit.every((value) => value === logit[0])) return undefined;
  const fit = fitLogistic(logit, label, 1);
  const errors = clusterErrors(logit, label, 1, fit, group);
  return {
    intercept: fit.coefficients[0]!,
    interceptError: errors[0]!,
    slope: fit.coefficients[1]!,
    slopeError: errors[1]!,
  };
}

/** 95 % score interval of a proportion. Source: Wilson (1927), JASA 22. */
function wilson(positives: number, n: number): [number, number] {
  const z2 = 1.959964 ** 2;
  const rate = positives / n;
  const centre = rate + z2 / (2 * n);
  const half = Math.sqrt(z2 * ((rate * (1 - rate)) / n + z2 / (4 * n * n)));
  const scale = 1 + z2 / n;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
