import type { Config } from '../core/config.ts';
import { loadConfig } from '../core/config.ts';
import { TidemarkError } from '../core/errors.ts';
import { checkOverrides, checkScenario } from './scenario-checks.ts';
import type { DelaySpec, ScenarioSpec, Shares } from './scenario-spec.ts';

/** Values of the command line that stand above the YAML. */
export interface Overrides {
  readonly days?: number;
  /** Users who sign up in the opening days. Without `eventsPerDay`, the number of events changes in proportion. */
  readonly users?: number;
  readonly eventsPerDay?: number;
  /** Counted from 1, the start date. */
  readonly driftDay?: number;
  readonly seed?: number;
}

/** Values that are drawn by weight; the weights sum to one. */
export interface Weighted {
  readonly values: readonly string[];
  readonly weights: readonly number[];
}

export interface Plan {
  readonly id: string;
  readonly priceUsdMonth: number;
  readonly startShare: number;
  /** Factor on the usage of its users. */
  readonly engagement: number;
  /** Added to the daily log-odds of cancelling. */
  readonly logOdds: number;
  /** Whether payments can fail on it, and whether its users can open tickets. */
  readonly incidents: { readonly ticketOpened: boolean; readonly paymentFailed: boolean };
}

export interface Incident {
  /** Mean number per user-day. */
  readonly rate: number;
  /** Standard deviation over users of the log of their own factor, whose mean is 1. */
  readonly userSpread: number;
}

/** A scenario with all defaults filled in: what the program uses. Plain JSON, so it can be fingerprinted. */
export interface Scenario {
  readonly name: string;
  readonly seed: number;
  readonly startDate: string;
  readonly days: number;
  readonly openingUsers: number;
  readonly openingDays: number;
  /** Mean number of new users a day after the opening. */
  readonly signupsPerDay: number;
  readonly meanAccountUsers: number;
  /** Probability per active user-day. */
  readonly profileChangeRate: number;
  readonly returning: { readonly probability: number; readonly meanDays: number };
  readonly countries: Weighted;
  readonly signupChannels: Weighted;
  readonly roles: Weighted;
  /** From the cheapest to the dearest: up- and downgrades go one step. */
  readonly plans: readonly Plan[];
  readonly upgradeRate: number;
  readonly downgradeRate: number;
  readonly engagement: {
    readonly userSpread: number;
    readonly noiseSpread: number;
    /** Autocorrelation of the noise from one day to the next. */
    readonly noiseMemory: number;
    readonly declineRate: number;
    readonly dailyDrop: number;
    readonly recoveryRate: number;
    /** Seven factors from Monday, with mean 1. */
    readonly weekdays: readonly number[];
  };
  readonly eventsPerDay: number;
  readonly usage: Weighted;
  readonly tickets: Incident;
  readonly paymentFailures: Incident;
  readonly sessionEvents: number;
  readonly hourWeights: readonly number[];
  readonly appChannels: Weighted;
  readonly churn: {
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
  };
  readonly dirt: {
    readonly late: { readonly rate: number; readonly delays: readonly DelaySpec[] };
    readonly duplicate: number;
    readonly nullUser: number;
    readonly malformed: number;
  };
  /** `day` is counted from 0 here; undefined when the drift lies after the last day or is not asked for. */
  readonly drift?: { readonly day: number; readonly uiVariant?: Weighted; readonly usage?: Weighted };
}

/**
 * Reads a scenario, checks what a schema cannot say, and lays the overrides over it.
 *
 * @throws {TidemarkError} the codes of {@link loadConfig}; USAGE for an override out of range; all problems at once.
 */
export function loadScenario(path: string, projectDir: string, overrides: Overrides = {}): Scenario {
  const config = loadConfig<ScenarioSpec>(path, { schema: 'scenario', projectDir });
  return resolveScenario(config, overrides);
}

