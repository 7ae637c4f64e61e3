import { type Case, double, int, over, rows } from './case.ts';

const ADDED = ['0.1', '0.2', '0.7', '1e6', '-1000000.98'].map(double);

/** Amounts of money: `includes/money.js`. */
export const MONEY = {
  cents: over(
    (m, x) => m.money.cents(x),
    [
      [double(1.005), 100],
      [double(1.015), 101],
      [double('0.125'), 13],
      [double('-0.125'), -12],
      [double('-1.23'), -123],
      [double(0), 0],
      [double(null), null],
      [int(7), 700],
    ],
  ),
  dollars: over(
    (m, x) => m.money.dollars(x),
    [
      [int(123), 1.23],
      [int(-1), -0.01],
      [int(null), null],
    ],
  ),
  rounded: over(
    (m, x) => m.money.rounded(x),
    [
      [double(2.345), 2.35],
      [double(-2.5), -2.5],
      [double(1e9), 1e9],
      [double(null), null],
    ],
  ),
  // As doubles these add up to something else in each order.
  sum: over(
    (m, values: readonly string[]) => `(select ${m.money.sum('x')} from ${rows(values)})`,
    [
      [ADDED, 0.02],
      [[...ADDED].reverse(), 0.02],
      [[double(null), double(0.1)], 0.1],
      [[double(null)], null],
    ],
  ),
  sumOver: over(
    (m, values: readonly string[]) =>
      `(select max(total) from (select ${m.money.sumOver('x', 'order by x rows between 1 preceding and current row')} as total from ${rows(values)}) as sums)`,
    [
      [['0.1', '0.2', '0.4'].map(double), 0.6],
      [[double(null)], null],
    ],
  ),
} satisfies Record<string, readonly Case[]>;

/** What the side of money has of whole queries and names, and the test that runs or reads it. */
export const MONEY_TESTED_ELSEWHERE = {
  'anomalies.names': ['tests/models/money.test.ts', 'mart_transaction_anomalies'],
  'currencies.converted': ['definitions/tests/test_dim_fx_rate.js', 'currencies.converted'],
  'operations.byFile': ['tests/models/operations.test.ts', 'mart_operations'],
} as const;
