import { TidemarkError } from '../core/errors.ts';
import { cholesky, choleskySolve } from './linear-algebra.ts';

export interface LogisticOptions {
  /** Strength of the L2 penalty: the objective adds l2/2 * sum of squared coefficients, without the intercept. Default 0. */
  readonly l2?: number;
  /** One weight a row, finite and not negative; a weight of 2 is the same as the row twice. Default 1. */
  readonly weights?: Float64Array | undefined;
  /** Coefficients to start from, intercept first: fewer iterations, same solution. */
  readonly start?: Float64Array | undefined;
  /** Stops when the largest component of the gradient, divided by the sum of weights, is below this. Default 1e-10. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

export interface LogisticFit {
  /** Intercept first, then one for each column. Always finite. */
  readonly coefficients: Float64Array;
  /** Second derivative of the objective at the solution, penalty included: q x q, row-major, lower triangle, q = columns + 1. */
  readonly hessian: Float64Array;
  /** Penalised negative log-likelihood, summed over rows. */
  readonly objective: number;
  /** Largest component of the gradient divided by the sum of weights. */
  readonly gradient: number;
  readonly iterations: number;
  /** False on separable data without penalty, where the optimum lies at infinity; the coefficients are then the last finite ones. */
  readonly converged: boolean;
}

const BLOCK = 128;

/**
 * Fits a logistic regression by Newton's method: exact, no learning rate, six or seven passes over the data.
 *
 * Each pass walks blocks of 128 rows, so that the weighted rows stay in the cache while their outer products are summed. The step is
 * solved by Cholesky and halved while the objective rises. Columns should be standardised: the penalty treats all alike. Where the
 * classes are separable the likelihood has no maximum; a penalty above zero gives one.
 *
 * @param x n x p, row-major.
 * @param y n labels, 0 or 1.
 * @throws {TidemarkError} TRAINING_IMPOSSIBLE for no rows, one class only, labels outside {0,1}, values or weights that are not finite,
 *   and columns that are linear combinations of others while l2 is 0. The result is never NaN.
 *
 * Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1.
 */
export function fitLogistic(
  x: Float64Array,
  y: ArrayLike<number>,
  p: number,
  options: LogisticOptions = {},
): LogisticFit {
  const { l2 = 0, weights, tolerance = 1e-10, maxIterations = 60 } = options;
  const n = y.length;
  const q = p + 1;
  const { total, positive } = checkInput(x, y, p, weights);

  let w = new Float64Array(q);
  w[0] = Math.log(positive / (total - positive));
  if (options.start) w = options.start.slice() as Float64Array<ArrayBuffer>;
  const gradient = new Float64Array(q);
  const hessian = new Float64Array(q * q);
  const block = new Float64Array(BLOCK * q);
  let previous = w;
  let step = new Float64Array(q);
  let scale = 1;
  let best = Number.POSITIVE_INFINITY;
  let halvings = 0;

  for (let iteration = 0; ; iteration++) {
    let objective = pass(x, y, weights, w, n, p, gradient, hessian, block);
    for (let j = 1; j < q; j++) {
      gradient[j] = gradient[j]! - l2 * w[j]!;
      hessian[j * q + j] = hessian[j * q + j]! + l2;
      objective += 0.5 * l2 * w[j]! ** 2;
    }
    let norm = 0;
    for (let j = 0; j < q; j++) norm = Math.max(norm, Math.abs(gradient[j]!));
    norm /= total;
    const done = (converged: boolean): LogisticFit => ({
      coefficients: w,
      hessian: hessian.slice(),
      objective,
      gradient: norm,
      iterations: iteration,
      converged,
    });

    if (!(objective <= best + 1e-12 * Math.abs(best)) && halvings < 30) {
      halvings++;
      scale /= 2;
      w = previous.map((value, j) => value + scale * step[j]!);
      continue;
    }
    if (norm < tolerance) return done(true);
    if (iteration >= maxIterations || halvings >= 30) return done(false);
    const factor = hessian.slice();
    const singular = cholesky(factor, q);
    if (singular >= 0) {
      // On separable data the curvature vanishes before the gradient does; what has been reached is the answer.
      if (best < 1e-6 * total) return done(false);
      throw impossible(
        `column ${singular - 1} of ${p} is a linear combination of the columns before it, and without a penalty its coefficient is not determined; expected independent columns or l2 > 0`,
      );
    }
    best = objective;
    previous = w;
    step = gradient.slice();
    choleskySolve(factor, step, q);
    scale = 1;
    halvings = 0;
    w = previous.map((value, j) => value + step[j]!);
  }
}

