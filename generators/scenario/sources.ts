import { whereWellFormed } from '../../core/malformed.ts';
import type { Money } from '../money.ts';
import type { ScenarioSpec } from '../scenario.ts';
import { type Accounts, type AccountsSpec, checkAccounts, normaliseAccounts } from './accounts.ts';
import { type Candidates, type CandidatesSpec, normaliseCandidates } from './candidates.ts';
import type { Checks } from './checks.ts';
import { checkMarketplace, type Marketplace, type MarketplaceSpec, normaliseMarketplace } from './marketplace.ts';
import { needsMoney, resolveMoney } from './money.ts';
import { checkPayments, normalisePayments, type Payments, type PaymentsSpec } from './payments.ts';
import {
  checkSupportTickets,
  normaliseSupportTickets,
  type SupportTickets,
  type SupportTicketsSpec,
} from './support-tickets.ts';
import { checkTouches, normaliseTouches, type Touches, type TouchesSpec } from './touches.ts';
import { checkTransactions, normaliseTransactions, type Transactions, type TransactionsSpec } from './transactions.ts';

/** The sections whose sources a scenario may lack. */
export interface SourceSectionsSpec {
  readonly accounts?: AccountsSpec;
  readonly payments?: PaymentsSpec;
  readonly support_tickets?: SupportTicketsSpec;
  readonly touches?: TouchesSpec;
  readonly marketplace?: MarketplaceSpec;
  readonly transactions?: TransactionsSpec;
  readonly candidates?: CandidatesSpec;
}

export interface SourceSections {
  readonly accounts?: Accounts;
  readonly payments?: Payments;
  readonly supportTickets?: SupportTickets;
  readonly touches?: Touches;
  readonly marketplace?: Marketplace;
  readonly transactions?: Transactions;
  readonly candidates?: Candidates;
  /** Where a section has prices. */
  readonly money?: Money;
}

/** Checks the sections; gives the money of those that have prices, if it can be known. */
export function checkSourceSections(
  spec: ScenarioSpec,
  found: Checks,
  days: number,
  referenceDir: string,
): Money | undefined {
  for (const check of [
    checkAccounts,
    checkPayments,
    checkSupportTickets,
    checkTouches,
    checkMarketplace,
    checkTransactions,
  ])
    found.all(() => check(spec, found));
  return whereWellFormed(() => (needsMoney(spec) ? resolveMoney(spec, days, referenceDir, found) : undefined));
}

export function normaliseSourceSections(spec: ScenarioSpec, money: Money | undefined): SourceSections {
  const { accounts, payments, support_tickets, touches, marketplace, transactions, candidates, population } = spec;
  return {
    ...(accounts ? { accounts: normaliseAccounts(accounts) } : {}),
    ...(payments ? { payments: normalisePayments(payments) } : {}),
    ...(support_tickets ? { supportTickets: normaliseSupportTickets(support_tickets) } : {}),
    ...(touches ? { touches: normaliseTouches(touches, Object.keys(population.signup_channels)) } : {}),
    ...(marketplace ? { marketplace: normaliseMarketplace(marketplace) } : {}),
    ...(transactions ? { transactions: normaliseTransactions(transactions) } : {}),
    ...(candidates ? { candidates: normaliseCandidates(candidates) } : {}),
    ...(money ? { money } : {}),
  };
}
