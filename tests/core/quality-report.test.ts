import { expect, test } from 'vitest';
import { percent } from '../../core/format.ts';
import { criticalityOf, isAtLeast, NO_COUNTS, worst } from '../../core/quality-report.ts';

test('criticality goes by the share of rejected records, from each share on', () => {
  const of = (rejected: number, records: number, shares = { low: 0, medium: 0.01, high: 0.05 }) =>
    criticalityOf({ ...NO_COUNTS, records, rejected }, shares);
  expect([of(0, 0), of(0, 100), of(1, 1000), of(10, 1000), of(49, 1000), of(50, 1000), of(9, 9)]).toEqual([
    'none',
    'none',
    'low',
    'medium',
    'medium',
    'high',
    'high',
  ]);
  expect([
    of(1, 1000, { low: 0.01, medium: 0.5, high: 1 }),
    of(999, 1000, { low: 0.01, medium: 0.5, high: 1 }),
  ]).toEqual(['none', 'medium']);
  expect([worst([]), worst(['low', 'high', 'none'])]).toEqual(['none', 'high']);
  expect([isAtLeast('medium', 'medium'), isAtLeast('low', 'medium')]).toEqual([true, false]);
});

test('a share is never shown as nothing or all when it is not', () => {
  expect([0, 0.0001, 0.0123, 0.99951, 1].map(percent)).toEqual(['0 %', '< 0.1 %', '1.2 %', '> 99.9 %', '100 %']);
});
