import { count, plural } from '../core/format.ts';
import { random } from '../core/random.ts';
import { isoDay } from './calendar.ts';
import type { MlConfig } from './config.ts';
import type { FoldOutcome } from './cross-validate.ts';
import { encode, fitEncoder, mustBeFinite } from './encoder.ts';
import type { RunLengths } from './label-runs.ts';
import type { LearningRows, UserDays } from './learning-rows.ts';
import type { Feature } from './learning-tables.ts';
import { ranking, rankMetrics } from './metrics/ranking.ts';
import { fitLogistic, predictLogistic } from './newton.ts';
import type { Fold } from './split.ts';

/** One line of the card. `failed` stops the training; `warning` is for a person to judge. */
export interface LeakageCheck {
  readonly name: string;
  readonly status: 'passed' | 'warning' | 'failed' | 'not applicable';
  /** What was measured, with its numbers. */
  readonly detail: string;
}

/** A feature that ranks this well alone is too good to be behaviour. */
export const SINGLE_FEATURE_ALARM = 0.95;
/** Features of the next day know one day of the label window more; a larger gain than this means that they know the event. */
export const SHIFT_ALARM = 0.05;

export function uniqueRows(data: UserDays): LeakageCheck {
  const name = 'one row per user and day';
  let repeated = 0;
  for (let i = 1; i < data.n; i++) if (data.user[i] === data.user[i - 1] && data.day[i] === data.day[i - 1]) repeated++;
  return repeated === 0
    ? { name, status: 'passed', detail: `${count(data.n)} rows, no user and day twice` }
    : {
        name,
        status: 'failed',
        detail: `${count(repeated)} of ${count(data.n)} rows repeat the user and day of another; expected none`,
      };
}

export function disjointParts(data: UserDays, folds: readonly Fold[]): LeakageCheck {
  const name = 'no user-day on both sides';
  let shared = 0;
  for (const { train, test } of folds) {
    const key = (row: number) => data.user[row]! * 1e6 + data.day[row]!;
    const known = new Set(Array.from(train, key));
    for (const row of test) if (known.has(key(row))) shared++;
  }
  return shared === 0
    ? { name, status: 'passed', detail: `${plural(folds.length, 'fold')} compared row by row` }
    : { name, status: 'failed', detail: `${plural(shared, 'test row')} also in the training part; expected none` };
}

export function gapHolds(data: UserDays, folds: readonly Fold[], horizonDays: number, gapDays: number): LeakageCheck {
  const name = 'embargo between training and test';
  const edge = (rows: Int32Array, better: (a: number, b: number) => number) =>
    rows.reduce((best, row) => better(best, data.day[row]!), data.day[rows[0]!]!);
  const gaps = folds
    .filter(({ train, test }) => train.length > 0 && test.length > 0)
    .map(({ train, test }) => edge(test, Math.min) - edge(train, Math.max));
  const smallest = Math.min(...gaps);
  const needed = horizonDays + gapDays + 1;
  return smallest >= needed
    ? {
        name,
        status: 'passed',
        detail: `the last training day lies at least ${smallest} days before the first test day; ${needed} are needed`,
      }
    : {
        name,
        status: 'failed',
        detail: `the last training day lies ${smallest} days before the first test day; expected at least ${needed}`,
      };
}

export function closedWindows(
  { lastLabelled, dataEnd, dataEndStated }: Pick<LearningRows, 'lastLabelled' | 'dataEnd' | 'dataEndStated'>,
  horizonDays: number,
): LeakageCheck {
  const name = 'no label whose window is open';
  const source = dataEndStated ? 'data end' : 'last day of the labels table';
  const detail = `last labelled day ${isoDay(lastLabelled)}, ${source} ${isoDay(dataEnd)}, horizon ${horizonDays} days`;
  if (lastLabelled + horizonDays <= dataEnd) return { name, status: 'passed', detail };
  // A labels table may end early because nobody is left; only a stated end proves that a window was open.
  return dataEndStated
    ? {
        name,
        status: 'failed',
        detail: `${detail}; expected the last labelled day to be ${isoDay(dataEnd - horizonDays)} or earlier`,
      }
    : { name, status: 'warning', detail: `${detail}; a column tagged "data_end" would tell whether a window is open` };
}

