import { inverse } from '../../../ml/linear-algebra.ts';
import { fitLogistic } from '../../../ml/newton.ts';

/**
 * Each interval of these tests has a level of 99.9 %: with some forty of them, and a fixed seed, a false alarm has a chance of one in
 * twenty-five once, when the seed or a law is changed, and none after that.
 */
export const Z = 3.2905;

/** A parameter of a scenario with what the data say of it. */
export interface Estimate {
  readonly name: string;
  readonly truth: number;
  readonly estimate: number;
  /** Standard error. */
  readonly error: number;
}

/** The estimates whose interval misses the truth, in words. */
export const missed = (estimates: readonly Estimate[], z = Z): string[] =>
  estimates
    .filter(({ truth, estimate, error }) => !(Math.abs(estimate - truth) <= z * error))
    .map(
      ({ name, truth, estimate, error }) =>
        `${name}: ${estimate.toFixed(4)} +- ${(z * error).toFixed(4)}, but the scenario says ${truth}`,
    );

/** The estimates whose interval says too little: it holds 0 although the truth is another number. */
export const vague = (estimates: readonly Estimate[]): string[] =>
  estimates.filter(({ truth, error }) => truth !== 0 && Z * error >= Math.abs(truth)).map(({ name }) => name);

/**
 * Logistic regression by maximum likelihood with Wald intervals: standard errors from the inverse of the observed information.
 *
 * @param names of the intercept and of the columns of `rows`.
 */
export function logistic(
  rows: readonly (readonly number[])[],
  outcomes: readonly number[],
  names: readonly string[],
  truths: readonly number[],
): Estimate[] {
  const p = names.length - 1;
  const { coefficients, hessian, converged } = fitLogistic(Float64Array.from(rows.flat()), outcomes, p, {
    // A hundredth of a standard error at most; the columns are left in their units, so the sums are good to no more.
    tolerance: 1e-7,
  });
  if (!converged) throw new Error('the regression did not converge');
  const q = p + 1;
  const covariance = inverse(hessian, q)!;
  return names.map((name, index) => ({
    name,
    truth: truths[index]!,
    estimate: coefficients[index]!,
    error: Math.sqrt(covariance[index * q + index]!),
  }));
}

/** Ratio of two sums over users, with the standard error of the delta method: users are independent, the days of one user are not. */
export function ratio(
  name: string,
  truth: number,
  users: readonly { readonly over: number; readonly under: number }[],
): Estimate {
  const n = users.length;
  const sum = (of: (user: { over: number; under: number }) => number) =>
    users.reduce((total, user) => total + of(user), 0);
  const estimate = sum(({ over }) => over) / sum(({ under }) => under);
  const squares = sum(({ over, under }) => (over - estimate * under) ** 2);
  return { name, truth, estimate, error: Math.sqrt((squares * n) / (n - 1)) / sum(({ under }) => under) };
}

/** Mean of independent numbers with its standard error. */
export function mean(name: string, truth: number, values: readonly number[]): Estimate {
  const estimate = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / (values.length - 1);
  return { name, truth, estimate, error: Math.sqrt(variance / values.length) };
}
