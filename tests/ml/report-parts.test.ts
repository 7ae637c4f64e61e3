import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dayNumber } from '../../ml/calendar.ts';
import { readTruth } from '../../ml/ceiling.ts';
import { type FoldOutcome, type OutOfFold, outOfFold } from '../../ml/cross-validate.ts';
import { closedWindows } from '../../ml/leakage.ts';
import type { LearningRows } from '../../ml/learning-rows.ts';
import { slices } from '../../ml/slices.ts';

/** Rows of users a, b, c, each on the given days. */
function rows(of: readonly (readonly [user: number, date: string])[], groups?: readonly string[]): LearningRows {
  const label = Uint8Array.from(of, (_, i) => i % 2);
  return {
    n: of.length,
    users: ['a', 'b', 'c'],
    user: Int32Array.from(of, ([user]) => user),
    day: Int32Array.from(of, ([, date]) => dayNumber(date)),
    columns: new Map(groups ? [['group', { name: 'group', kind: 'text', values: [...groups] }]] : []),
    label,
    dataEnd: 0,
    dataEndStated: true,
    lastLabelled: 0,
  };
}

function tested(label: readonly number[]): OutOfFold {
  const n = label.length;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const score = Float64Array.from(all, (i) => (i % 7) / 10);
  return {
    rows: all,
    fold: new Uint8Array(n),
    label: Uint8Array.from(label),
    group: all,
    groups: n,
    seen: new Uint8Array(n),
    scores: new Map([['model', score]]),
  };
}

describe('the ceiling', () => {
  const data = rows([
    [0, '2026-01-01'],
    [1, '2026-01-01'],
    [1, '2026-01-08'],
    [2, '2026-01-08'],
  ]);
  const at = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-truth-'));
    writeFileSync(join(folder, 'churn_window_probability.csv'), text);
    return readTruth(folder, 14, data, tested([0, 1, 0, 1]));
  };

  test('takes the column of the horizon for the tested users and days', () => {
    const text =
      'date_day,user_id,p_7d,p_14d,p_30d\n2026-01-08,c,.1,.2,.3\n2026-01-01,b,.4,.5,.6\n2026-01-01,c,.7,.8,.9\n2026-01-15,b,.7,.8,.9\n';
    expect(at(text)).toEqual({ at: Int32Array.of(1, 3), probability: Float64Array.of(0.5, 0.2) });
  });

  test('says in words why it is not known', () => {
    expect(at('date_day,user_id,p_7d\n2026-01-01,a,.1\n')).toBe(
      'Not known: the file of true probabilities has the columns date_day, user_id, p_7d and none for a horizon of 14 days.',
    );
    expect(at('date_day,user_id,p_14d\n2025-01-01,a,.1\n')).toBe(
      'Not known: the file of true probabilities has no row for any tested user and day.',
    );
  });
});

test('a user is seen when the training part of that fold has a row of the user', () => {
  const data = rows([
    [0, '2026-01-01'],
    [1, '2026-01-02'],
    [0, '2026-02-01'],
    [2, '2026-02-01'],
    [2, '2026-03-01'],
    [1, '2026-03-01'],
  ]);
  const outcome = (number: number, train: number[], test: number[]): FoldOutcome =>
    ({
      fold: { number, train: Int32Array.from(train), test: Int32Array.from(test) },
      scores: new Map([['model', Float64Array.from(test)]]),
    }) as unknown as FoldOutcome;
  const result = outOfFold(data, [outcome(1, [0, 1], [2, 3]), outcome(2, [0, 1, 2, 3], [4, 5])]);
  expect([...result.seen]).toEqual([1, 0, 1, 1]);
  expect([...result.rows]).toEqual([2, 3, 4, 5]);
  expect([...result.fold]).toEqual([1, 1, 2, 2]);
  expect([...result.group]).toEqual([0, 1, 1, 2]);
  expect(result.groups).toBe(3);
  expect([...result.label]).toEqual([0, 1, 0, 1]);
});

test('a group is suppressed below 100 rows and below 10 positives', () => {
  const part = (name: string, n: number, positives: number) =>
    Array.from({ length: n }, (_, i) => [name, i < positives ? 1 : 0] as const);
  const all = [...part('few positives', 100, 9), ...part('enough', 100, 10), ...part('few rows', 99, 50)];
  const data = rows(
    all.map(() => [0, '2026-01-01'] as const),
    all.map(([name]) => name),
  );
  const found = slices(data, tested(all.map(([, label]) => label)), [{ column: 'group' }]);
  expect(
    found.map(({ dimension, value, rows: n, positives, suppressed }) => [dimension, value, n, positives, suppressed]),
  ).toEqual([
    ['group', 'enough', 100, 10, false],
    ['group', 'few positives', 100, null, true],
    ['group', 'few rows', 99, null, true],
    ['user', 'not seen in training', 299, 69, false],
  ]);
});

describe('open windows', () => {
  const day = (iso: string) => dayNumber(iso);
  const name = 'no label whose window is open';
  test('are a leak when the end of the data is stated, a question when it is not', () => {
    const late = { lastLabelled: day('2026-03-10'), dataEnd: day('2026-03-20') };
    expect(closedWindows({ ...late, dataEndStated: true }, 10)).toEqual({
      name,
      status: 'passed',
      detail: 'last labelled day 2026-03-10, data end 2026-03-20, horizon 10 days',
    });
    expect(closedWindows({ ...late, dataEndStated: true }, 14)).toEqual({
      name,
      status: 'failed',
      detail:
        'last labelled day 2026-03-10, data end 2026-03-20, horizon 14 days; expected the last labelled day to be 2026-03-06 or earlier',
    });
    expect(closedWindows({ ...late, dataEndStated: false }, 14)).toEqual({
      name,
      status: 'warning',
      detail:
        'last labelled day 2026-03-10, last day of the labels table 2026-03-20, horizon 14 days; a column tagged "data_end" would tell whether a window is open',
    });
  });
});
