/** Probabilities are kept this far from 0 and 1, so that one confident mistake costs 36 and not infinity (as scikit-learn does). */
export const LOG_LOSS_CLIP = 2 ** -52;

/** Negative log-likelihood of one row. */
export function rowLogLoss(label: number, probability: number): number {
  const p = Math.min(1 - LOG_LOSS_CLIP, Math.max(LOG_LOSS_CLIP, probability));
  return label === 1 ? -Math.log(p) : -Math.log1p(-p);
}

/** Mean negative log-likelihood, in nats; defined for one class too. */
export function logLoss(label: ArrayLike<number>, probability: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < label.length; i++) sum += rowLogLoss(label[i]!, probability[i]!);
  return sum / label.length;
}

/** Mean squared difference between label and probability. */
export function brier(label: ArrayLike<number>, probability: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < label.length; i++) sum += (label[i]! - probability[i]!) ** 2;
  return sum / label.length;
}

export interface BrierParts {
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
  readonly withinBinVariance: number;
  readonly withinBinCovariance: number;
}

/**
 * The Brier score in parts: reliability - resolution + uncertainty + withinBinVariance - 2 * withinBinCovariance, exact to rounding.
 * The usual three parts alone add up only when all rows of a bin have one probability.
 *
 * @param bin the bin of each row, from 0.
 *
 * Source: Stephenson, Coelho, Jolliffe (2008), Two extra components in the Brier score decomposition, Weather and Forecasting 23.
 */
export function brierParts(
  label: ArrayLike<number>,
  probability: ArrayLike<number>,
  bin: ArrayLike<number>,
): BrierParts {
  const n = label.length;
  let bins = 0;
  for (let i = 0; i < n; i++) bins = Math.max(bins, bin[i]! + 1);
  const rows = new Float64Array(bins);
  const labels = new Float64Array(bins);
  const probabilities = new Float64Array(bins);
  let positives = 0;
  for (let i = 0; i < n; i++) {
    const b = bin[i]!;
    rows[b] = rows[b]! + 1;
    labels[b] = labels[b]! + label[i]!;
    probabilities[b] = probabilities[b]! + probability[i]!;
    positives += label[i]!;
  }
  const baseRate = positives / n;
  let reliability = 0;
  let resolution = 0;
  for (let b = 0; b < bins; b++) {
    if (rows[b] === 0) continue;
    const observed = labels[b]! / rows[b]!;
    reliability += rows[b]! * (probabilities[b]! / rows[b]! - observed) ** 2;
    resolution += rows[b]! * (observed - baseRate) ** 2;
  }
  let variance = 0;
  let covariance = 0;
  for (let i = 0; i < n; i++) {
    const b = bin[i]!;
    const deviation = probability[i]! - probabilities[b]! / rows[b]!;
    variance += deviation ** 2;
    covariance += deviation * (label[i]! - labels[b]! / rows[b]!);
  }
  return {
    reliability: reliability / n,
    resolution: resolution / n,
    uncertainty: baseRate * (1 - baseRate),
    withinBinVariance: variance / n,
    withinBinCovariance: covariance / n,
  };
}
