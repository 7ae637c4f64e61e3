import { beforeAll, describe, expect, test } from 'vitest';
import { calendar } from '../../../generators/calendar.ts';
import { currencyOf, fromUsd, listPrice, rounded } from '../../../generators/money.ts';
import { userId } from '../../../generators/people.ts';
import type { Rec } from '../../../generators/source.ts';
import { groupBy, NO_DIRT, tiny } from '../worlds.ts';
import { type Lived, live } from './live.ts';
import { ALL } from './sections.ts';

const scenario = tiny({
  ...NO_DIRT,
  payments: ALL.payments,
  'plan_changes.upgrade_rate': 0.01,
  'plan_changes.downgrade_rate': 0.01,
});
const dates = calendar(scenario.startDate, scenario.days);
const money = scenario.money!;
const dayOf = (text: unknown) => Math.floor((Date.parse(String(text)) - Date.parse('2026-01-01')) / 86_400_000);
const price = (plan: string) => scenario.plans.find(({ id }) => id === plan)!.priceUsdMonth;

let lived: Lived;
let payments: Map<string, Rec[]>;
let countries: Map<string, string>;
beforeAll(() => {
  lived = live(scenario, ['users', 'billing', 'payments']);
  payments = groupBy(lived.of('payments'), ({ user_id }) => String(user_id));
  countries = new Map(lived.of('users').map(({ user_id, country }) => [String(user_id), String(country)]));
});

/** Day and net amount of each charge, worked out from the rows of the billing alone, as an accountant would. */
function expectedCharges(user: string, rows: readonly Rec[]): { day: number; type: string; amount: number }[] {
  const currency = currencyOf(money, countries.get(user)!);
  const local = (plan: string) => listPrice(money, price(plan), currency);
  const charges: { day: number; type: string; amount: number }[] = [];
  let since = 0;
  let plan = '';
  for (const row of rows) {
    const day = dayOf(row.billing_date);
    const to = String(row.plan_id);
    if (row.event === 'start') {
      since = day;
      charges.push({ day, type: 'start', amount: local(to) });
    } else if (row.event !== 'cancel' && dates.isAnniversary(since, day)) {
      charges.push({ day, type: 'renewal', amount: local(to) });
    } else if (row.event === 'upgrade') {
      const near = [...Array(32).keys()];
      const left = near.findIndex((n) => n > 0 && dates.isAnniversary(since, day + n));
      const gone = near.findIndex((n) => day - n === since || dates.isAnniversary(since, day - n));
      charges.push({ day, type: 'upgrade', amount: ((local(to) - local(plan)) * left) / (left + gone) });
    }
    plan = to;
  }
  return charges
    .map((charge) => ({ ...charge, amount: rounded(charge.amount, currency) }))
    .filter(({ amount }) => amount > 0);
}

