import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

export interface PlanSpec {
  readonly price_usd_month: number;
  readonly start_share: number;
  readonly engagement?: number;
}

export interface Plan {
  readonly id: string;
  /** On the first day; `priceOn` says what comes later. */
  readonly priceUsdMonth: number;
  readonly startShare: number;
  /** Factor on the usage of its users. */
  readonly engagement: number;
  /** Whether payments can fail on it, and whether its users can open tickets. */
  readonly incidents: { readonly ticketOpened: boolean; readonly paymentFailed: boolean };
}

export function checkPlans({ plans }: ScenarioSpec, { report, sumsToOne, each }: Checks): void {
  sumsToOne(
    ['plans'],
    Object.values(plans).map((plan) => plan.start_share),
  );
  const prices = new Map<number, string>();
  each(plans, (id, { price_usd_month: price }) => {
    const other = prices.get(price);
    if (other)
      report(['plans', id, 'price_usd_month'], `found ${price}, the price of ${other}; an upgrade needs a dearer plan`);
    prices.set(Number(price), id);
  });
}

/** From the cheapest to the dearest on the first day: up- and downgrades go one step. */
export function normalisePlans({ plans, events }: ScenarioSpec): Plan[] {
  const { ticket_opened, payment_failed } = events.incidents;
  return Object.entries(plans)
    .map(([id, plan]) => ({
      id,
      priceUsdMonth: plan.price_usd_month,
      startShare: plan.start_share,
      engagement: plan.engagement ?? 1,
      incidents: {
        ticketOpened: ticket_opened.plans?.includes(id) ?? true,
        paymentFailed: payment_failed.plans?.includes(id) ?? true,
      },
    }))
    .sort((a, b) => a.priceUsdMonth - b.priceUsdMonth);
}