export function resolveScenario(config: Config<ScenarioSpec>, overrides: Overrides = {}): Scenario {
  const spec = config.value;
  const problems = [...checkScenario(config), ...checkOverrides(spec, overrides)];
  if (problems.length > 0) throw new TidemarkError(problems);
  return normalise(spec, overrides, config.file.replace(/^.*\//, '').replace(/\.yaml$/, ''));
}

function normalise(spec: ScenarioSpec, overrides: Overrides, name: string): Scenario {
  const { population, engagement, events, churn, dirt, drift } = spec;
  const { usage_trend, days_idle, tickets_14d, failed_payments_28d, log_tenure, plan: planDriver } = churn.drivers;
  const days = overrides.days ?? spec.days;
  const openingUsers = overrides.users ?? population.opening_users;
  const meanFactor = engagement.weekday_factors.reduce((sum, factor) => sum + factor, 0) / 7;
  const driftDay = (overrides.driftDay ?? drift?.day ?? days + 1) - 1;
  const paysFor = (incident: { readonly plans?: readonly string[] }, id: string) =>
    incident.plans?.includes(id) ?? true;
  return {
    name,
    seed: overrides.seed ?? spec.seed,
    startDate: spec.start_date,
    days,
    openingUsers,
    openingDays: Math.min(population.opening_days, days),
    signupsPerDay: population.daily_signup_rate * openingUsers,
    meanAccountUsers: population.mean_account_users ?? 1,
    profileChangeRate: population.profile_change_rate ?? 0,
    returning: { probability: population.return?.probability ?? 0, meanDays: population.return?.mean_days ?? 1 },
    countries: weighted(population.countries),
    signupChannels: weighted(population.signup_channels),
    roles: weighted(population.roles),
    plans: Object.entries(spec.plans)
      .map(([id, plan]) => ({
        id,
        priceUsdMonth: plan.price_usd_month,
        startShare: plan.start_share,
        engagement: plan.engagement ?? 1,
        logOdds: planDriver?.log_odds[id] ?? 0,
        incidents: {
          ticketOpened: paysFor(events.incidents.ticket_opened, id),
          paymentFailed: paysFor(events.incidents.payment_failed, id),
        },
      }))
      .sort((a, b) => a.priceUsdMonth - b.priceUsdMonth),
    upgradeRate: spec.plan_changes?.upgrade_rate ?? 0,
    downgradeRate: spec.plan_changes?.downgrade_rate ?? 0,
    engagement: {
      userSpread: engagement.user_spread,
      noiseSpread: engagement.noise.spread,
      noiseMemory: Math.exp(-1 / engagement.noise.memory_days),
      declineRate: engagement.decline.rate,
      dailyDrop: engagement.decline.daily_drop,
      recoveryRate: engagement.decline.recovery_rate,
      weekdays: engagement.weekday_factors.map((factor) => factor / meanFactor),
    },
    eventsPerDay: overrides.eventsPerDay ?? (events.per_day * openingUsers) / population.opening_users,
    usage: weighted(events.usage),
    tickets: incident(events.incidents.ticket_opened),
    paymentFailures: incident(events.incidents.payment_failed),
    sessionEvents: events.session_events,
    hourWeights: events.hour_weights,
    appChannels: weighted(events.app_channels),
    churn: {
      intercept: churn.intercept,
      usageTrend: usage_trend?.coefficient ?? 0,
      trendSmoothing: usage_trend?.smoothing ?? 1,
      daysIdle: days_idle?.coefficient ?? 0,
      daysIdleCap: days_idle?.cap ?? days + 64,
      tickets: tickets_14d?.coefficient ?? 0,
      ticketsCap: tickets_14d?.cap ?? 1000,
      failedPayments: failed_payments_28d?.coefficient ?? 0,
      failedPaymentsCap: failed_payments_28d?.cap ?? 1000,
      logTenure: log_tenure?.coefficient ?? 0,
    },
    dirt: {
      late: { rate: dirt?.late?.rate ?? 0, delays: dirt?.late?.delays ?? [] },
      duplicate: dirt?.duplicate?.rate ?? 0,
      nullUser: dirt?.null_user?.rate ?? 0,
      malformed: dirt?.malformed?.rate ?? 0,
    },
    ...(drift && driftDay < days
      ? {
          drift: {
            day: driftDay,
            ...(drift.ui_variant ? { uiVariant: weighted(drift.ui_variant) } : {}),
            ...(drift.event_mix ? { usage: weighted(shift(events.usage, drift.event_mix)) } : {}),
          },
        }
      : {}),
  };
}

function incident({ rate, user_spread }: { readonly rate: number; readonly user_spread: number }): Incident {
  return { rate, userSpread: user_spread };
}

function weighted(shares: Shares): Weighted {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return { values: Object.keys(shares), weights: Object.values(shares).map((share) => share / total) };
}

function shift(weights: Shares, factors: Shares): Shares {
  return Object.fromEntries(Object.entries(weights).map(([type, weight]) => [type, weight * (factors[type] ?? 1)]));
}
