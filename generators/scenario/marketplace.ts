import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

/** `marketplace:` of a scenario: products that accounts order, and how the orders are paid. */
export interface MarketplaceSpec {
  readonly products?: {
    readonly count?: number;
    readonly categories?: Shares;
    readonly median_usd?: number;
    readonly spread?: number;
    readonly price_change_rate?: number;
  };
  readonly orders?: {
    readonly per_account_day?: number;
    readonly skew?: { readonly top_accounts: number; readonly order_share: number };
    readonly mean_quantity?: number;
    readonly cancel_rate?: number;
    readonly mean_days_to_ship?: number;
    readonly mean_days_to_deliver?: number;
    readonly return_rate?: number;
    readonly mean_days_to_return?: number;
  };
  readonly payments?: {
    readonly mean_hours?: number;
    readonly failure_rate?: number;
    readonly unreconciled_rate?: number;
  };
}

export interface Marketplace {
  readonly products: {
    readonly count: number;
    readonly categories: Weighted;
    readonly medianUsd: number;
    /** Standard deviation of the log of a price. */
    readonly spread: number;
    /** Probability per product and day. */
    readonly priceChangeRate: number;
  };
  readonly orders: {
    /** Mean number of orders of a mean account. */
    readonly perAccountDay: number;
    /** The top share of the accounts makes this share of the orders. */
    readonly skew: { readonly topAccounts: number; readonly orderShare: number };
    readonly meanQuantity: number;
    readonly cancelRate: number;
    readonly meanDaysToShip: number;
    readonly meanDaysToDeliver: number;
    readonly returnRate: number;
    readonly meanDaysToReturn: number;
  };
  readonly payments: {
    /** Mean hours from an order to its payment. */
    readonly meanHours: number;
    readonly failureRate: number;
    /** Share of paid orders whose charge is missing or has another amount than the order. */
    readonly unreconciledRate: number;
  };
}

const CATEGORIES: Shares = { templates: 0.3, integrations: 0.25, training: 0.2, hardware: 0.15, services: 0.1 };
const SKEW = { top_accounts: 0.05, order_share: 0.5 };

export function normaliseMarketplace({ products, orders, payments }: MarketplaceSpec): Marketplace {
  const skew = orders?.skew ?? SKEW;
  return {
    products: {
      count: products?.count ?? 200,
      categories: weighted(products?.categories ?? CATEGORIES),
      medianUsd: products?.median_usd ?? 35,
      spread: products?.spread ?? 0.8,
      priceChangeRate: products?.price_change_rate ?? 0.003,
    },
    orders: {
      perAccountDay: orders?.per_account_day ?? 0.06,
      skew: { topAccounts: skew.top_accounts, orderShare: skew.order_share },
      meanQuantity: orders?.mean_quantity ?? 1.7,
      cancelRate: orders?.cancel_rate ?? 0.04,
      meanDaysToShip: orders?.mean_days_to_ship ?? 1,
      meanDaysToDeliver: orders?.mean_days_to_deliver ?? 3,
      returnRate: orders?.return_rate ?? 0.05,
      meanDaysToReturn: orders?.mean_days_to_return ?? 8,
    },
    payments: {
      meanHours: payments?.mean_hours ?? 5,
      failureRate: payments?.failure_rate ?? 0.03,
      unreconciledRate: payments?.unreconciled_rate ?? 0,
    },
  };
}

export function checkMarketplace({ marketplace }: ScenarioSpec, { shares, report }: Checks): void {
  const categories = marketplace?.products?.categories;
  if (categories) shares(['marketplace', 'products', 'categories'], categories);
  const { top_accounts: top, order_share: share } = marketplace?.orders?.skew ?? SKEW;
  if (share < top)
    report(
      ['marketplace', 'orders', 'skew', 'order_share'],
      `found ${share}, expected at least top_accounts (${top}): the top makes no less than its part`,
    );
}
