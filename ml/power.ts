import { plural } from '../core/format.ts';
import type { Estimate } from './bootstrap.ts';

/** What the data can and cannot show, in numbers and in one paragraph made of them. */
export interface Power {
  readonly users: number;
  readonly days: number;
  readonly trainingPositives: number;
  readonly testPositives: number;
  /** Positives of all labelled rows for each column of the final model; below 10 coefficients are fragile. */
  readonly eventsPerColumn: number;
  readonly rocAucIntervalWidth: number | null;
  /** The smallest true difference to the recency rule that would be found four times in five: 2.8 standard errors. */
  readonly detectableRocAucDifference: number | null;
  readonly differenceExcludesZero: boolean | null;
  readonly statement: string;
}

/** (z of 97.5 %) + (z of 80 %): two-sided 5 % test with a power of 80 %. */
const POWER_FACTOR = 2.8;

export function power(
  facts: Pick<Power, 'users' | 'days' | 'trainingPositives' | 'testPositives'> & { readonly columns: number },
  rocAuc: Estimate,
  difference: Estimate,
  levelPercent: number,
): Power {
  const { columns, ...counts } = facts;
  const known =
    difference.value !== null &&
    difference.low !== null &&
    difference.high !== null &&
    difference.standardError !== null;
  const detectable = known ? POWER_FACTOR * difference.standardError! : null;
  const excludes = known ? difference.low! > 0 || difference.high! < 0 : null;
  return {
    ...counts,
    eventsPerColumn: counts.trainingPositives / Math.max(1, columns),
    rocAucIntervalWidth: rocAuc.low !== null && rocAuc.high !== null ? rocAuc.high - rocAuc.low : null,
    detectableRocAucDifference: detectable,
    differenceExcludesZero: excludes,
    statement: statement(counts, difference, excludes, detectable, levelPercent),
  };
}

function statement(
  { users, days, testPositives }: Pick<Power, 'users' | 'days' | 'testPositives'>,
  { value, low, high }: Estimate,
  excludes: boolean | null,
  detectable: number | null,
  levelPercent: number,
): string {
  const size = `${plural(users, 'user')} in ${plural(days, 'day')}, with ${plural(testPositives, 'positive row')} in the test windows,`;
  if (excludes === null || detectable === null) return `${size} do not allow a comparison with the recency rule.`;
  const points = (number: number) => number.toFixed(3);
  const interval = `the difference in ROC AUC is ${points(value!)} (${levelPercent} % interval ${points(low!)} to ${points(high!)})`;
  if (excludes) {
    const side = value! > 0 ? 'better' : 'worse';
    return `${size} show that the model ranks ${side} than the recency rule: ${interval}, which excludes zero.`;
  }
  return (
    `${size} cannot show that the model ranks better than the recency rule: ${interval}, which includes zero. ` +
    `A difference would have to be about ${points(detectable)} to be found four times in five. Do not read the order of the two as a result.`
  );
}
