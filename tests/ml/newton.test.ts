import { describe, expect, test } from 'vitest';
import { random } from '../../core/random.ts';
import { clusterErrors, varianceInflation } from '../../ml/inference.ts';
import { fitLogistic, predictLogistic, sigmoid } from '../../ml/newton.ts';
import { fitReference } from '../../ml/reference-trainer.ts';

/** Rows of a logistic model with known coefficients. */
function sample(n: number, truth: readonly number[], seed = 1) {
  const stream = random(seed, 'newton');
  const p = truth.length - 1;
  const x = new Float64Array(n * p).map(() => stream.normal());
  const y = Uint8Array.from({ length: n }, (_, i) => {
    const z = truth[0]! + truth.slice(1).reduce((sum, b, j) => sum + b * x[i * p + j]!, 0);
    return stream.chance(sigmoid(z)) ? 1 : 0;
  });
  return { x, y, p, n };
}

/** The gradient of the penalised log-likelihood, by its definition. */
function gradient({ x, y, p, n }: ReturnType<typeof sample>, w: Float64Array, l2: number): number[] {
  return Array.from(w, (value, j) => {
    let sum = j === 0 ? 0 : -l2 * value;
    for (let i = 0; i < n; i++) {
      const z = w[0]! + Array.from({ length: p }, (_, k) => w[k + 1]! * x[i * p + k]!).reduce((a, b) => a + b, 0);
      sum += (y[i]! - sigmoid(z)) * (j === 0 ? 1 : x[i * p + j - 1]!);
    }
    return sum;
  });
}

