import { beforeAll, describe, expect, test } from 'vitest';
import { rounded } from '../../../generators/money.ts';
import type { Rec } from '../../../generators/source.ts';
import { groupBy, NO_DIRT, tiny } from '../worlds.ts';
import { type Lived, live } from './live.ts';

const scenario = tiny({
  ...NO_DIRT,
  accounts: {},
  marketplace: {
    products: { count: 60, price_change_rate: 0.02 },
    orders: { per_account_day: 0.3, mean_quantity: 1.5, cancel_rate: 0.1, return_rate: 0.1 },
    payments: { failure_rate: 0.1, unreconciled_rate: 0.05 },
  },
  'population.opening_users': 700,
  'churn.intercept': -9,
});

let lived: Lived;
let orders: Map<string, Rec[]>;
let charges: Map<string, Rec[]>;
beforeAll(() => {
  lived = live(scenario, ['accounts', 'products', 'orders', 'order_payments']);
  orders = groupBy(lived.of('orders'), ({ order_id }) => String(order_id));
  charges = groupBy(lived.of('order_payments'), ({ order_id }) => String(order_id));
  expect(orders.size).toBeGreaterThan(6000);
});

const total = (order: Rec) => rounded(Number(order.quantity) * Number(order.unit_price), String(order.currency));

describe('orders', () => {
  test('are skewed: 5 % of the accounts make about half of them', () => {
    const accounts = new Set(lived.of('accounts').map(({ account_id }) => account_id)).size;
    const counts = [
      ...groupBy(
        [...orders.values()].map((rows) => rows[0]!),
        (row) => String(row.account_id),
      ).values(),
    ]
      .map((rows) => rows.length)
      .sort((a, b) => b - a);
    const top = counts.slice(0, Math.round(accounts / 20)).reduce((sum, n) => sum + n, 0);
    expect(top / orders.size).toBeGreaterThan(0.44);
    expect(top / orders.size).toBeLessThan(0.56);
  });

  test('come at the stated rate, with quantities of at least one', () => {
    const accountDays = lived.world.reduce(
      (sum, { userDays }) => sum + new Set(userDays.map(({ user }) => user.account)).size,
      0,
    );
    // The accounts that joined late weigh less or more than the mean: ten percent of play.
    expect(Math.abs(orders.size / accountDays / 0.3 - 1)).toBeLessThan(0.15);
    const quantities = [...orders.values()].map(([first]) => Number(first!.quantity));
    expect(Math.min(...quantities)).toBe(1);
    expect(quantities.every(Number.isInteger)).toBe(true);
    const mean = quantities.reduce((sum, n) => sum + n, 0) / quantities.length;
    expect(Math.abs(mean - 1.5)).toBeLessThan(4 * Math.sqrt(0.5 / quantities.length));
  });

  test('go from state to state and never back, with all else as it was', () => {
    const ways = ['placed', 'paid', 'shipped', 'delivered', 'returned'];
    let cancelled = 0;
    let paid = 0;
    const wrong = [...orders.values()].filter((rows) => {
      const states = rows.map(({ status }) => String(status));
      const isCancelled = states[1] === 'cancelled';
      if (isCancelled) cancelled++;
      if (states.includes('paid')) paid++;
      const expected = isCancelled ? ['placed', 'cancelled'] : ways.slice(0, states.length);
      const rest = rows.map(({ status, updated_ts, ...others }) => JSON.stringify(others));
      return states.join() !== expected.join() || rows[0]!.updated_ts !== rows[0]!.order_ts || new Set(rest).size !== 1;
    });
    expect(wrong).toEqual([]);
    expect(Math.abs(cancelled / (cancelled + paid) - 0.1)).toBeLessThan(0.015);
  });

  test('have the price of the product on their day', () => {
    const prices = groupBy(lived.of('products'), ({ product_id }) => String(product_id));
    expect(lived.of('products').length).toBeGreaterThan(120);
    const dollars = [...orders.values()].map(([first]) => first!).filter(({ currency }) => currency === 'USD');
    const priceOf = ({ product_id, order_ts }: Rec) =>
      prices.get(String(product_id))!.findLast(({ updated_ts }) => updated_ts! <= order_ts!)!.price;
    expect(dollars.filter((order) => order.unit_price !== priceOf(order))).toEqual([]);
    expect(dollars.length).toBeGreaterThan(1000);
  });

  test('follow the seasons of the scenario', () => {
    const season = { name: 'sale', from: 40, to: 59, usage: 3, tickets: 1 };
    const changed = live({ ...scenario, seasons: [season] }, ['orders']);
    const perDay = (rows: Rec[], from: string, to: string) =>
      rows.filter(({ status, order_ts }) => status === 'placed' && String(order_ts) >= from && String(order_ts) < to)
        .length;
    const [before, during, after] = [
      ['2026-01-01', '2026-02-10'],
      ['2026-02-10', '2026-03-02'],
      ['2026-03-02', '2026-04-01'],
    ].map(([from, to]) => perDay(changed.of('orders'), from!, to!) / perDay(lived.of('orders'), from!, to!));
    expect(before).toBe(1);
    // More usage makes users stay.
    expect(Math.abs(after! - 1)).toBeLessThan(0.03);
    expect(Math.abs(during! - 3)).toBeLessThan(0.15);
  });
});

describe('charges of orders', () => {
  test('meet their orders but for those that the truth lists', () => {
    const listed = new Map(lived.truth('order_mismatches.csv').map((row) => [String(row.order_id), row]));
    let paid = 0;
    const wrong = [...orders].filter(([id, rows]) => {
      if (!rows.some(({ status }) => status === 'paid')) return false;
      paid++;
      const success = (charges.get(id) ?? []).filter(({ status }) => status === 'success');
      const found = success.reduce((sum, { amount }) => sum + Number(amount), 0);
      const mismatch = listed.get(id);
      const expected = mismatch ?? { expected: total(rows[0]!), found: total(rows[0]!) };
      return (
        expected.expected !== total(rows[0]!) ||
        expected.found !== found ||
        (mismatch !== undefined && mismatch.expected === mismatch.found) ||
        success.length !== (mismatch?.kind === 'missing_charge' ? 0 : 1)
      );
    });
    expect(wrong).toEqual([]);
    expect(Math.abs(listed.size / paid - 0.05)).toBeLessThan(4 * Math.sqrt(0.0475 / paid));
    expect(new Set([...listed.values()].map(({ kind }) => kind))).toEqual(new Set(['missing_charge', 'wrong_amount']));
  });

  test('fail at the stated rate before they succeed, and go back for what is returned', () => {
    const first = [...charges.values()].map(([charge]) => charge!);
    const failed = first.filter(({ status }) => status === 'failed').length / first.length;
    expect(Math.abs(failed - 0.1)).toBeLessThan(0.015);
    const wrong = [...orders].filter(([id, rows]) => {
      const refunds = (charges.get(id) ?? []).filter(({ status }) => status === 'refund');
      const expected = rows.some(({ status }) => status === 'returned') ? [total(rows[0]!)] : [];
      return refunds.map(({ refund_amount }) => refund_amount).join() !== expected.join();
    });
    expect(wrong).toEqual([]);
    const others = lived.of('order_payments').filter(({ status }) => status !== 'refund');
    expect(others.every(({ refund_amount }) => refund_amount === 0)).toBe(true);
  });
});
