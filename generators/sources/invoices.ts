import type { Calendar } from '../calendar.ts';
import { priceOn } from '../prices.ts';
import type { Scenario } from '../scenario.ts';
import type { BillingRow } from '../world.ts';

export type InvoiceType = 'start' | 'renewal' | 'upgrade' | 'add_on';

/** Something to pay. Amounts are net of tax, in the currency. */
export interface Invoice {
  readonly user: number;
  readonly country: string;
  readonly currency: string;
  readonly type: InvoiceType;
  readonly amount: number;
  /** Day on which its subscription started: what was not paid dies with it. */
  readonly since: number;
}

interface Charge {
  readonly type: Exclude<InvoiceType, 'add_on'>;
  readonly amount: number;
}

/** What each subscription costs, from the billing rows of the world. */
export interface Ledger {
  /** Takes in a billing row and gives what it charges, in the price list's currency; undefined for nothing. */
  charge(row: BillingRow, day: number, price: (usd: number) => number): Charge | undefined;
  /** Remembers a subscription's payment, for a refund. */
  paid(invoice: Invoice, day: number): void;
  /** The part of what was paid for the running month that a cancel on this day leaves unused. */
  unused(user: number, day: number): Charge | undefined;
  end(user: number): void;
  /** Start day of the running subscription. */
  since(user: number): number | undefined;
  /** List price of the plan on the day; 0 without a subscription. */
  priceUsd(user: number, day: number): number;
}

interface Account {
  readonly since: number;
  /** Day of the first payment: the start, or the end of the trial. */
  readonly paysFrom: number;
  plan: number;
  /** Payments for the running month. */
  paid: Charge[];
  paidFrom: number;
}

/** A month is paid in advance. An upgrade in the middle of it costs the difference for the days that are left; a downgrade gives nothing back. */
export function subscriptionLedger(scenario: Scenario, calendar: Calendar): Ledger {
  const { plans } = scenario;
  const accounts = new Map<number, Account>();
  const planIndex = new Map(plans.map((plan, index) => [plan.id, index]));
  const isPayday = ({ since, paysFrom }: Account, day: number) =>
    calendar.isAnniversary(paysFrom, day) || (day === paysFrom && day > since);

  /** First day of the month that holds the day, and of the one after it. */
  const month = (since: number, day: number): { from: number; to: number } => {
    let from = day;
    while (from > since && !calendar.isAnniversary(since, from)) from--;
    let to = day + 1;
    while (!calendar.isAnniversary(since, to)) to++;
    return { from, to };
  };

  return {
    charge({ user: { number, subscriber }, event, planId }, day, price) {
      const plan = planIndex.get(planId)!;
      if (event === 'start') {
        const paysFrom = subscriber!.paysFrom;
        accounts.set(number, { since: day, paysFrom, plan, paid: [], paidFrom: paysFrom });
        return paysFrom > day ? undefined : { type: 'start', amount: price(priceOn(scenario, plan, day)) };
      }
      const account = accounts.get(number)!;
      const before = account.plan;
      account.plan = plan;
      if (event === 'cancel') return undefined;
      if (isPayday(account, day)) return { type: 'renewal', amount: price(priceOn(scenario, plan, day)) };
      if (event !== 'upgrade' || day < account.paysFrom) return undefined;
      const { from, to } = month(account.paysFrom, day);
      const difference = price(priceOn(scenario, plan, day)) - price(priceOn(scenario, before, day));
      return { type: 'upgrade', amount: (difference * (to - day)) / (to - from) };
    },
    paid({ user, type, amount, since }, day) {
      const account = accounts.get(user);
      if (type === 'add_on' || account?.since !== since) return;
      const { from } = month(account.paysFrom, day);
      if (from !== account.paidFrom) account.paid = [];
      account.paidFrom = from;
      account.paid.push({ type, amount });
    },
    unused(user, day) {
      const account = accounts.get(user);
      if (!account || day < account.paysFrom) return undefined;
      const { from, to } = month(account.paysFrom, day);
      if (account.paidFrom !== from || account.paid.length === 0) return undefined;
      const amount = account.paid.reduce((sum, charge) => sum + charge.amount, 0);
      // The day of the cancel is the last active one.
      return { type: account.paid[0]!.type, amount: (amount * (to - day - 1)) / (to - from) };
    },
    end: (user) => void accounts.delete(user),
    since: (user) => accounts.get(user)?.since,
    priceUsd: (user, day) => {
      const account = accounts.get(user);
      return account ? priceOn(scenario, account.plan, day) : 0;
    },
  };
}
