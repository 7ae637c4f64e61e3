import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

/** `payments:` of a scenario: how subscriptions are paid. */
export interface PaymentsSpec {
  readonly fee?: { readonly share?: number; readonly fixed_usd?: number };
  /** By country of the scenario. */
  readonly tax_rates?: Readonly<Record<string, number>>;
  readonly retry_mean_days?: number;
  readonly refund_rate?: number;
  readonly refund_mean_days?: number;
  readonly add_on?: { readonly rate?: number; readonly price_share?: number };
}

export interface Payments {
  /** Of what a card payment costs: a share of the amount with tax, and a fixed part. */
  readonly fee: { readonly share: number; readonly fixedUsd: number };
  readonly taxRates: Readonly<Record<string, number>>;
  /** Mean days from a failed payment to its next attempt, at least one. */
  readonly retryMeanDays: number;
  /** Share of cancels after which the unused rest of the month is paid back. */
  readonly refundRate: number;
  readonly refundMeanDays: number;
  /** Purchases beside the subscription: probability per day on a paid plan, and their price as a share of the plan's. */
  readonly addOn: { readonly rate: number; readonly priceShare: number };
}

export function normalisePayments(spec: PaymentsSpec): Payments {
  return {
    fee: { share: spec.fee?.share ?? 0.029, fixedUsd: spec.fee?.fixed_usd ?? 0.3 },
    taxRates: spec.tax_rates ?? {},
    retryMeanDays: spec.retry_mean_days ?? 3,
    refundRate: spec.refund_rate ?? 0.2,
    refundMeanDays: spec.refund_mean_days ?? 3,
    addOn: { rate: spec.add_on?.rate ?? 0.006, priceShare: spec.add_on?.price_share ?? 0.3 },
  };
}

export function checkPayments({ payments, population }: ScenarioSpec, { known }: Checks): void {
  for (const country of Object.keys(payments?.tax_rates ?? {}))
    known(['payments', 'tax_rates', country], country, Object.keys(population.countries), 'country');
}
