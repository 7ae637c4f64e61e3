import LogisticRegression from 'ml-logistic-regression';
import { Matrix } from 'ml-matrix';
import { random } from '../core/random.ts';
import { largestGramEigenvalue } from './linear-algebra.ts';
import { fitLogistic, sigmoid } from './newton.ts';

export interface ReferenceFit {
  /** Intercept first, as our own trainer's. */
  readonly coefficients: Float64Array;
  readonly rows: number;
  readonly steps: number;
  /** Largest component of the gradient divided by the rows: how far from the optimum it stopped. */
  readonly gradient: number;
  readonly converged: boolean;
  /** Largest difference of a predicted probability to our trainer's, without penalty, on the same rows; NaN when ours has no solution. */
  readonly largestDifference: number;
}

/** Rows times steps that fit into about a second: the package's cost a row hardly depends on the number of columns. */
const WORK = 600_000;
const MAX_ROWS = 4000;

/**
 * Fits the same problem with `ml-logistic-regression`, as a check by somebody else's code.
 *
 * The package is a gradient descent with a fixed number of steps, no intercept, penalty, weights or stopping rule. So it gets a sample
 * of at most 4,000 standardised rows, a column of ones, and the largest safe learning rate, 1.9/L with L = lambda_max(X'X)/4 (it diverges
 * at 2/L). It trains the two-class problem twice and the number of steps is bounded by time, so it often stops before the optimum;
 * `converged` and `gradient` say so.
 *
 * @param x n x p, row-major, standardised.
 * @returns undefined when a coefficient is not finite or the sample has one class only.
 */
export function fitReference(x: Float64Array, y: ArrayLike<number>, p: number, seed: number): ReferenceFit | undefined {
  const chosen = sample(y.length, MAX_ROWS, seed);
  const q = p + 1;
  const ones = new Float64Array(chosen.length * q);
  const own = new Float64Array(chosen.length * p);
  const label = Float64Array.from(chosen, (row) => y[row]!);
  chosen.forEach((row, i) => {
    ones[i * q] = 1;
    ones.set(x.subarray(row * p, (row + 1) * p), i * q + 1);
    own.set(x.subarray(row * p, (row + 1) * p), i * p);
  });
  const positives = label.reduce((sum, value) => sum + value, 0);
  if (positives === 0 || positives === label.length) return undefined;

  const steps = Math.min(2000, Math.floor(WORK / chosen.length));
  const learningRate = 1.9 / (0.25 * largestGramEigenvalue(ones, q));
  const model = new LogisticRegression({ numSteps: steps, learningRate });
  model.train(Matrix.from1DArray(chosen.length, q, ones), Matrix.columnVector(label));
  const coefficients = Float64Array.from(model.classifiers[0]!.weights.to1DArray());
  if (!coefficients.every(Number.isFinite)) return undefined;

  const gradient = new Float64Array(q);
  const scores = new Float64Array(chosen.length);
  for (let i = 0; i < chosen.length; i++) {
    let z = 0;
    for (let j = 0; j < q; j++) z += coefficients[j]! * ones[i * q + j]!;
    scores[i] = sigmoid(z);
    for (let j = 0; j < q; j++) gradient[j] = gradient[j]! + (label[i]! - scores[i]!) * ones[i * q + j]!;
  }
  const norm = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / chosen.length;
  return {
    coefficients,
    rows: chosen.length,
    steps,
    gradient: norm,
    converged: norm < 1e-6,
    largestDifference: largestDifference(own, label, p, scores),
  };
}

function largestDifference(x: Float64Array, y: Float64Array, p: number, scores: Float64Array): number {
  // A trace of penalty: columns that are a combination of others have no single solution, but the probabilities have.
  const { coefficients } = fitLogistic(x, y, p, { l2: 1e-6 });
  let most = 0;
  for (let i = 0; i < y.length; i++) {
    let z = coefficients[0]!;
    for (let j = 0; j < p; j++) z += coefficients[j + 1]! * x[i * p + j]!;
    most = Math.max(most, Math.abs(sigmoid(z) - scores[i]!));
  }
  return most;
}

/** Up to `limit` of the first n numbers, without replacement, ascending. */
function sample(n: number, limit: number, seed: number): Int32Array {
  const all = Int32Array.from({ length: n }, (_, i) => i);
  if (n <= limit) return all;
  const stream = random(seed, 'reference');
  for (let i = 0; i < limit; i++) {
    const j = i + stream.int(n - i);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, limit).sort();
}
