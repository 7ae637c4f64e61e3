import { dayNumber } from './calendar.ts';
import type { Gold } from './learning-rows.ts';
import type { LearningTables } from './learning-tables.ts';

/** Lengths in days of the runs of positive labels that are seen from their first day to their last. */
export type RunLengths = ReadonlyMap<number, number>;

/**
 * Measures the horizon that the labels really have. A label that looks at (t, t+H] turns positive H days before the event, so a run of
 * positives on consecutive days, after a negative day and over before the labels end, is H days long.
 *
 * @returns how many runs there are of each length; empty when labels are not daily.
 */
export async function labelRuns(
  { connection, statements: { identifier: q, relation } }: Gold,
  { labels, labelKey, labelTime }: LearningTables,
  label: string,
  lastLabelled: number,
): Promise<RunLengths> {
  const table = relation(labels);
  const columns = await connection.columns(
    `select ${q(labelKey)}, cast(${q(labelTime)} as date) as day, ${q(label)} from ${table}
     where ${q(label)} is not null and ${q(labelKey)} in (select ${q(labelKey)} from ${table} where ${q(label)} = 1)
     order by 1, 2`,
  );
  const [keys, days, values] = columns.map((column) => column.values);
  const lengths = new Map<number, number>();
  const numbers = new Map<string, number>();
  const dayAt = (i: number) => {
    const text = String(days![i]);
    const known = numbers.get(text) ?? dayNumber(text);
    numbers.set(text, known);
    return known;
  };
  let run = 0;
  let opened = false;
  for (let i = 0; i < keys!.length; i++) {
    const day = dayAt(i);
    const follows = i > 0 && keys![i] === keys![i - 1] && dayAt(i - 1) === day - 1;
    if (values![i] === 1) {
      if (run === 0 || !follows) {
        opened = follows && values![i - 1] === 0;
        run = 0;
      }
      run++;
    }
    const over =
      i + 1 === keys!.length || keys![i + 1] !== keys![i] || dayAt(i + 1) !== day + 1 || values![i + 1] !== 1;
    if (values![i] !== 1 || !over) continue;
    if (opened && day < lastLabelled) lengths.set(run, (lengths.get(run) ?? 0) + 1);
    run = 0;
  }
  return lengths;
}