describe('the exact trainer', () => {
  test.each([0, 1, 25])('ends where the gradient is zero, l2 = %d', (l2) => {
    // 333 rows: neither a multiple of the block nor of four.
    const data = sample(333, [-1, 0.8, -0.5, 0.2]);
    const fit = fitLogistic(data.x, data.y, data.p, { l2 });
    expect(fit.converged).toBe(true);
    for (const component of gradient(data, fit.coefficients, l2))
      expect(Math.abs(component) / data.n).toBeLessThan(1e-9);
  });

  test.each([1, 2, 3, 4])('gives the second derivative by its definition, of %d columns', (p) => {
    const { x, y, n } = sample(333, [-1, 0.8, -0.5, 0.2, 0.4].slice(0, p + 1));
    const l2 = 3;
    const { coefficients, hessian } = fitLogistic(x, y, p, { l2 });
    const q = p + 1;
    const at = (i: number, j: number) => (j === 0 ? 1 : x[i * p + j - 1]!);
    const probability = predictLogistic(x, p, coefficients);
    for (let j = 0; j < q; j++) {
      for (let k = 0; k <= j; k++) {
        let sum = j === k && j > 0 ? l2 : 0;
        for (let i = 0; i < n; i++) sum += probability[i]! * (1 - probability[i]!) * at(i, j) * at(i, k);
        expect(hessian[j * q + k]! / sum).toBeCloseTo(1, 10);
      }
    }
  });

  test('recovers the coefficients that made the data', () => {
    const truth = [-2, 1, -0.5, 0, 0.25];
    const data = sample(40_000, truth);
    const fit = fitLogistic(data.x, data.y, data.p);
    const errors = clusterErrors(
      data.x,
      data.y,
      data.p,
      fit,
      Int32Array.from({ length: data.n }, (_, i) => i),
    );
    for (const [j, value] of truth.entries())
      expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(4 * errors[j]!);
  });

  test('the intercept alone is the log-odds of the base rate', () => {
    const fit = fitLogistic(Float64Array.of(1, -1, 1, -1, 1, -1, 1, -1), [1, 1, 0, 0, 0, 0, 0, 0], 1);
    expect(fit.coefficients[0]).toBeCloseTo(Math.log(2 / 6), 10);
    expect(fit.coefficients[1]).toBeCloseTo(0, 10);
  });

  test('a weight of two is the row twice, of zero is no row', () => {
    const data = sample(200, [-0.5, 1, 0.3]);
    const weights = Float64Array.from({ length: 200 }, (_, i) => i % 3);
    const rows = Array.from({ length: 200 }, (_, i) => Array.from({ length: i % 3 }, () => i)).flat();
    const x = Float64Array.from(rows.flatMap((i) => [data.x[2 * i]!, data.x[2 * i + 1]!]));
    const weighted = fitLogistic(data.x, data.y, 2, { weights, l2: 0.5 });
    const repeated = fitLogistic(
      x,
      rows.map((i) => data.y[i]!),
      2,
      { l2: 0.5 },
    );
    for (const [j, value] of weighted.coefficients.entries()) expect(value).toBeCloseTo(repeated.coefficients[j]!, 9);
  });

  test('the penalty spares the intercept', () => {
    const data = sample(500, [-2, 1]);
    const fit = fitLogistic(data.x, data.y, 1, { l2: 1e9 });
    const rate = data.y.reduce((sum, y) => sum + y, 0) / 500;
    expect(fit.coefficients[1]).toBeCloseTo(0, 6);
    expect(fit.coefficients[0]).toBeCloseTo(Math.log(rate / (1 - rate)), 6);
  });

  test('a warm start arrives at the same place, sooner', () => {
    const data = sample(2000, [-1, 1, 1]);
    const cold = fitLogistic(data.x, data.y, 2);
    const warm = fitLogistic(data.x, data.y, 2, { start: cold.coefficients });
    expect(warm.iterations).toBe(0);
    const far = fitLogistic(data.x, data.y, 2, { start: Float64Array.of(30, -40, 50) });
    for (const [j, value] of far.coefficients.entries()) expect(value).toBeCloseTo(cold.coefficients[j]!, 8);
  });

  test('separable data stay finite, and a penalty makes them regular', () => {
    const x = Float64Array.of(-3, -2, -1, 1, 2, 3);
    const y = [0, 0, 0, 1, 1, 1];
    const bare = fitLogistic(x, y, 1);
    expect(bare.coefficients.every(Number.isFinite)).toBe(true);
    expect([...predictLogistic(x, 1, bare.coefficients)].map(Math.round)).toEqual(y);
    const penalised = fitLogistic(x, y, 1, { l2: 1 });
    expect(penalised.converged).toBe(true);
    // By symmetry the intercept is zero; the slope solves 2 * sum x_i * sigmoid(-b x_i) = b.
    const b = penalised.coefficients[1]!;
    expect(penalised.coefficients[0]).toBeCloseTo(0, 9);
    expect(2 * [1, 2, 3].reduce((sum, v) => sum + v * sigmoid(-b * v), 0)).toBeCloseTo(b, 9);
  });

  test.each([
    ['no rows', [], [], 1, 'there are 0 rows; expected at least one row of each class'],
    ['one class', [1, 2], [0, 0], 1, 'all 2 rows have the label 0; expected rows of both classes'],
    ['the other class', [1, 2], [1, 1], 1, 'all 2 rows have the label 1; expected rows of both classes'],
    ['a third label', [1, 2], [0, 2], 1, 'row 1 has the label 2; expected 0 or 1'],
    [
      'a missing value',
      [1, 2, Number.NaN, 4],
      [0, 1],
      2,
      '1 of 4 feature values are not finite, the first in row 1, column 0; expected finite numbers',
    ],
    ['a short matrix', [1, 2, 3], [0, 1], 2, 'found 3 values for 2 rows of 2 columns; expected 4'],
  ])('refuses %s', (_, x, y, p, message) => {
    expect(() => fitLogistic(Float64Array.from(x), y, p)).toThrow(`TRAINING_IMPOSSIBLE\n  ${message}\n`);
  });

  test('refuses a column that is the sum of others without a penalty, solves it with one', () => {
    const data = sample(300, [0, 1, 1]);
    const x = Float64Array.from({ length: 900 }, (_, k) => {
      const [i, j] = [Math.floor(k / 3), k % 3];
      return j < 2 ? data.x[2 * i + j]! : data.x[2 * i]! + data.x[2 * i + 1]!;
    });
    expect(() => fitLogistic(x, data.y, 3)).toThrow(
      'column 2 of 3 is a linear combination of the columns before it, and without a penalty its coefficient is not determined; expected independent columns or l2 > 0',
    );
    expect(fitLogistic(x, data.y, 3, { l2: 0.1 }).converged).toBe(true);
    expect([...varianceInflation(x, 3)]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe('errors and inflation', () => {
  test('rows repeated within a user widen clustered errors by the square root', () => {
    const data = sample(400, [-0.5, 0.7]);
    const fit = fitLogistic(data.x, data.y, 1);
    const own = clusterErrors(
      data.x,
      data.y,
      1,
      fit,
      Int32Array.from({ length: 400 }, (_, i) => i),
    );
    // Four copies of each row: as independent rows the error halves, as rows of one user it stays.
    const x = Float64Array.from({ length: 1600 }, (_, i) => data.x[Math.floor(i / 4)]!);
    const y = Array.from({ length: 1600 }, (_, i) => data.y[Math.floor(i / 4)]!);
    const copied = fitLogistic(x, y, 1);
    const clustered = clusterErrors(
      x,
      y,
      1,
      copied,
      Int32Array.from({ length: 1600 }, (_, i) => Math.floor(i / 4)),
    );
    const naive = clusterErrors(
      x,
      y,
      1,
      copied,
      Int32Array.from({ length: 1600 }, (_, i) => i),
    );
    expect(clustered[1]).toBeCloseTo(own[1]!, 6);
    expect(naive[1]! / own[1]!).toBeCloseTo(0.5, 2);
  });

  test('two columns with correlation r have an inflation of 1 / (1 - r^2)', () => {
    const x = Float64Array.of(1, 1, 1, -1, -1, 1, -1, -1, 1, 1, -1, -1); // six rows, r = 1/3
    const [a, b] = varianceInflation(x, 2);
    expect(a).toBeCloseTo(1 / (1 - 1 / 9), 7);
    expect(b).toBeCloseTo(1 / (1 - 1 / 9), 7);
    // The third repeats the first: both are lost, the second keeps its factor.
    const repeated = Float64Array.from({ length: 18 }, (_, k) => x[2 * Math.floor(k / 3) + (k % 3 === 1 ? 1 : 0)]!);
    expect([...varianceInflation(repeated, 3)]).toEqual([
      Number.POSITIVE_INFINITY,
      expect.closeTo(1 / (1 - 1 / 9), 6),
      Number.POSITIVE_INFINITY,
    ]);
  });
});

test('ml-logistic-regression agrees with the trainer where it converges', () => {
  const data = sample(400, [-0.5, 1, -1]);
  const fit = fitReference(data.x, data.y, 2, 1)!;
  expect(fit).toMatchObject({ rows: 400, steps: 1500, converged: true });
  expect(fit.largestDifference).toBeLessThan(1e-6);
  const own = fitLogistic(data.x, data.y, 2);
  for (const [j, value] of fit.coefficients.entries()) expect(value).toBeCloseTo(own.coefficients[j]!, 5);
  expect(fitReference(data.x, new Uint8Array(400), 2, 1)).toBeUndefined();
});
