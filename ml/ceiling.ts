import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { dayNumber } from './calendar.ts';
import type { OutOfFold } from './cross-validate.ts';
import type { UserDays } from './learning-rows.ts';

/** The true probability of each test row that the generator wrote one for. */
export interface Truth {
  /** Positions in the out-of-fold rows. */
  readonly at: Int32Array;
  readonly probability: Float64Array;
}

/**
 * Reads the true probabilities of a synthetic world for the test rows: what a model that knows everything would say.
 *
 * The file lies outside the warehouse on purpose: no model can learn from it by accident.
 *
 * @returns the truth, or in words why the ceiling is not known.
 */
export function readTruth(truthDir: string, horizonDays: number, data: UserDays, tested: OutOfFold): Truth | string {
  const file = join(truthDir, 'churn_window_probability.csv');
  if (!existsSync(file))
    return 'Not known: for these data no true probabilities exist. Only a synthetic world has them.';
  const records = parse(readFileSync(file), { skip_empty_lines: true }) as string[][];
  const header = records[0] ?? [];
  const [day, user, probability] = ['date_day', 'user_id', `p_${horizonDays}d`].map((name) => header.indexOf(name));
  if (day === -1 || user === -1 || probability === -1) {
    return `Not known: the file of true probabilities has the columns ${header.join(', ')} and none for a horizon of ${horizonDays} days.`;
  }
  const wanted = new Map<string, number>();
  for (const [i, row] of tested.rows.entries()) wanted.set(`${data.day[row]} ${data.users[data.user[row]!]}`, i);
  const days = new Map<string, number>();
  const found: [number, number][] = [];
  for (const record of records.slice(1)) {
    const text = record[day!]!;
    const number = days.get(text) ?? dayNumber(text);
    days.set(text, number);
    const at = wanted.get(`${number} ${record[user!]}`);
    if (at !== undefined) found.push([at, Number(record[probability!])]);
  }
  if (found.length === 0) return 'Not known: the file of true probabilities has no row for any tested user and day.';
  found.sort((a, b) => a[0] - b[0]);
  return { at: Int32Array.from(found, ([at]) => at), probability: Float64Array.from(found, ([, p]) => p) };
}
