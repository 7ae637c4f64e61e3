import { beforeAll, describe, expect, test } from 'vitest';
import { normaliseTransactions } from '../../../generators/scenario/transactions.ts';
import type { Rec } from '../../../generators/source.ts';
import { groupBy, NO_DIRT, tiny } from '../worlds.ts';
import { type Lived, live } from './live.ts';

const scenario = tiny({
  ...NO_DIRT,
  transactions: {
    per_account_day: 1.5,
    median_usd: 100,
    travel_rate: 0.1,
    anomalies: { outlier_rate: 0.004, burst_rate: 0.003, large_rate: 0.003 },
  },
  'population.opening_users': 500,
  'churn.intercept': -9,
});

let lived: Lived;
let rows: Rec[];
let planted: Map<string, string>;
let accountDays: number;
const kindOf = ({ transaction_id }: Rec) => planted.get(String(transaction_id));

/** US dollars at the rate of the day. */
function usd({ amount, currency, ts }: Rec): number {
  const day = Math.floor((Date.parse(String(ts)) - lived.startMs) / 86_400_000);
  return Number(amount) * (scenario.money!.usdPerUnit[String(currency)]?.[day] ?? 1);
}

beforeAll(() => {
  lived = live(scenario, ['transactions']);
  rows = lived.of('transactions');
  planted = new Map(
    lived.truth('anomalies.csv').map(({ transaction_id, kind }) => [String(transaction_id), String(kind)]),
  );
  accountDays = lived.world.reduce(
    (sum, { userDays }) => sum + new Set(userDays.map(({ user }) => user.account)).size,
    0,
  );
});

const near = (found: number, mean: number) => expect(Math.abs(found - mean)).toBeLessThan(4 * Math.sqrt(mean));

describe('transactions', () => {
  test('come at the stated rates, usual and planted', () => {
    near(rows.filter((row) => !kindOf(row)).length, 1.5 * accountDays);
    near(rows.filter((row) => kindOf(row) === 'amount_outlier').length, 0.004 * accountDays);
    near(rows.filter((row) => kindOf(row) === 'large_amount').length, 0.003 * accountDays);
    const bursts = new Set(
      rows
        .filter((row) => kindOf(row) === 'burst')
        .map(({ account_id, ts }) => `${account_id} ${String(ts).slice(0, 10)}`),
    );
    near(bursts.size, 0.003 * accountDays);
  });

  test('have each planted one in the truth, where it is in the files', () => {
    const truth = lived.truth('anomalies.csv');
    const byId = new Map(rows.map((row) => [row.transaction_id, row]));
    for (const { transaction_id, account_id, ts } of truth) {
      const row = byId.get(transaction_id!)!;
      expect([row.account_id, row.ts]).toEqual([account_id, ts]);
    }
    expect(planted.size).toBe(truth.length);
  });

  test('above 10,000 dollars are the planted ones, all of them', () => {
    const large = rows.filter((row) => usd(row) > 10_000);
    expect(new Set(large.map(kindOf))).toEqual(new Set(['large_amount']));
    expect(large.length).toBe(rows.filter((row) => kindOf(row) === 'large_amount').length);
  });

  test('that are outliers stand more than three standard deviations above what is usual for the account', () => {
    const usual = groupBy(
      rows.filter((row) => !kindOf(row)),
      ({ account_id }) => String(account_id),
    );
    let checked = 0;
    for (const row of rows.filter((one) => kindOf(one) === 'amount_outlier')) {
      const amounts = (usual.get(String(row.account_id)) ?? []).map(usd);
      if (amounts.length < 20) continue;
      const mean = amounts.reduce((sum, x) => sum + x, 0) / amounts.length;
      const sd = Math.sqrt(amounts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / amounts.length);
      expect(usd(row)).toBeGreaterThan(mean + 3 * sd);
      checked++;
    }
    expect(checked).toBeGreaterThan(20);
    // Usual amounts seldom are.
    const flagged = [...usual.values()].reduce((sum, group) => {
      const amounts = group.map(usd);
      const mean = amounts.reduce((total, x) => total + x, 0) / amounts.length;
      const sd = Math.sqrt(amounts.reduce((total, x) => total + (x - mean) ** 2, 0) / amounts.length);
      return sum + amounts.filter((x) => x > mean + 3 * sd).length;
    }, 0);
    expect(flagged / rows.length).toBeLessThan(0.02);
  });

  test('in bursts are more than ten in less than ten minutes; others never are', () => {
    const bursts = groupBy(
      rows.filter((row) => kindOf(row) === 'burst'),
      ({ account_id, ts }) => `${account_id} ${String(ts).slice(0, 10)}`,
    );
    for (const group of bursts.values()) {
      const times = group.map(({ ts }) => Date.parse(String(ts)));
      expect(group.length).toBeGreaterThan(10);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(600_000);
    }
    const others = groupBy(
      rows.filter((row) => kindOf(row) !== 'burst'),
      ({ account_id }) => String(account_id),
    );
    const crowded = [...others.values()].filter((group) => {
      const times = group.map(({ ts }) => Date.parse(String(ts)));
      return times.some((time, index) => (times[index + 10] ?? Number.POSITIVE_INFINITY) - time < 600_000);
    });
    expect(crowded).toEqual([]);
  });

  test('happen abroad at the stated rate', () => {
    const countries = groupBy(rows, ({ account_id }) => String(account_id));
    // The country of the account is where most of its transactions are.
    let abroad = 0;
    let all = 0;
    for (const group of countries.values()) {
      if (group.length < 30) continue;
      const homes = [...groupBy(group, ({ location }) => String(location)).values()].map(({ length }) => length);
      all += group.length;
      abroad += group.length - Math.max(...homes);
    }
    // A third of those who travel draw their own country of three.
    expect(Math.abs(abroad / all - (0.1 * 2) / 3)).toBeLessThan(0.01);
  });
});

test('no anomaly is planted unless the scenario asks for it', () => {
  expect(normaliseTransactions({}).anomalies).toEqual({ outlier: 0, burst: 0, large: 0 });
});
