import type { Calendar } from '../calendar.ts';
import { priceOn } from '../prices.ts';
import type { Scenario } from '../scenario.ts';
import type { BillingRow, User } from '../world.ts';

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
  /** Takes in the billing row of a user's day, if there is one, and gives what is due; `price` turns dollars into the user's currency. */
  charge(user: User, row: BillingRow | undefined, day: number, price: (usd: number) => number): Charge | undefined;
  /** Remembers a subscription's payment, for a refund. */
  paid(invoice: Invoice, day: number): void;
  /** The part of what was paid for the running month that a cancel on this day leaves unused. */
  unused(user: number, day: number): Charge | undefined;
  end(user: number): void;
  /** Start day of the running subscription. */
  since(user: number): number | undefined;
  /** List price of the plan; 0 without a subscription. */
  priceUsd(user: number, day: number): number;
  /** True on the day on which a trial has become a paid subscription. */
  endsTrial(user: number, day: number): boolean;
}

interface Account {
  readonly since: number;
  /** First day that is paid for: the first one, or the one after a trial. */
  readonly chargedFrom: number;
  plan: number;
  /** Payments for the running month. */
  paid: Charge[];
  paidFrom: number;
}

/**
 * A month is paid in advance, and after a trial the rest of it. An upgrade in the middle costs the difference for the days that are left; a
 * downgrade gives nothing back.
 */
export function subscriptionLedger(scenario: Scenario, calendar: Calendar): Ledger {
  const { plans, trial } = scenario;
  const accounts = new Map<number, Account>();
  const planIndex = new Map(plans.map((plan, index) => [plan.id, index]));

  /** First day of the month that holds the day, and of the one after it. */
  const month = (since: number, day: number): { from: number; to: number } => {
    let from = day;
    while (from > since && !calendar.isAnniversary(since, from)) from--;
    let to = day + 1;
    while (!calendar.isAnniversary(since, to)) to++;
    return { from, to };
  };

  const start = (user: User, { planId }: BillingRow, day: number, price: (usd: number) => number) => {
    const plan = planIndex.get(planId)!;
    const isTrial = trial !== undefined && user.signupDay === day && trial.plans.includes(plan);
    const chargedFrom = isTrial ? day + trial.days : day;
    accounts.set(user.number, { since: day, chargedFrom, plan, paid: [], paidFrom: day });
    return isTrial ? undefined : { type: 'start' as const, amount: price(priceOn(scenario, plan, day)) };
  };

  return {
    charge(user, row, day, price) {
      if (row?.event === 'start') return start(user, row, day, price);
      const account = accounts.get(user.number)!;
      const before = account.plan;
      if (row) account.plan = planIndex.get(row.planId)!;
      if (row?.event === 'cancel' || day < account.chargedFrom) return undefined;
      const now = price(priceOn(scenario, account.plan, day));
      const { from, to } = month(account.since, day);
      if (day === account.chargedFrom) return { type: 'start', amount: (now * (to - day)) / (to - from) };
      if (!row) return undefined;
      if (from === day) return { type: 'renewal', amount: now };
      if (row.event !== 'upgrade') return undefined;
      const difference = now - price(priceOn(scenario, before, day));
      return { type: 'upgrade', amount: (difference * (to - day)) / (to - from) };
    },
    paid({ user, type, amount, since }, day) {
      const account = accounts.get(user);
      if (type === 'add_on' || account?.since !== since) return;
      const { from } = month(since, day);
      if (from !== account.paidFrom) account.paid = [];
      account.paidFrom = from;
      account.paid.push({ type, amount });
    },
    unused(user, day) {
      const account = accounts.get(user);
      if (!account) return undefined;
      const { from, to } = month(account.since, day);
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
    endsTrial: (user, day) => {
      const account = accounts.get(user);
      return account?.chargedFrom === day && account.since < day;
    },
  };
}
