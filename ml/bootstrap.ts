import { random } from '../core/random.ts';
import { quantile } from './metrics/quantile.ts';

/** Numbers computed together from one set of rows; `compute` gets how often each group was drawn, and gives NaN where undefined. */
export interface Statistic {
  readonly names: readonly string[];
  compute(multiplicity: Int32Array): readonly number[];
}

/** A number made of others of the same draw: a difference, a mean over folds, a ratio. */
export interface Derived {
  readonly name: string;
  compute(value: (name: string) => number): number;
}

export interface Estimate {
  /** On the data itself; null when it is not defined there. */
  readonly value: number | null;
  /** Percentile interval; null when no draw defined the number. */
  readonly low: number | null;
  readonly high: number | null;
  /** Standard deviation over the draws. */
  readonly standardError: number | null;
  /** Draws in which the number was not defined, mostly because one class was missing. */
  readonly skipped: number;
}

export interface BootstrapOptions {
  readonly draws: number;
  readonly seed: number;
  /** Such as 0.95. */
  readonly level: number;
}

/**
 * Percentile intervals by drawing groups (users) with replacement.
 *
 * Rows of one user belong together, so users are drawn and all their rows with them; drawing rows would make intervals too narrow. A
 * draw is a count for each group, so nothing is copied. All statistics see the same draws: their differences are paired.
 *
 * @param groups number of groups; statistics index multiplicities by group code.
 *
 * Source: Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 and 13.
 */
export function bootstrap(
  statistics: readonly Statistic[],
  derived: readonly Derived[],
  groups: number,
  { draws, seed, level }: BootstrapOptions,
): Map<string, Estimate> {
  const names = [...statistics.flatMap((statistic) => statistic.names), ...derived.map((one) => one.name)];
  const samples = new Map(names.map((name) => [name, new Float64Array(draws)]));
  const once = evaluate(statistics, derived, new Int32Array(groups).fill(1));
  const multiplicity = new Int32Array(groups);
  for (let draw = 0; draw < draws; draw++) {
    const stream = random(seed, 'bootstrap', draw);
    multiplicity.fill(0);
    for (let i = 0; i < groups; i++) {
      const group = stream.int(groups);
      multiplicity[group] = multiplicity[group]! + 1;
    }
    for (const [name, value] of evaluate(statistics, derived, multiplicity)) samples.get(name)![draw] = value;
  }
  return new Map(names.map((name) => [name, summarise(once.get(name)!, samples.get(name)!, level)]));
}

function evaluate(
  statistics: readonly Statistic[],
  derived: readonly Derived[],
  multiplicity: Int32Array,
): Map<string, number> {
  const values = new Map<string, number>();
  for (const { names, compute } of statistics) {
    const computed = compute(multiplicity);
    for (let i = 0; i < names.length; i++) values.set(names[i]!, computed[i]!);
  }
  const get = (name: string) => values.get(name) ?? Number.NaN;
  for (const { name, compute } of derived) values.set(name, compute(get));
  return values;
}

function summarise(value: number, sample: Float64Array, level: number): Estimate {
  const finite = sample.filter(Number.isFinite).sort();
  const tail = (1 - level) / 2;
  const mean = finite.reduce((sum, one) => sum + one, 0) / finite.length;
  const squares = finite.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const variance = finite.length < 2 ? Number.NaN : squares / (finite.length - 1);
  const known = (number: number) => (Number.isFinite(number) ? number : null);
  return {
    value: known(value),
    low: known(quantile(finite, tail)),
    high: known(quantile(finite, 1 - tail)),
    standardError: known(Math.sqrt(variance)),
    skipped: sample.length - finite.length,
  };
}
