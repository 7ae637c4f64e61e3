import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendar } from '../../../generators/calendar.ts';
import type { Rec } from '../../../generators/source.ts';
import { makeSources } from '../../../generators/sources/registry.ts';
import { NO_DIRT, tiny } from '../worlds.ts';
import { live } from './live.ts';
import { ALL } from './sections.ts';

/** The column that says when a record was made: its file is that of this day. */
const TIME: Record<string, string> = {
  users: 'updated_ts',
  accounts: 'updated_ts',
  payments: 'payment_ts',
  products: 'updated_ts',
  orders: 'updated_ts',
  order_payments: 'paid_ts',
  transactions: 'ts',
};

const texts = (rows: readonly Rec[], column: string) => new Set(rows.map((row) => String(row[column])));

/** Small worlds of many kinds. */
const worlds = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    users: fc.integer({ min: 1, max: 50 }),
    days: fc.integer({ min: 1, max: 45 }),
    openingDays: fc.integer({ min: 1, max: 10 }),
    seats: fc.double({ min: 1, max: 4, noNaN: true }),
    returns: fc.double({ min: 0, max: 1, noNaN: true }),
    failures: fc.double({ min: 0, max: 0.3, noNaN: true }),
    orders: fc.double({ min: 0, max: 2, noNaN: true }),
    intercept: fc.double({ min: -6, max: -2, noNaN: true }),
  })
  .map(({ seed, users, days, openingDays, seats, returns, failures, orders, intercept }) =>
    tiny({
      ...NO_DIRT,
      ...ALL,
      seed,
      days,
      'population.opening_users': users,
      'population.opening_days': Math.min(openingDays, days),
      'population.mean_account_users': seats,
      'population.return': { probability: returns, mean_days: 4 },
      'events.per_day': users * 2,
      'events.incidents.payment_failed.rate': failures,
      'marketplace.orders.per_account_day': orders,
      'churn.intercept': intercept,
    }),
  );

describe('in any world', () => {
  test('each key exists in its parent, and nothing is older than its parent', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(worlds, (scenario) => {
        const lived = live(scenario);
        const created = new Map(lived.of('users').map(({ user_id, created_ts }) => [user_id, String(created_ts)]));
        const account = new Map(lived.of('users').map(({ user_id, account_id }) => [user_id, account_id]));
        const founded = new Map(lived.of('accounts').map((row) => [row.account_id, String(row.created_ts)]));

        expect(new Set(account.values())).toEqual(new Set(founded.keys()));
        for (const { account_id, created_ts } of lived.of('users'))
          expect(founded.get(account_id!)! <= String(created_ts)).toBe(true);

        const since = (rows: Rec[], at: string) =>
          rows.filter((row) => !(String(row[at]) > created.get(row.user_id!)!));
        expect(since(lived.of('payments'), 'payment_ts')).toEqual([]);
        expect(since(lived.of('support_tickets'), 'created_ts')).toEqual([]);
        expect(since(lived.of('orders'), 'order_ts')).toEqual([]);
        const { wrong, anonymous } = touchesOf(lived.of('touches'), created);
        expect(wrong).toEqual([]);
        expect(anonymous.filter((id) => !id.startsWith('anon-'))).toEqual([]);

        expect(lived.of('orders').filter((row) => account.get(row.user_id!) !== row.account_id)).toEqual([]);
        const products = texts(lived.of('products'), 'product_id');
        expect(lived.of('orders').filter(({ product_id }) => !products.has(String(product_id)))).toEqual([]);
        const placed = new Map(lived.of('orders').map(({ order_id, order_ts }) => [order_id, String(order_ts)]));
        const charges = lived.of('order_payments');
        expect(charges.filter(({ order_id, paid_ts }) => !(placed.get(order_id!)! < String(paid_ts)))).toEqual([]);
        const spent = lived
          .of('transactions')
          .filter(({ account_id, ts }) => !(founded.get(account_id!)! < String(ts)));
        expect(spent).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('a record lies on the day of its time, in order, under an id of its own', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(worlds, (scenario) => {
        const dates = calendar(scenario.startDate, scenario.days);
        const lived = live(scenario);
        for (const source of makeSources(scenario, dates)) {
          const days = lived.days.get(source.name)!;
          const at = TIME[source.name];
          days.forEach((rows, day) => {
            if (at) expect(rows.filter((row) => !String(row[at]).startsWith(dates.date(day)))).toEqual([]);
            if (at) expect(rows.map((row) => row[at])).toEqual(rows.map((row) => row[at]).toSorted());
            for (const row of rows) expect(Object.keys(row)).toEqual(source.columns);
          });
          if (source.name === 'users' || source.name === 'billing') continue;
          const ids = days.flat().map((row) => source.id(row));
          expect(ids.length, source.name).toBe(new Set(ids).size);
        }
      }),
      { numRuns: 8 },
    );
  });

  test('what a source gives depends on no other source being asked', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(worlds, (scenario) => {
        const all = live(scenario);
        for (const name of ['orders', 'order_payments', 'transactions', 'payments'])
          expect(live(scenario, [name]).days.get(name)).toEqual(all.days.get(name));
      }),
      { numRuns: 3 },
    );
  });
});

/** Touches that do not lead up to their signup within the window, and the ids that belong to no user. */
function touchesOf(rows: readonly Rec[], created: ReadonlyMap<unknown, string>) {
  const wrong = rows.filter(({ user_id, touch_ts }) => {
    const signup = created.get(user_id);
    if (signup === undefined) return false;
    const days = (Date.parse(signup) - Date.parse(String(touch_ts))) / 86_400_000;
    return !(days > 0 && days <= 30);
  });
  return { wrong, anonymous: rows.map(({ user_id }) => String(user_id)).filter((id) => !created.has(id)) };
}
