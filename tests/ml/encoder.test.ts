import { describe, expect, test } from 'vitest';
import { encode, fitEncoder } from '../../ml/encoder.ts';
import type { UserDays } from '../../ml/learning-rows.ts';
import type { Feature, FeatureKind } from '../../ml/learning-tables.ts';
import type { Column } from '../../warehouse/warehouse.ts';

const feature = (name: string, kind: FeatureKind): Feature => ({ name, kind, description: '' });

function days(...columns: Column[]): UserDays {
  const n = columns[0]!.values.length;
  return {
    n,
    users: ['u'],
    user: new Int32Array(n),
    day: new Int32Array(n),
    columns: new Map(columns.map((column) => [column.name, column])),
  };
}
const number = (name: string, ...values: number[]): Column => ({
  name,
  kind: 'number',
  values: Float64Array.from(values),
});
const text = (name: string, ...values: (string | null)[]): Column => ({ name, kind: 'text', values });
const rows = (...of: number[]) => Int32Array.from(of);

describe('the encoder', () => {
  test('standardises with the training part alone', () => {
    const data = days(number('a', 1, 3, 100));
    const encoder = fitEncoder([feature('a', 'numeric')], data, rows(0, 1), 0.01);
    expect(encoder.columns).toEqual([{ name: 'a', feature: 'a', transform: 'identity', mean: 2, sd: 1 }]);
    expect([...encode(encoder, data, rows(0, 1, 2))]).toEqual([-1, 1, 98]);
  });

  test('takes the logarithm of counts', () => {
    const data = days(number('a', 0, Math.E - 1));
    const encoder = fitEncoder([feature('a', 'count')], data, rows(0, 1), 0.01);
    expect(encoder.columns[0]).toMatchObject({ transform: 'log1p', mean: 0.5, sd: 0.5 });
  });

  test('a missing value becomes the training median and sets an indicator, which exists only if training had any', () => {
    const data = days(number('a', 1, 2, 9, Number.NaN, Number.NaN));
    const features = [feature('a', 'numeric')];
    const seen = fitEncoder(features, data, rows(0, 1, 2, 3), 0.01);
    expect(seen.medians).toEqual({ a: 2 });
    expect(seen.columns.map(({ name }) => name)).toEqual(['a', 'a missing']);
    const x = encode(seen, data, rows(1, 4));
    expect(x[0]).toBe(x[2]);
    expect(x[1]).toBeLessThan(0);
    expect(x[3]).toBeGreaterThan(0);
    const unseen = fitEncoder(features, data, rows(0, 1, 2), 0.01);
    expect(unseen.columns.map(({ name }) => name)).toEqual(['a']);
    expect(encode(unseen, data, rows(3))[0]).toBe(encode(unseen, data, rows(1))[0]);
  });

  test('pools rare levels, freezes the rest, counts what is new as other', () => {
    const levels = [...Array<string>(5).fill('a'), ...Array<string>(4).fill('b'), 'rare', null, 'new'];
    const data = days(text('plan', ...levels));
    const encoder = fitEncoder(
      [feature('plan', 'categorical')],
      data,
      Int32Array.from({ length: 11 }, (_, i) => i),
      0.2,
    );
    expect(encoder.levels).toEqual({ plan: { levels: ['b', '(other)'], reference: 'a' } });
    const x = encode(encoder, data, rows(0, 5, 9, 10, 11));
    const other = [4, 6, 8].map((at) => [x[at], x[at + 1]]);
    expect(other[0]).toEqual(other[1]);
    expect(other[0]).toEqual(other[2]);
    expect([x[2]! > 0, x[3]! < 0]).toEqual([true, true]);
  });

  test('without pooled levels a new level counts as the most frequent one', () => {
    const data = days(text('plan', 'a', 'a', 'b', 'new'));
    const encoder = fitEncoder([feature('plan', 'categorical')], data, rows(0, 1, 2), 0.01);
    expect(encode(encoder, data, rows(3))).toEqual(encode(encoder, data, rows(0)));
  });

  test('a constant column is left out by name', () => {
    const data = days(number('a', 4, 4), number('b', 1, 2), number('c', Number.NaN, Number.NaN), text('d', null, null));
    const features = [feature('a', 'numeric'), feature('b', 'numeric'), feature('c', 'rate'), feature('d', 'numeric')];
    const encoder = fitEncoder(features, data, rows(0, 1), 0.01);
    expect(encoder.columns.map(({ name }) => name)).toEqual(['b']);
    expect(encoder.constant).toEqual(['a', 'c', 'c missing', 'd', 'd missing']);
  });

  test('names every feature that cannot be used', () => {
    const data = days(number('a', 1, Number.POSITIVE_INFINITY, 3), text('b', 'x', null, 'y'), number('c', 1, 2, 3));
    const features = [feature('a', 'count'), feature('b', 'numeric'), feature('c', 'numeric')];
    expect(() => fitEncoder(features, data, rows(0, 1, 2), 0.01)).toThrow(
      expect.objectContaining({
        problems: [
          {
            code: 'TRAINING_IMPOSSIBLE',
            message: 'the feature a is infinite in 1 of 3 rows; expected finite numbers or null',
          },
          {
            code: 'TRAINING_IMPOSSIBLE',
            message: 'the feature b is tagged "numeric" but holds text such as "x"; expected numbers',
          },
        ],
      }),
    );
  });
});
