import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TidemarkError } from '../core/errors.ts';
import { packageRoot } from '../core/files.ts';
import { type LayeredConfig, loadLayeredConfig } from '../core/layered-config.ts';
import type { DirtRule } from './dirt/rule.ts';
import type { Money } from './money.ts';
import { type Accounts, type AccountsSpec, checkAccounts, normaliseAccounts } from './scenario/accounts.ts';
import { type Candidates, type CandidatesSpec, normaliseCandidates } from './scenario/candidates.ts';
import { checks } from './scenario/checks.ts';
import { type Churn, type ChurnSpec, checkChurn, normaliseChurn } from './scenario/churn.ts';
import { checkDirtRules, type DirtSpec, normaliseDirt } from './scenario/dirt.ts';
import { checkDrift, type Drift, type DriftSpec, normaliseDrift } from './scenario/drift.ts';
import { checkEngagement, type Engagement, type EngagementSpec, normaliseEngagement } from './scenario/engagement.ts';
import { checkEvents, type Events, type EventsSpec, normaliseEvents } from './scenario/events.ts';
import { checkHeader, daysOf, type Header, type HeaderSpec, normaliseHeader } from './scenario/header.ts';
import {
  checkMarketplace,
  type Marketplace,
  type MarketplaceSpec,
  normaliseMarketplace,
} from './scenario/marketplace.ts';
import { needsMoney, resolveMoney } from './scenario/money.ts';
import { eventsPerDay, type Overrides, settingsOf } from './scenario/overrides.ts';
import { checkPayments, normalisePayments, type Payments, type PaymentsSpec } from './scenario/payments.ts';
import { checkPlans, normalisePlans, type PlanChangesSpec, type PlanSpec, type Plans } from './scenario/plans.ts';
import { checkPopulation, normalisePopulation, type Population, type PopulationSpec } from './scenario/population.ts';
import {
  checkSupportTickets,
  normaliseSupportTickets,
  type SupportTickets,
  type SupportTicketsSpec,
} from './scenario/support-tickets.ts';
import { checkTouches, normaliseTouches, type Touches, type TouchesSpec } from './scenario/touches.ts';
import {
  checkTransactions,
  normaliseTransactions,
  type Transactions,
  type TransactionsSpec,
} from './scenario/transactions.ts';

export type { Overrides } from './scenario/overrides.ts';

/**
 * What `configs/scenarios/<name>.yaml` and the files that it extends say together, after the schema has passed it. `because` may stand
 * beside any number. Each section has a file of its own below `scenario/`: its spec, its checks and its normal form.
 */
export interface ScenarioSpec extends HeaderSpec {
  readonly population: PopulationSpec;
  /** By plan id. */
  readonly plans: Readonly<Record<string, PlanSpec>>;
  readonly plan_changes?: PlanChangesSpec;
  readonly engagement: EngagementSpec;
  readonly events: EventsSpec;
  readonly churn: ChurnSpec;
  readonly dirt?: DirtSpec;
  readonly drift?: DriftSpec;
  readonly accounts?: AccountsSpec;
  readonly payments?: PaymentsSpec;
  readonly support_tickets?: SupportTicketsSpec;
  readonly touches?: TouchesSpec;
  readonly marketplace?: MarketplaceSpec;
  readonly transactions?: TransactionsSpec;
  readonly candidates?: CandidatesSpec;
}

/**
 * A scenario with all defaults filled in: what the program uses. Plain JSON, so it can be fingerprinted. Days are counted from 0 here, and
 * from 1 in the files.
 */
export interface Scenario extends Header, Population, Plans, Events {
  readonly name: string;
  readonly engagement: Engagement;
  readonly churn: Churn;
  readonly dirt: readonly DirtRule[];
  readonly drift?: Drift;
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

/**
 * Reads a scenario with the files that it extends, lays the overrides over them, and checks what a schema cannot say.
 *
 * @throws {TidemarkError} the codes of {@link loadLayeredConfig}; all problems at once.
 */
export function loadScenario(path: string, projectDir: string, overrides: Overrides = {}): Scenario {
  const referenceDir = join(projectDir, 'configs', 'reference');
  return resolveScenario(
    readScenario(path, projectDir, overrides),
    existsSync(referenceDir) ? referenceDir : undefined,
  );
}

/** As {@link loadScenario}, before the checks: what stands where. */
export const readScenario = (
  path: string,
  projectDir: string,
  overrides: Overrides = {},
): LayeredConfig<ScenarioSpec> =>
  loadLayeredConfig<ScenarioSpec>(path, { schema: 'scenario', projectDir }, settingsOf(overrides));

/** @param referenceDir folder of the countries and exchange rates. */
export function resolveScenario(
  config: LayeredConfig<ScenarioSpec>,
  referenceDir = join(packageRoot(), 'configs', 'reference'),
): Scenario {
  const spec = config.value;
  const days = daysOf(spec);
  const writtenDays = daysOf(config.written);
  const found = checks(config, days, writtenDays);
  checkHeader(spec, found);
  checkPopulation(spec, found, Math.max(days, writtenDays));
  checkPlans(spec, found);
  checkEngagement(spec, found);
  checkEvents(spec, found);
  checkChurn(spec, found);
  checkDirtRules(config, found, Math.max(days, writtenDays));
  checkDrift(spec, found);
  checkAccounts(spec, found);
  checkPayments(spec, found);
  checkSupportTickets(spec, found);
  checkTouches(spec, found);
  checkMarketplace(spec, found);
  checkTransactions(spec, found);
  const money = needsMoney(spec) ? resolveMoney(spec, days, referenceDir, found) : undefined;
  if (spec.drift && !config.written.drift && config.isGiven(['drift', 'day']))
    found.report(['drift', 'day'], 'the scenario has no "drift" that could begin on this day; add a "drift" section');
  if (found.problems.length > 0) throw new TidemarkError(config.inOrder(found.problems));

  const drift = normaliseDrift(spec, days);
  return {
    name: basename(config.file, '.yaml'),
    ...normaliseHeader(spec),
    ...normalisePopulation(spec, days),
    ...normalisePlans(spec),
    ...normaliseEvents(spec),
    eventsPerDay: eventsPerDay(config),
    engagement: normaliseEngagement(spec),
    churn: normaliseChurn(spec, days),
    dirt: normaliseDirt(spec, spec.seed, days),
    ...(drift ? { drift } : {}),
    ...(spec.accounts ? { accounts: normaliseAccounts(spec.accounts) } : {}),
    ...(spec.payments ? { payments: normalisePayments(spec.payments) } : {}),
    ...(spec.support_tickets ? { supportTickets: normaliseSupportTickets(spec.support_tickets) } : {}),
    ...(spec.touches ? { touches: normaliseTouches(spec.touches, Object.keys(spec.population.signup_channels)) } : {}),
    ...(spec.marketplace ? { marketplace: normaliseMarketplace(spec.marketplace) } : {}),
    ...(spec.transactions ? { transactions: normaliseTransactions(spec.transactions) } : {}),
    ...(spec.candidates ? { candidates: normaliseCandidates(spec.candidates) } : {}),
    ...(money ? { money } : {}),
  };
}