export function horizonAgrees(runs: RunLengths, horizonDays: number): LeakageCheck {
  const name = 'label window starts after the day and has the stated length';
  const total = [...runs.values()].reduce((sum, n) => sum + n, 0);
  if (total < 5)
    return {
      name,
      status: 'not applicable',
      detail: `only ${plural(total, 'run')} of daily labels seen from end to end, 5 are needed`,
    };
  const [mode] = [...runs].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]!;
  const right = runs.get(horizonDays) ?? 0;
  const detail = `${count(right)} of ${count(total)} runs of positive labels are ${horizonDays} days long`;
  if (mode !== horizonDays)
    return { name, status: 'failed', detail: `${detail}, most are ${mode}; expected ${horizonDays}` };
  return right >= 0.9 * total
    ? { name, status: 'passed', detail }
    : {
        name,
        status: 'warning',
        detail: `${detail}; expected at least 90 % (users who come back and leave again make others)`,
      };
}

/** Negatives that the check of single features looks at: the ROC AUC does not depend on how many there are. */
const NEGATIVES = 50_000;

/** A feature that ranks the labels almost alone. */
export function singleFeatures(data: LearningRows, features: readonly Feature[]): LeakageCheck {
  const name = 'no single feature gives the answer away';
  const all = Int32Array.from({ length: data.n }, (_, i) => i);
  mustBeFinite(features, data, all);
  const positives = data.label.reduce((sum, one) => sum + one, 0);
  const step = Math.max(1, Math.ceil((data.n - positives) / NEGATIVES));
  const rows = all.filter((row) => data.label[row] === 1 || row % step === 0);
  const label = Uint8Array.from(rows, (row) => data.label[row]!);
  const aucs = features.map((feature) => {
    const encoder = fitEncoder([feature], data, rows, 0);
    const x = encode(encoder, data, rows);
    const p = encoder.columns.length;
    let best = 0.5;
    for (let j = 0; j < p; j++) {
      const { rocAuc } = rankMetrics(
        ranking(
          Float64Array.from(label, (_, i) => x[i * p + j]!),
          label,
        ),
      );
      best = Math.max(best, rocAuc, 1 - rocAuc);
    }
    return [feature.name, best] as const;
  });
  aucs.sort((a, b) => b[1] - a[1]);
  const alarms = positives < 10 ? [] : aucs.filter(([, auc]) => auc > SINGLE_FEATURE_ALARM);
  const [top] = aucs;
  if (alarms.length === 0) {
    return {
      name,
      status: 'passed',
      detail: `the strongest alone is ${top?.[0]} with a ROC AUC of ${top?.[1].toFixed(3)}; alarm above ${SINGLE_FEATURE_ALARM}`,
    };
  }
  const list = alarms.map(([feature, auc]) => `${feature} (${auc.toFixed(3)})`).join(', ');
  return {
    name,
    status: 'failed',
    detail: `${list}: ROC AUC of the feature alone above ${SINGLE_FEATURE_ALARM}; expected features that know the past only`,
  };
}

/** Training rows of the shuffled fit: a hole in the split shows in these as well as in a million. */
const SHUFFLED_ROWS = 60_000;

/** Labels shuffled over all rows: whatever is still learnt comes through a hole in the split or in the encoding. */
export function shuffledLabels(
  data: LearningRows,
  features: readonly Feature[],
  fold: Fold,
  config: MlConfig,
): LeakageCheck {
  const name = 'shuffled labels teach nothing';
  const stream = random(config.bootstrap.seed, 'shuffled labels');
  const step = Math.ceil(fold.train.length / SHUFFLED_ROWS);
  const part = fold.train.filter((_, i) => i % step === 0);
  const rows = Int32Array.from([...part, ...fold.test]);
  const label = Uint8Array.from(rows, (row) => data.label[row]!);
  for (let i = label.length - 1; i > 0; i--) {
    const j = stream.int(i + 1);
    [label[i], label[j]] = [label[j]!, label[i]!];
  }
  const train = label.subarray(0, part.length);
  const test = label.subarray(part.length);
  const positives = test.reduce((sum, one) => sum + one, 0);
  if (new Set(train).size < 2 || positives === 0 || positives === test.length) {
    return { name, status: 'not applicable', detail: 'a shuffle left one class only on one side' };
  }
  const encoder = fitEncoder(features, data, part, config.rareLevelShare);
  const p = encoder.columns.length;
  const { coefficients } = fitLogistic(encode(encoder, data, part), train, p, { l2: config.l2 });
  const { rocAuc } = rankMetrics(ranking(predictLogistic(encode(encoder, data, fold.test), p, coefficients), test));
  const error = Math.sqrt((test.length + 1) / (12 * positives * (test.length - positives)));
  const distance = Math.abs(rocAuc - 0.5) / error;
  const detail = `ROC AUC ${rocAuc.toFixed(3)} on fold ${fold.number}, ${distance.toFixed(1)} standard errors from 0.5`;
  // One honest data set in 370 lies outside three errors, one in 1.7 million outside five.
  if (distance <= 3) return { name, status: 'passed', detail: `${detail}; 3 are allowed` };
  return { name, status: distance > 5 ? 'failed' : 'warning', detail: `${detail}; expected at most 3` };
}

