import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

/** What moves a hazard, as changes of the daily log-odds. A driver that is left out has no effect. */
export interface DriversSpec {
  readonly usage_trend?: { readonly coefficient: number; readonly smoothing: number };
  readonly days_idle?: CappedSpec;
  readonly tickets_14d?: CappedSpec;
  readonly open_tickets?: CappedSpec;
  readonly failed_payments_28d?: CappedSpec;
  readonly log_tenure?: CoefficientSpec;
  readonly log_seats?: CoefficientSpec;
  readonly log_price?: CoefficientSpec;
  readonly price_increase?: { readonly coefficient: number; readonly days: number };
  readonly plan?: LogOddsSpec;
  readonly signup_channel?: LogOddsSpec;
  readonly campaign?: LogOddsSpec;
}

interface CoefficientSpec {
  readonly coefficient: number;
}

interface CappedSpec extends CoefficientSpec {
  readonly cap?: number;
}

interface LogOddsSpec {
  readonly log_odds: Readonly<Record<string, number>>;
}

/** The drivers of one hazard with their defaults: what is left out has coefficient 0. */
export interface Drivers {
  /** Log-odds when all drivers are zero. */
  readonly intercept: number;
  readonly usageTrend: number;
  /** Events per day added above and below the ratio, so that few events make no large trend. */
  readonly trendSmoothing: number;
  readonly daysIdle: number;
  readonly daysIdleCap: number;
  readonly tickets: number;
  readonly ticketsCap: number;
  readonly openTickets: number;
  readonly openTicketsCap: number;
  readonly failedPayments: number;
  readonly failedPaymentsCap: number;
  readonly logTenure: number;
  readonly logSeats: number;
  readonly logPrice: number;
  readonly priceIncrease: number;
  /** Days for which an increase of the price counts. */
  readonly priceIncreaseDays: number;
  /** In the order of the plans, signup channels and campaigns of the scenario. */
  readonly plans: readonly number[];
  readonly channels: readonly number[];
  readonly campaigns: readonly number[];
}

/** What the maps of log-odds are about, in the order of the scenario. */
export interface Named {
  readonly plans: readonly string[];
  readonly channels: readonly string[];
  readonly campaigns: readonly string[];
}

/** A day beyond the last one that a rollout can reach. */
export const BEYOND_THE_END = 64;
const MANY = 1000;

/** @param path leads to the drivers. */
export function checkDrivers(
  drivers: DriversSpec,
  { plans, population, support_tickets }: ScenarioSpec,
  { report, known, all }: Checks,
  path: readonly string[],
): void {
  const checkNames = (driver: 'plan' | 'signup_channel' | 'campaign', names: () => readonly string[], what: string) => {
    for (const name of Object.keys(drivers[driver]?.log_odds ?? {}))
      known([...path, driver, 'log_odds', name], name, names(), what);
  };
  all(
    () => checkNames('plan', () => Object.keys(plans), 'plan'),
    () => checkNames('signup_channel', () => Object.keys(population.signup_channels), 'signup channel'),
    () => checkNames('campaign', () => Object.keys(population.campaigns ?? {}), 'campaign'),
    () => {
      const planOdds = drivers.plan?.log_odds;
      const missing = planOdds ? Object.keys(plans).filter((id) => planOdds[id] === undefined) : [];
      if (missing.length > 0)
        report([...path, 'plan', 'log_odds'], `no value for ${missing.join(', ')}; each plan needs one`);
    },
    () => {
      if (drivers.open_tickets && !support_tickets)
        report([...path, 'open_tickets'], 'needs the section support_tickets, which says how long a ticket stays open');
    },
  );
}

export function normaliseDrivers(intercept: number, drivers: DriversSpec, days: number, named: Named): Drivers {
  const logOdds = (names: readonly string[], map: LogOddsSpec | undefined) =>
    names.map((name) => map?.log_odds[name] ?? 0);
  return {
    intercept,
    usageTrend: drivers.usage_trend?.coefficient ?? 0,
    trendSmoothing: drivers.usage_trend?.smoothing ?? 1,
    daysIdle: drivers.days_idle?.coefficient ?? 0,
    daysIdleCap: drivers.days_idle?.cap ?? days + BEYOND_THE_END,
    tickets: drivers.tickets_14d?.coefficient ?? 0,
    ticketsCap: drivers.tickets_14d?.cap ?? MANY,
    openTickets: drivers.open_tickets?.coefficient ?? 0,
    openTicketsCap: drivers.open_tickets?.cap ?? MANY,
    failedPayments: drivers.failed_payments_28d?.coefficient ?? 0,
    failedPaymentsCap: drivers.failed_payments_28d?.cap ?? MANY,
    logTenure: drivers.log_tenure?.coefficient ?? 0,
    logSeats: drivers.log_seats?.coefficient ?? 0,
    logPrice: drivers.log_price?.coefficient ?? 0,
    priceIncrease: drivers.price_increase?.coefficient ?? 0,
    priceIncreaseDays: drivers.price_increase?.days ?? 1,
    plans: logOdds(named.plans, drivers.plan),
    channels: logOdds(named.channels, drivers.signup_channel),
    campaigns: logOdds(named.campaigns, drivers.campaign),
  };
}
