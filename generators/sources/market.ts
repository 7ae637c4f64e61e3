import { keyed } from '../../core/keyed.ts';
import { normalQuantile } from '../../core/normal.ts';
import { poisson } from '../../core/poisson.ts';
import { type Random, random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import { currencyOf, fromUsd, type Money, rounded } from '../money.ts';
import { userId } from '../people.ts';
import type { Marketplace } from '../scenario/marketplace.ts';
import type { Scenario } from '../scenario.ts';
import { seasonOn } from '../seasons.ts';
import type { Rec, WorldDay } from '../source.ts';
import { type ActiveAccount, accountBook } from './account-book.ts';
import { catalogue } from './catalogue.ts';
import { dayQueue } from './day-queue.ts';
import { DAY_MS, dayOf, HOUR_MS, momentOf, recordId } from './moment.ts';

/** What the three sources of the marketplace bring on one day. */
export interface MarketDay {
  readonly products: readonly Rec[];
  readonly orders: readonly Rec[];
  readonly charges: readonly Rec[];
  /** Charges that do not meet their order, on purpose. */
  readonly mismatches: readonly Rec[];
}

/** One life of the marketplace for its three sources: each asks for the day, the first one lives it. */
export type Market = (today: WorldDay) => MarketDay;

/** An order on its way; times in milliseconds since the start of day 0. */
interface Order {
  readonly record: Rec;
  readonly total: number;
  readonly currency: string;
  readonly id: string;
}

/**
 * Accounts order products, pay, and get or return them.
 *
 * The accounts' weights follow a log-normal law whose top share is that of the scenario: `sigma = z(1 - top) + z(share)`, z the normal
 * quantile. They are taken from it at even steps of the golden ratio, so the share holds for few accounts as for many.
 */
export function market(scenario: Scenario, calendar: Calendar, section: Marketplace, money: Money): Market {
  const { seed } = scenario;
  const { skew, ...rules } = section.orders;
  const sigma = normalQuantile(1 - skew.topAccounts) + normalQuantile(skew.orderShare);
  const start = keyed(seed, 'orders', 'weights').uniform(0, 0);
  const luck = keyed(seed, 'orders', 'count');
  const spare = keyed(seed, 'orders', 'spare');
  const weights: number[] = [];
  const activeAccounts = accountBook();
  const products = catalogue(scenario, calendar, section);
  const orders = dayQueue<Rec>();
  const charges = dayQueue<Rec>();
  const mismatches = dayQueue<Rec>();

  const weightOf = (account: number): number => {
    const u = (start + (account + 1) * 0.618033988749895) % 1;
    weights[account] ??= Math.exp(sigma * normalQuantile(Math.min(Math.max(u, 1e-9), 1 - 1e-9)) - sigma ** 2 / 2);
    return weights[account];
  };

  const place = (today: WorldDay, account: ActiveAccount, index: number, stream: Random) => {
    const { day } = today;
    const user = account.users[stream.int(account.users.length)]!;
    const product = products.pick(stream);
    const atMs = momentOf(scenario, stream, day, today.person(user));
    const currency = currencyOf(money, account.country);
    const unit_price = Math.max(rounded(0.01, currency), fromUsd(money, product.usd, currency, day));
    const quantity = 1 + stream.poisson(rules.meanQuantity - 1);
    const id = `o${recordId(account.number, day, index)}`;
    const record = {
      order_id: id,
      account_id: account.id,
      user_id: userId(user.number),
      product_id: product.id,
      quantity,
      unit_price,
      currency,
      status: 'placed',
      order_ts: calendar.timestamp(atMs),
      updated_ts: calendar.timestamp(atMs),
    };
    orders.put(day, record);
    fulfil({ record, id, currency, total: rounded(quantity * unit_price, currency) }, atMs, stream);
  };

  /** Draws what becomes of an order; each state is a row on its own day. */
  const fulfil = (order: Order, placedMs: number, stream: Random) => {
    const reach = (status: string, atMs: number) =>
      orders.put(dayOf(atMs), { ...order.record, status, updated_ts: calendar.timestamp(atMs) });
    const after = (atMs: number, meanDays: number) => atMs + 60_000 + Math.floor(stream.exponential(meanDays * DAY_MS));
    if (stream.chance(rules.cancelRate)) return reach('cancelled', after(placedMs, 0.5));

    let paidMs = placedMs + 30_000 + Math.floor(stream.exponential(section.payments.meanHours * HOUR_MS));
    if (stream.chance(section.payments.failureRate)) {
      charge(order, 0, 'failed', paidMs, order.total);
      paidMs = after(paidMs, 1);
    }
    reach('paid', paidMs);
    capture(order, paidMs, stream);
    const shippedMs = after(paidMs, rules.meanDaysToShip);
    reach('shipped', shippedMs);
    const deliveredMs = after(shippedMs, rules.meanDaysToDeliver);
    reach('delivered', deliveredMs);
    if (!stream.chance(rules.returnRate)) return;
    const returnedMs = after(deliveredMs, rules.meanDaysToReturn);
    reach('returned', returnedMs);
    charge(order, 2, 'refund', returnedMs, 0, order.total);
  };

  /** The charge that pays an order; for a few it is missing or too small, which the truth lists. */
  const capture = (order: Order, atMs: number, stream: Random) => {
    const fails = stream.chance(section.payments.unreconciledRate);
    const isMissing = stream.chance(0.5);
    const found = !fails
      ? order.total
      : isMissing
        ? 0
        : rounded(order.total * (0.4 + 0.5 * stream.next()), order.currency);
    if (fails) {
      const kind = isMissing ? 'missing_charge' : 'wrong_amount';
      mismatches.put(dayOf(atMs), { kind, order_id: order.id, expected: order.total, found });
    }
    if (!fails || !isMissing) charge(order, 1, 'success', atMs, found);
  };

  const charge = (order: Order, step: number, status: string, atMs: number, amount: number, refund_amount = 0) =>
    charges.put(dayOf(atMs), {
      charge_id: `${order.id.replace('o', 'h')}-${step}`,
      order_id: order.id,
      amount,
      currency: order.currency,
      paid_ts: calendar.timestamp(atMs),
      status,
      refund_amount,
    });

  let lived: (MarketDay & { readonly day: number }) | undefined;
  return (today) => {
    const { day } = today;
    if (lived?.day === day) return lived;
    const changed = products.next(day);
    const mean = rules.perAccountDay * seasonOn(scenario, calendar, day).usage;
    for (const account of activeAccounts(today)) {
      const { number } = account;
      const count = poisson(mean * weightOf(number), luck.uniform(number, day), spare.uniform(number, day));
      for (let index = 0; index < count; index++)
        place(today, account, index, random(seed, 'orders', number, day, index));
    }
    lived = {
      day,
      products: changed,
      orders: orders.take(day),
      charges: charges.take(day),
      mismatches: mismatches.take(day),
    };
    return lived;
  };
}
