import { inverse } from './linear-algebra.ts';
import { type LogisticFit, predictLogistic } from './newton.ts';

/**
 * Standard errors of the coefficients that allow for rows of one user being alike (cluster-robust sandwich).
 *
 * Rows of the same user on nearby days share most of their windows, so ordinary errors are far too small. The scores of each user are
 * summed before they are squared, and the result is scaled by G/(G-1). The penalty stands in the bread, so the interval is about the
 * penalised coefficient.
 *
 * @param group a code from 0 for each row.
 * @returns one error for each coefficient, intercept first; NaN when the Hessian is singular or there is one user only.
 *
 * Source: Liang, Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73.
 */
export function clusterErrors(
  x: Float64Array,
  y: ArrayLike<number>,
  p: number,
  fit: LogisticFit,
  group: Int32Array,
): Float64Array {
  const q = p + 1;
  const n = y.length;
  const probability = predictLogistic(x, p, fit.coefficients);
  const codes = new Map<number, number>();
  const member = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const code = codes.get(group[i]!) ?? codes.size;
    codes.set(group[i]!, code);
    member[i] = code;
  }
  const scores = new Float64Array(codes.size * q);
  for (let i = 0; i < n; i++) {
    const residual = y[i]! - probability[i]!;
    const at = member[i]! * q;
    scores[at] = scores[at]! + residual;
    for (let j = 0; j < p; j++) scores[at + j + 1] = scores[at + j + 1]! + residual * x[i * p + j]!;
  }
  const bread = inverse(fit.hessian, q);
  const errors = new Float64Array(q).fill(Number.NaN);
  if (!bread || codes.size < 2) return errors;
  // Row j of bread times each user's score, squared and summed, is the j-th diagonal element of the sandwich.
  const scale = codes.size / (codes.size - 1);
  for (let j = 0; j < q; j++) {
    let variance = 0;
    for (let g = 0; g < codes.size; g++) {
      let dot = 0;
      for (let k = 0; k < q; k++) dot += bread[j * q + k]! * scores[g * q + k]!;
      variance += dot * dot;
    }
    errors[j] = Math.sqrt(scale * variance);
  }
  return errors;
}

/** From here on a column counts as a combination of others. */
const COLLINEAR = 1e6;

/**
 * Variance inflation factor of each column: 1 for a column unrelated to the others, above 10 its coefficient is hard to tell apart.
 *
 * @param x n x p, row-major, standardised columns.
 * @returns Infinity for a column that is an exact combination of others.
 */
export function varianceInflation(x: Float64Array, p: number): Float64Array {
  const n = x.length / p;
  const correlation = new Float64Array(p * p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      const value = x[i * p + j]! / n;
      for (let k = 0; k <= j; k++) correlation[j * p + k] = correlation[j * p + k]! + value * x[i * p + k]!;
    }
  }
  // A trace on the diagonal keeps one exact combination from taking the factors of all other columns with it.
  for (let j = 0; j < p; j++) correlation[j * p + j] = correlation[j * p + j]! + 1e-9;
  const inverted = inverse(correlation, p)!;
  return Float64Array.from({ length: p }, (_, j) => {
    const factor = inverted[j * p + j]!;
    return factor > COLLINEAR ? Number.POSITIVE_INFINITY : factor;
  });
}
