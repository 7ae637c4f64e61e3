import { dayNumber, isoDay } from './calendar.ts';
import type { SplitConfig } from './config.ts';

/** One fold of a temporal cross-validation. Days are days since 1970-01-01; ranges include both ends. */
export interface Fold {
  /** From 1, in order of time. */
  readonly number: number;
  /** T: what is known at the end of this day may be used for training. */
  readonly cutoff: number;
  readonly trainFrom: number;
  /** T - horizon - gap: the label window of the last training day ends `gap` days before the end of the cutoff. */
  readonly trainTo: number;
  readonly testFrom: number;
  readonly testTo: number;
  /** Row indices. */
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly trainPositives: number;
  readonly testPositives: number;
  /** Why the fold cannot be evaluated; undefined when it can. It is reported all the same. */
  readonly notEvaluable: string | undefined;
}

export interface SplitInput {
  readonly day: Int32Array;
  readonly label: ArrayLike<number>;
  /** Length of the label window, days. */
  readonly horizonDays: number;
  /** Last day with a label. */
  readonly lastLabelled: number;
}

/**
 * Splits rows by calendar days, never by row counts: train on t <= T - H - g, test on T < t <= T + L.
 *
 * Folds that are counted back tile the time before the last labelled day with test windows; a row is in one test window at most. Users
 * may be on both sides, days may not.
 */
export function temporalSplit(input: SplitInput, config: SplitConfig): Fold[] {
  const first = input.day.reduce((low, day) => Math.min(low, day), Number.POSITIVE_INFINITY);
  const windows =
    config.kind === 'folds'
      ? Array.from({ length: config.folds }, (_, k) => {
          const testTo = input.lastLabelled - (config.folds - 1 - k) * config.testDays;
          return { cutoff: testTo - config.testDays, testTo };
        })
      : config.windows.map(({ cutoff, testUntil }) => ({
          cutoff: dayNumber(cutoff),
          testTo: Math.min(dayNumber(testUntil), input.lastLabelled),
        }));
  return windows.map(({ cutoff, testTo }, k) => {
    const trainTo = cutoff - input.horizonDays - config.gapDays;
    const trainFrom = config.trainDays === undefined ? first : Math.max(first, trainTo - config.trainDays + 1);
    const train = rowsBetween(input.day, trainFrom, trainTo);
    const test = rowsBetween(input.day, cutoff + 1, testTo);
    const trainPositives = positives(input.label, train);
    const testPositives = positives(input.label, test);
    const fold = {
      number: k + 1,
      cutoff,
      trainFrom,
      trainTo,
      testFrom: cutoff + 1,
      testTo,
      train,
      test,
      trainPositives,
      testPositives,
    };
    return { ...fold, notEvaluable: obstacle(fold, config) };
  });
}

function obstacle(fold: Omit<Fold, 'notEvaluable'>, { minPositives, minTrainDays }: SplitConfig): string | undefined {
  const days = Math.max(0, fold.trainTo - fold.trainFrom + 1);
  if (days < minTrainDays)
    return `the training part covers ${days} days up to ${isoDay(fold.trainTo)}, ${minTrainDays} are needed`;
  for (const [part, rows, found] of [
    ['training', fold.train, fold.trainPositives],
    ['test', fold.test, fold.testPositives],
  ] as const) {
    if (found < minPositives)
      return `the ${part} part has ${found} positives in ${rows.length} rows, ${minPositives} are needed`;
    if (found === rows.length) return `the ${part} part has no negatives in ${rows.length} rows`;
  }
  return undefined;
}

function rowsBetween(day: Int32Array, from: number, to: number): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < day.length; i++) if (day[i]! >= from && day[i]! <= to) rows.push(i);
  return Int32Array.from(rows);
}

const positives = (label: ArrayLike<number>, rows: Int32Array): number =>
  rows.reduce((sum, row) => sum + label[row]!, 0);