describe('payments', () => {
  test('are the charges that the billing asks for, each once', () => {
    const byUser = groupBy(lived.of('billing'), ({ user_id }) => String(user_id));
    let seen = 0;
    for (const [user, rows] of byUser) {
      const first: { day: number; type: string; amount: number }[] = [];
      const waiting: string[] = [];
      for (const { payment_ts, invoice_type, amount, status } of payments.get(user) ?? []) {
        if (invoice_type === 'add_on' || status === 'refund') continue;
        const key = `${invoice_type} ${amount}`;
        // A payment of something that failed before is its retry.
        const retried = waiting.indexOf(key);
        if (retried >= 0) waiting.splice(retried, 1);
        else first.push({ day: dayOf(payment_ts), type: String(invoice_type), amount: Number(amount) });
        if (status === 'failed') waiting.push(key);
      }
      const byDay = (a: { day: number; amount: number }, b: { day: number; amount: number }) =>
        a.day - b.day || a.amount - b.amount;
      expect(first.sort(byDay), user).toEqual(expectedCharges(user, rows).sort(byDay));
      seen += first.length;
    }
    expect(seen).toBeGreaterThan(500);
  });

  test('fail as often as the world says, on the same days', () => {
    const failed = new Map<string, number>();
    for (const { user_id, payment_ts, status } of lived.of('payments')) {
      const key = `${user_id} ${dayOf(payment_ts)}`;
      if (status === 'failed') failed.set(key, (failed.get(key) ?? 0) + 1);
    }
    const world = lived.world.flatMap(({ day, userDays }) =>
      userDays.flatMap(({ user, failures }) =>
        failures > 0 ? [[`${userId(user.number)} ${day}`, failures] as const] : [],
      ),
    );
    expect(failed).toEqual(new Map(world));
    expect(failed.size).toBeGreaterThan(100);
  });

  test('that failed are tried again for as long as the subscription lives', () => {
    const active = new Set(
      lived.world.flatMap(({ day, userDays }) => userDays.map(({ user }) => `${userId(user.number)} ${day}`)),
    );
    let retried = 0;
    for (const [user, rows] of payments) {
      for (const [index, row] of rows.entries()) {
        if (row.status !== 'failed') continue;
        const next = rows
          .slice(index + 1)
          .find(({ invoice_type, amount }) => invoice_type === row.invoice_type && amount === row.amount);
        if (next) retried++;
        // Twenty days later it has been tried again, or the user has gone, or the world is over.
        const later = dayOf(row.payment_ts) + 20;
        if (!next && later < scenario.days) {
          const gone = Array.from({ length: 20 }, (_, n) => `${user} ${later - n}`).some((key) => !active.has(key));
          expect(gone, `${user} ${row.payment_ts}`).toBe(true);
        }
      }
    }
    expect(retried).toBeGreaterThan(80);
  });

  test('are refunded after a cancel only, no more than was paid, at the stated rate', () => {
    const cancels = lived
      .of('billing')
      .filter(({ event, plan_id }) => event === 'cancel' && plan_id !== 'free')
      .map(({ user_id, billing_date }) => ({ user: String(user_id), day: dayOf(billing_date) }));
    const refunds = lived.of('payments').filter(({ status }) => status === 'refund');
    for (const { user_id, payment_ts, amount } of refunds) {
      const day = dayOf(payment_ts);
      const before = cancels.filter(({ user, day: cancelled }) => user === user_id && cancelled < day).at(-1);
      expect(before, String(user_id)).toBeDefined();
      const paid = payments
        .get(String(user_id))!
        .filter(
          (row) =>
            row.status === 'success' && row.invoice_type !== 'add_on' && dayOf(row.payment_ts) > before!.day - 32,
        );
      const sum = paid.reduce((total, row) => total + Number(row.amount), 0);
      expect(Number(amount)).toBeGreaterThan(0);
      expect(Number(amount)).toBeLessThan(sum);
    }
    // Half of the cancels; a few have nothing left to pay back.
    const possible = cancels.filter(({ day }) => day < scenario.days - 15).length;
    expect(refunds.length / possible).toBeGreaterThan(0.25);
    expect(refunds.length / possible).toBeLessThan(0.65);
  });

  test('are in the currency of the country, with the tax of the country and the fee of the provider', () => {
    const rates: Record<string, number> = { GB: 0.2, DE: 0.19 };
    const currencies: Record<string, string> = { US: 'USD', GB: 'GBP', DE: 'EUR' };
    for (const { user_id, amount, currency, status, fee, tax } of lived.of('payments')) {
      const country = countries.get(String(user_id))!;
      expect(currency).toBe(currencies[country]);
      const due = rounded(Number(amount) * (rates[country] ?? 0), String(currency));
      expect(tax).toBe(due);
      const fixed = fromUsd(money, 0.3, String(currency), 0);
      const kept = rounded((Number(amount) + due) * 0.029 + fixed, String(currency));
      expect(fee).toBe(status === 'success' ? kept : 0);
    }
  });
});

test('the first payment of a trial comes at its end, for the rest of the month', () => {
  const trial = live({ ...scenario, trial: { days: 14, intercept: 0, plans: [1, 2, 3] } }, [
    'users',
    'billing',
    'payments',
  ]);
  const signup = new Map(trial.of('users').map(({ user_id, created_ts }) => [user_id, dayOf(created_ts)]));
  const early = trial
    .of('payments')
    .filter((row) => row.invoice_type !== 'add_on' && dayOf(row.payment_ts) < signup.get(row.user_id!)! + 14);
  const startedFree = new Set(
    trial
      .of('billing')
      .flatMap(({ event, plan_id, user_id }) => (event === 'start' && plan_id === 'free' ? [user_id] : [])),
  );
  expect(early.filter(({ user_id }) => !startedFree.has(user_id!))).toEqual([]);
  const firsts = trial.of('payments').filter((row) => dayOf(row.payment_ts) === signup.get(row.user_id!)! + 14);
  expect(firsts.filter(({ invoice_type }) => invoice_type === 'start').length).toBeGreaterThan(40);
});
