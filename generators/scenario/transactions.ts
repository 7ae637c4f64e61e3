import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

/** `transactions:` of a scenario: what accounts pay by company card. */
export interface TransactionsSpec {
  readonly per_account_day?: number;
  readonly median_usd?: number;
  readonly account_spread?: number;
  readonly spread?: number;
  readonly categories?: Shares;
  readonly travel_rate?: number;
  readonly anomalies?: { readonly outlier_rate?: number; readonly burst_rate?: number; readonly large_rate?: number };
}

export interface Transactions {
  /** Mean number of usual transactions. */
  readonly perAccountDay: number;
  readonly medianUsd: number;
  /** Standard deviations of the log of an amount: of the levels of accounts, and of one account around its level. */
  readonly accountSpread: number;
  readonly spread: number;
  readonly categories: Weighted;
  /** Share of transactions in another country than that of the account. */
  readonly travelRate: number;
  /** Planted anomalies: probability of each kind per account and day. */
  readonly anomalies: { readonly outlier: number; readonly burst: number; readonly large: number };
}

const CATEGORIES: Shares = {
  software: 0.28,
  travel: 0.17,
  advertising: 0.16,
  office_supplies: 0.15,
  meals: 0.14,
  hardware: 0.1,
};

export function normaliseTransactions(spec: TransactionsSpec): Transactions {
  return {
    perAccountDay: spec.per_account_day ?? 0.5,
    medianUsd: spec.median_usd ?? 85,
    accountSpread: spec.account_spread ?? 0.6,
    spread: spec.spread ?? 0.4,
    categories: weighted(spec.categories ?? CATEGORIES),
    travelRate: spec.travel_rate ?? 0.06,
    anomalies: {
      outlier: spec.anomalies?.outlier_rate ?? 0,
      burst: spec.anomalies?.burst_rate ?? 0,
      large: spec.anomalies?.large_rate ?? 0,
    },
  };
}

export function checkTransactions({ transactions }: ScenarioSpec, { shares }: Checks): void {
  if (transactions?.categories) shares(['transactions', 'categories'], transactions.categories);
}
