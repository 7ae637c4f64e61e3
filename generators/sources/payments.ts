import { keyed } from '../../core/keyed.ts';
import { type Random, random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import { currencyOf, fromUsd, listPrice, type Money, rounded } from '../money.ts';
import { userId } from '../people.ts';
import type { Payments } from '../scenario/payments.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source, WorldDay } from '../source.ts';
import type { BillingRow, User, UserDay } from '../world.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import { dayQueue } from './day-queue.ts';
import { type Invoice, type Ledger, subscriptionLedger } from './invoices.ts';
import { DAY_MS, HOUR_MS, momentOf, recordId } from './moment.ts';

/** The billing run works at night. */
const RUN_STARTS_MS = 2 * HOUR_MS;
const RUN_LASTS_MS = 2 * HOUR_MS;

/**
 * Payments of subscriptions: charges of starts, renewals and upgrades, add-ons, failed attempts with their retries, refunds after cancels.
 *
 * A failed payment is the world's own `payment_failed` of that user and day, the same fact as the event. It befalls what is due on the
 * day, or a purchase of an add-on when nothing is. What failed is tried again for as long as the subscription lives.
 */
export function paymentsSource(scenario: Scenario, calendar: Calendar, section: Payments, money: Money): Source {
  const { seed } = scenario;
  const ledger: Ledger = subscriptionLedger(scenario, calendar);
  const retries = dayQueue<Invoice>();
  const refunds = dayQueue<Rec>();
  const addOns = keyed(seed, 'payments', 'add_on');

  const taxRate = (country: string) => section.taxRates[country] ?? 0;
  const cells = (invoice: Invoice, status: string, id: string, atMs: number): Rec => {
    const { currency, country } = invoice;
    const tax = rounded(invoice.amount * taxRate(country), currency);
    const fixed = fromUsd(money, section.fee.fixedUsd, currency, 0);
    return {
      payment_id: id,
      user_id: userId(invoice.user),
      invoice_type: invoice.type,
      payment_ts: calendar.timestamp(atMs),
      amount: invoice.amount,
      currency,
      status,
      fee: status === 'success' ? rounded((invoice.amount + tax) * section.fee.share + fixed, currency) : 0,
      tax,
    };
  };

  /** What is due of the subscription on the day, in the user's currency. */
  const due = (user: User, row: BillingRow | undefined, country: string, day: number): Invoice[] => {
    const currency = currencyOf(money, country);
    const charge = ledger.charge(user, row, day, (usd) => listPrice(money, usd, currency));
    const amount = charge && rounded(charge.amount, currency);
    if (!charge || !amount || amount < 0) return [];
    return [{ user: user.number, country, currency, type: charge.type, amount, since: ledger.since(user.number)! }];
  };

  const addOn = (user: number, country: string, day: number, stream: Random): Invoice => {
    const currency = currencyOf(money, country);
    const usd = Math.max(1, ledger.priceUsd(user, day) * section.addOn.priceShare * (0.5 + stream.next()));
    const amount = listPrice(money, usd, currency);
    return { user, country, currency, type: 'add_on', amount, since: ledger.since(user)! };
  };

  /** Pays back the unused part of what was paid for the running month; who is on a free plan gave it away with the downgrade. */
  const refund = (user: number, country: string, day: number, stream: Random) => {
    const rest = ledger.unused(user, day);
    const late = 1 + Math.floor(stream.exponential(Math.max(0, section.refundMeanDays - 1)));
    const atMs = (day + late) * DAY_MS + RUN_STARTS_MS + stream.int(RUN_LASTS_MS);
    const currency = currencyOf(money, country);
    const amount = rest && rounded(rest.amount, currency);
    if (!stream.chance(section.refundRate) || !rest || !amount) return;
    const invoice = { user, country, currency, type: rest.type, amount, since: 0 };
    refunds.put(day + late, cells(invoice, 'refund', `r${recordId(user, day, 0)}`, atMs));
  };

  const live = (today: WorldDay, { user, failures }: UserDay, row: BillingRow | undefined, again: Invoice[]): Rec[] => {
    const { day } = today;
    const wantsAddOn =
      row?.event !== 'start' &&
      addOns.uniform(user.number, day) < section.addOn.rate &&
      ledger.priceUsd(user.number, day) > 0;
    if (!row && !wantsAddOn && failures === 0 && again.length === 0 && !ledger.endsTrial(user.number, day)) return [];
    const person = today.person(user);
    const { country } = person.profile;
    const stream = random(seed, 'payments', user.number, day);
    const invoices = [
      ...again.filter(({ since }) => since === ledger.since(user.number)),
      ...due(user, row, country, day),
      ...(wantsAddOn ? [addOn(user.number, country, day, stream)] : []),
    ];
    while (invoices.length < failures) invoices.push(addOn(user.number, country, day, stream));
    const rows = invoices.map((invoice, index) => {
      const failed = index < failures;
      const isNightly = again.includes(invoice) || invoice.type === 'renewal';
      const atMs = isNightly
        ? day * DAY_MS + RUN_STARTS_MS + stream.int(RUN_LASTS_MS)
        : momentOf(scenario, stream, day, person);
      if (failed) retries.put(day + 1 + Math.floor(stream.exponential(section.retryMeanDays - 1)), invoice);
      else ledger.paid(invoice, day);
      return cells(invoice, failed ? 'failed' : 'success', `p${recordId(user.number, day, index)}`, atMs);
    });
    if (row?.event === 'cancel') {
      if (ledger.priceUsd(user.number, day) > 0) refund(user.number, country, day, stream);
      ledger.end(user.number);
    }
    return rows;
  };

  return {
    name: 'payments',
    format: 'csv',
    columns: SOURCE_COLUMNS.payments,
    id: ({ payment_id }) => String(payment_id),
    next(today) {
      const again = new Map<number, Invoice[]>();
      for (const invoice of retries.take(today.day))
        again.set(invoice.user, [...(again.get(invoice.user) ?? []), invoice]);
      const billing = new Map(today.billing.map((row) => [row.user.number, row]));
      const rows = today.userDays.flatMap((userDay) => {
        const { number } = userDay.user;
        return live(today, userDay, billing.get(number), again.get(number) ?? []);
      });
      rows.push(...refunds.take(today.day));
      return byTime(rows, 'payment_ts');
    },
  };
}