/** The model of the last fold on features that are one day too young. */
export function shiftedFeatures(
  data: LearningRows,
  { fold, encoder, fit, scores }: FoldOutcome,
  tomorrow: UserDays,
): LeakageCheck {
  const name = 'features of the next day do not jump';
  const key = (days: UserDays, row: number, shift: number) =>
    `${days.day[row]! + shift} ${days.users[days.user[row]!]}`;
  const next = new Map(Array.from({ length: tomorrow.n }, (_, row) => [key(tomorrow, row, -1), row] as const));
  const pairs = Array.from(fold.test, (row, i) => ({ i, row, later: next.get(key(data, row, 0)) })).filter(
    ({ later }) => later !== undefined,
  );
  const label = Uint8Array.from(pairs, ({ row }) => data.label[row]!);
  const positives = label.reduce((sum, one) => sum + one, 0);
  if (positives < 10)
    return {
      name,
      status: 'not applicable',
      detail: `${plural(positives, 'positive')} with features on the next day, 10 are needed`,
    };
  const now = Float64Array.from(pairs, ({ i }) => scores.get('model')![i]!);
  const rows = Int32Array.from(pairs, ({ later }) => later!);
  const later = predictLogistic(encode(encoder, tomorrow, rows), encoder.columns.length, fit.coefficients);
  const before = rankMetrics(ranking(now, label)).rocAuc;
  const after = rankMetrics(ranking(later, label)).rocAuc;
  const detail = `ROC AUC ${before.toFixed(3)} with features of the day, ${after.toFixed(3)} with those of the next, ${count(label.length)} rows of fold ${fold.number}`;
  return after - before <= SHIFT_ALARM
    ? { name, status: 'passed', detail }
    : {
        name,
        status: 'warning',
        detail: `${detail}; a gain above ${SHIFT_ALARM} suggests that a feature sees the event itself`,
      };
}

/** Ids and dates among the features: a category with almost a level a user, or text that is a date. */
export function noIds(data: UserDays, features: readonly Feature[]): LeakageCheck {
  const name = 'no id or date among the features';
  const found = features.flatMap(({ name: feature, kind }) => {
    if (kind !== 'categorical') return [];
    const values: string[] = [];
    for (const value of data.columns.get(feature)!.values)
      if (value !== null && !Number.isNaN(value)) values.push(String(value));
    const levels = new Set(values).size;
    if (levels > 20 && levels > 0.5 * data.users.length)
      return [`${feature} has ${count(levels)} levels for ${plural(data.users.length, 'user')}`];
    const dates = values.filter((value) => /^\d{4}-\d{2}-\d{2}/.test(value)).length;
    return dates > 0.5 * values.length ? [`${feature} holds dates`] : [];
  });
  return found.length === 0
    ? { name, status: 'passed', detail: `${plural(features.length, 'feature')} looked at by tag and by content` }
    : { name, status: 'failed', detail: `${found.join('; ')}; expected neither ids nor dates` };
}

/** @param late rows whose latest received time lies after their day; undefined when the table has no such column. */
export function receivedInTime(late: number | undefined, rows: number): LeakageCheck {
  const name = 'features use what had arrived by the end of the day';
  if (late === undefined)
    return {
      name,
      status: 'not applicable',
      detail: 'the features table has no column tagged "received" to check it by',
    };
  return late === 0
    ? { name, status: 'passed', detail: `latest received time within the day in all ${count(rows)} rows` }
    : {
        name,
        status: 'failed',
        detail: `${count(late)} of ${count(rows)} rows use data received after their day; expected none`,
      };
}
