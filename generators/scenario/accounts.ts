import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

/** `accounts:` of a scenario: the companies that users belong to. */
export interface AccountsSpec {
  readonly industries?: Shares;
  /** From the smallest to the largest. */
  readonly company_sizes?: Shares;
  readonly enterprise_sizes?: readonly string[];
  readonly change_rate?: number;
}

export interface Accounts {
  readonly industries: Weighted;
  /** From the smallest to the largest: a company that grows goes one step. */
  readonly sizes: Weighted;
  readonly enterpriseSizes: readonly string[];
  /** Probability per account and day that something about it changes. */
  readonly changeRate: number;
}

const INDUSTRIES: Shares = {
  software: 0.24,
  retail: 0.16,
  finance: 0.13,
  manufacturing: 0.12,
  health: 0.11,
  media: 0.09,
  education: 0.08,
  public_sector: 0.07,
};
const SIZES: Shares = { '1-10': 0.42, '11-50': 0.28, '51-200': 0.17, '201-1000': 0.09, '1001+': 0.04 };

export function normaliseAccounts(spec: AccountsSpec): Accounts {
  return {
    industries: weighted(spec.industries ?? INDUSTRIES),
    sizes: weighted(spec.company_sizes ?? SIZES),
    enterpriseSizes: spec.enterprise_sizes ?? Object.keys(spec.company_sizes ?? SIZES).slice(-1),
    changeRate: spec.change_rate ?? 0.0005,
  };
}

export function checkAccounts({ accounts }: ScenarioSpec, { shares, known }: Checks): void {
  if (accounts?.industries) shares(['accounts', 'industries'], accounts.industries);
  if (accounts?.company_sizes) shares(['accounts', 'company_sizes'], accounts.company_sizes);
  const sizes = Object.keys(accounts?.company_sizes ?? SIZES);
  accounts?.enterprise_sizes?.forEach((size, index) => {
    known(['accounts', 'enterprise_sizes', index], size, sizes, 'company size');
  });
}