/** One pass: fills the gradient of the log-likelihood and the Hessian (lower triangle) and returns the negative log-likelihood. */
function pass(
  x: Float64Array,
  y: ArrayLike<number>,
  weights: Float64Array | undefined,
  w: Float64Array,
  n: number,
  p: number,
  gradient: Float64Array,
  hessian: Float64Array,
  block: Float64Array,
): number {
  const q = p + 1;
  gradient.fill(0);
  hessian.fill(0);
  let loss = 0;
  for (let from = 0; from < n; from += BLOCK) {
    const rows = Math.min(BLOCK, n - from);
    for (let r = 0; r < rows; r++) {
      const i = from + r;
      const row = i * p;
      let z = w[0]!;
      for (let j = 0; j < p; j++) z += w[j + 1]! * x[row + j]!;
      // Both exponentials of the logistic function from the one that cannot overflow.
      const e = Math.exp(z < 0 ? z : -z);
      const probability = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      const weight = weights ? weights[i]! : 1;
      const positive = y[i] === 1;
      const margin = positive ? -z : z;
      loss += weight * (Math.max(margin, 0) + Math.log1p(e));
      const residual = weight * ((positive ? 1 : 0) - probability);
      const root = (Math.sqrt(weight) * Math.sqrt(e)) / (1 + e);
      const out = r * q;
      block[out] = root;
      gradient[0] = gradient[0]! + residual;
      for (let j = 0; j < p; j++) {
        const value = x[row + j]!;
        gradient[j + 1] = gradient[j + 1]! + residual * value;
        block[out + j + 1] = root * value;
      }
    }
    addOuterProducts(block, rows, q, hessian);
  }
  return loss;
}

/** hessian += block' * block, lower triangle, four rows and two columns at a time: a third of the loads and stores, sums in the same order. */
function addOuterProducts(block: Float64Array, rows: number, q: number, hessian: Float64Array): void {
  for (let r = rows; r % 4 !== 0; r++) block.fill(0, r * q, (r + 1) * q);
  for (let r = 0; r < rows; r += 4) {
    const a = r * q;
    const b = a + q;
    const c = b + q;
    const d = c + q;
    // Of an odd number of columns the first one has no partner, and one entry.
    if (q % 2 === 1)
      hessian[0] =
        hessian[0]! + block[a]! * block[a]! + block[b]! * block[b]! + block[c]! * block[c]! + block[d]! * block[d]!;
    for (let j = q % 2; j < q; j += 2) {
      const aj = block[a + j]!;
      const bj = block[b + j]!;
      const cj = block[c + j]!;
      const dj = block[d + j]!;
      const al = block[a + j + 1]!;
      const bl = block[b + j + 1]!;
      const cl = block[c + j + 1]!;
      const dl = block[d + j + 1]!;
      const out = j * q;
      const next = out + q;
      for (let k = 0; k <= j; k++) {
        const ak = block[a + k]!;
        const bk = block[b + k]!;
        const ck = block[c + k]!;
        const dk = block[d + k]!;
        hessian[out + k] = hessian[out + k]! + aj * ak + bj * bk + cj * ck + dj * dk;
        hessian[next + k] = hessian[next + k]! + al * ak + bl * bk + cl * ck + dl * dk;
      }
      hessian[next + j + 1] = hessian[next + j + 1]! + al * al + bl * bl + cl * cl + dl * dl;
    }
  }
}

/** Probabilities of the rows of x, n x p row-major, for coefficients with the intercept first. */
export function predictLogistic(x: Float64Array, p: number, coefficients: Float64Array): Float64Array {
  const n = x.length / p;
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let z = coefficients[0]!;
    for (let j = 0; j < p; j++) z += coefficients[j + 1]! * x[i * p + j]!;
    result[i] = sigmoid(z);
  }
  return result;
}

export const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

function checkInput(x: Float64Array, y: ArrayLike<number>, p: number, weights: Float64Array | undefined) {
  const n = y.length;
  if (n === 0) throw impossible('there are 0 rows; expected at least one row of each class');
  if (x.length !== n * p) throw impossible(`found ${x.length} values for ${n} rows of ${p} columns; expected ${n * p}`);
  let bad = 0;
  let first = -1;
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(x[i])) continue;
    if (bad++ === 0) first = i;
  }
  if (bad > 0) {
    throw impossible(
      `${bad} of ${x.length} feature values are not finite, the first in row ${Math.floor(first / p)}, column ${first % p}; expected finite numbers`,
    );
  }
  let total = 0;
  let positive = 0;
  for (let i = 0; i < n; i++) {
    const label = y[i];
    if (label !== 0 && label !== 1) throw impossible(`row ${i} has the label ${label}; expected 0 or 1`);
    const weight = weights ? weights[i]! : 1;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw impossible(`row ${i} has the weight ${weight}; expected a finite number >= 0`);
    }
    total += weight;
    positive += weight * label;
  }
  if (positive === 0 || positive === total) {
    throw impossible(`all ${n} rows have the label ${positive === 0 ? 0 : 1}; expected rows of both classes`);
  }
  return { total, positive };
}

const impossible = (message: string) => new TidemarkError({ code: 'TRAINING_IMPOSSIBLE', message });
