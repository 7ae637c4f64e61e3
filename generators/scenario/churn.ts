import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

export interface DriverSpec {
  readonly coefficient: number;
  readonly cap?: number;
}

export interface ChurnSpec {
  readonly intercept: number;
  readonly drivers: {
    readonly usage_trend?: { readonly coefficient: number; readonly smoothing: number };
    readonly days_idle?: DriverSpec;
    readonly tickets_14d?: DriverSpec;
    readonly failed_payments_28d?: DriverSpec;
    readonly log_tenure?: { readonly coefficient: number };
    readonly plan?: { readonly log_odds: Readonly<Record<string, number>> };
  };
}

export interface Churn {
  readonly intercept: number;
  readonly usageTrend: number;
  /** Events per day added above and below the ratio, so that few events make no large trend. */
  readonly trendSmoothing: number;
  readonly daysIdle: number;
  readonly daysIdleCap: number;
  readonly tickets: number;
  readonly ticketsCap: number;
  readonly failedPayments: number;
  readonly failedPaymentsCap: number;
  readonly logTenure: number;
}

/** Above what a rollout beyond the last day can reach. */
const BEYOND_THE_END = 64;
const MANY = 1000;

export function checkChurn({ churn, plans }: ScenarioSpec, { report, known }: Checks): void {
  const planDriver = churn.drivers.plan;
  if (!planDriver) return;
  const planIds = Object.keys(plans);
  for (const id of Object.keys(planDriver.log_odds))
    known(['churn', 'drivers', 'plan', 'log_odds', id], id, planIds, 'plan');
  const missing = planIds.filter((id) => planDriver.log_odds[id] === undefined);
  if (missing.length > 0)
    report(['churn', 'drivers', 'plan', 'log_odds'], `no value for ${missing.join(', ')}; each plan needs one`);
}

export function normaliseChurn({ churn }: ScenarioSpec, days: number): Churn {
  const { usage_trend, days_idle, tickets_14d, failed_payments_28d, log_tenure } = churn.drivers;
  return {
    intercept: churn.intercept,
    usageTrend: usage_trend?.coefficient ?? 0,
    trendSmoothing: usage_trend?.smoothing ?? 1,
    daysIdle: days_idle?.coefficient ?? 0,
    daysIdleCap: days_idle?.cap ?? days + BEYOND_THE_END,
    tickets: tickets_14d?.coefficient ?? 0,
    ticketsCap: tickets_14d?.cap ?? MANY,
    failedPayments: failed_payments_28d?.coefficient ?? 0,
    failedPaymentsCap: failed_payments_28d?.cap ?? MANY,
    logTenure: log_tenure?.coefficient ?? 0,
  };
}
