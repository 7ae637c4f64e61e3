import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayNumber, isoDay } from '../../ml/calendar.ts';
import type { SplitConfig } from '../../ml/config.ts';
import { temporalSplit } from '../../ml/split.ts';

const world = fc.record({
  rows: fc.array(fc.record({ day: fc.integer({ min: 20000, max: 20120 }), y: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 1,
    maxLength: 200,
  }),
  horizonDays: fc.integer({ min: 1, max: 30 }),
  gapDays: fc.integer({ min: 0, max: 10 }),
  folds: fc.integer({ min: 1, max: 6 }),
  testDays: fc.integer({ min: 1, max: 20 }),
  trainDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
});

test('train ends a horizon and a gap before the cutoff, tests tile the end, no row is twice in a test', () => {
  fc.assert(
    fc.property(world, ({ rows, horizonDays, gapDays, folds, testDays, trainDays }) => {
      const day = Int32Array.from(rows, (row) => row.day);
      const label = rows.map(({ y }) => y);
      const lastLabelled = Math.max(...day);
      const config: SplitConfig = {
        kind: 'folds',
        folds,
        testDays,
        gapDays,
        minPositives: 1,
        minTrainDays: 1,
        trainDays,
      };
      const split = temporalSplit({ day, label, horizonDays, lastLabelled }, config);
      expect(split).toHaveLength(folds);
      const tested = new Set<number>();
      for (const fold of split) {
        for (const row of fold.train) {
          expect(day[row]).toBeLessThanOrEqual(fold.cutoff - horizonDays - gapDays);
          if (trainDays !== undefined)
            expect(day[row]).toBeGreaterThan(fold.cutoff - horizonDays - gapDays - trainDays);
        }
        for (const row of fold.test) {
          expect(day[row]).toBeGreaterThan(fold.cutoff);
          expect(day[row]).toBeLessThanOrEqual(fold.cutoff + testDays);
          expect(tested.has(row)).toBe(false);
          tested.add(row);
        }
        expect(fold.trainPositives).toBe([...fold.train].filter((row) => label[row] === 1).length);
      }
      const window = rows.filter(({ day: one }) => one > lastLabelled - folds * testDays).length;
      expect(tested.size).toBe(window);
    }),
  );
});

const daily = (days: number, positive: (i: number) => boolean) => ({
  day: Int32Array.from({ length: days }, (_, i) => dayNumber('2026-01-01') + i),
  label: Array.from({ length: days }, (_, i) => (positive(i) ? 1 : 0)),
  lastLabelled: dayNumber('2026-01-01') + days - 1,
});
const folds: SplitConfig = {
  kind: 'folds',
  folds: 3,
  testDays: 10,
  gapDays: 2,
  minPositives: 3,
  minTrainDays: 20,
  trainDays: undefined,
};

test('a fold that cannot be evaluated says why', () => {
  const split = temporalSplit({ ...daily(60, (i) => i % 3 === 0 && i < 55), horizonDays: 7 }, folds);
  expect(split.map(({ notEvaluable }) => notEvaluable)).toEqual([
    undefined,
    undefined,
    'the test part has 2 positives in 10 rows, 3 are needed',
  ]);
  const early = temporalSplit({ ...daily(45, (i) => i > 20), horizonDays: 7 }, folds);
  expect(early.map(({ notEvaluable }) => notEvaluable)).toEqual([
    'the training part covers 6 days up to 2026-01-06, 20 are needed',
    'the training part covers 16 days up to 2026-01-16, 20 are needed',
    'the test part has no negatives in 10 rows',
  ]);
});

test('cutoffs by date stop at the last label', () => {
  const config: SplitConfig = {
    kind: 'cutoffs',
    windows: [{ cutoff: '2026-02-10', testUntil: '2026-12-31' }],
    gapDays: 0,
    minPositives: 1,
    minTrainDays: 1,
    trainDays: undefined,
  };
  const [fold] = temporalSplit({ ...daily(60, (i) => i % 2 === 0), horizonDays: 7 }, config);
  expect([fold!.trainFrom, fold!.trainTo, fold!.testFrom, fold!.testTo].map(isoDay)).toEqual([
    '2026-01-01',
    '2026-02-03',
    '2026-02-11',
    '2026-03-01',
  ]);
  expect([fold!.train.length, fold!.test.length]).toEqual([34, 19]);
});
