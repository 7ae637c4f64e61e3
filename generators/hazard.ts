import { cohortCount, experimentEffect } from './experiments.ts';
import { priceOn } from './prices.ts';
import { BEYOND_THE_END, type Drivers } from './scenario/drivers.ts';
import type { Scenario } from './scenario.ts';
import { type Subscriber, WINDOW } from './subscriber.ts';

/** Counts of events in a window up to this one have their factor in a table. */
const TABLE = 1024;

/** Odds of something that can happen to a subscriber in the coming day, seen from the end of a day. */
export type OddsLaw = (subscriber: Subscriber, day: number) => number;

/**
 * The odds of a hazard: log(h / (1 - h)) = intercept + sum of coefficient * min(driver, cap).
 *
 * Every driver is made of counts, days and names, so the odds are a product of factors that tables hold: the rollouts ask some ten
 * million times.
 */
export function oddsLaw(scenario: Scenario, law: Drivers): OddsLaw {
  const days = scenario.days + BEYOND_THE_END;
  const factors = (coefficient: number, length: number) =>
    Float64Array.from({ length }, (_, n) => Math.exp(coefficient * n));
  const mean = (events: number, window: number, power: number) => (events / window + law.trendSmoothing) ** power;
  // Until a window is full, the mean is over the days of the subscription: one table for each length.
  const means = (longest: number, power: number) =>
    Array.from({ length: longest + 1 }, (_, window) =>
      Float64Array.from({ length: TABLE }, (_, n) => mean(n, window, power)),
    );

  const recentFactors = means(7, law.usageTrend);
  const usualFactors = means(WINDOW, -law.usageTrend);
  const idleFactors = factors(law.daysIdle, law.daysIdleCap + 1);
  const ticketFactors = factors(law.tickets, law.ticketsCap + 1);
  const openFactors = factors(law.openTickets, law.openTicketsCap + 1);
  const failureFactors = factors(law.failedPayments, law.failedPaymentsCap + 1);
  const tenureFactors = Float64Array.from({ length: days }, (_, n) => (1 + n) ** law.logTenure);
  const channelFactors = Float64Array.from(law.channels, Math.exp);
  const campaignFactors = Float64Array.from([0, ...law.campaigns], Math.exp);
  const planFactors = scenario.plans.map((_, plan) =>
    Float64Array.from({ length: days }, (_, day) =>
      Math.exp(law.intercept + law.plans[plan]! + law.logPrice * Math.log(1 + priceOn(scenario, plan, day))),
    ),
  );
  const increase = priceIncreases(scenario, law, days);

  return (s, day) => {
    const lived = day - s.since + 1;
    const window7 = Math.min(7, lived);
    const window28 = Math.min(WINDOW, lived);
    const recent = s.events7 < TABLE ? recentFactors[window7]![s.events7]! : mean(s.events7, window7, law.usageTrend);
    const usual =
      s.events28 < TABLE ? usualFactors[window28]![s.events28]! : mean(s.events28, window28, -law.usageTrend);
    let odds =
      planFactors[s.plan]![day]! *
      recent *
      usual *
      idleFactors[Math.min(day - s.lastEventDay, law.daysIdleCap)]! *
      ticketFactors[Math.min(s.tickets14, law.ticketsCap)]! *
      openFactors[Math.min(s.open, law.openTicketsCap)]! *
      failureFactors[Math.min(s.failures28, law.failedPaymentsCap)]! *
      tenureFactors[day - s.firstDay]! *
      channelFactors[s.channel]! *
      campaignFactors[s.campaign + 1]!;
    if (law.logSeats !== 0) odds *= s.seats ** law.logSeats;
    if (increase) odds *= increase(s, day);
    return odds;
  };
}

/** The driver `price_increase`: ln(price today / price some days ago, or at the start of the subscription when that is later). */
function priceIncreases(scenario: Scenario, law: Drivers, days: number): OddsLaw | undefined {
  if (law.priceIncrease === 0 || scenario.priceChanges.length === 0) return undefined;
  const powers = scenario.plans.map((_, plan) =>
    Float64Array.from({ length: days }, (_, day) => (1 + priceOn(scenario, plan, day)) ** law.priceIncrease),
  );
  return (s, day) => {
    const before = Math.max(s.since, day - law.priceIncreaseDays);
    return powers[s.plan]![day]! / powers[s.plan]![before]!;
  };
}

/** The odds of cancelling: the law of `churn` with what trials and experiments add to it. */
export function churnOdds(scenario: Scenario): OddsLaw {
  const { trial, plans, experiments } = scenario;
  const law = oddsLaw(scenario, scenario.churn);
  const days = scenario.days + BEYOND_THE_END;
  const cohorts = cohortCount(scenario);
  const armFactors = Float64Array.from({ length: cohorts * plans.length * days }, (_, index) => {
    const day = index % days;
    const group = Math.floor(index / days);
    return experimentEffect(scenario, Math.floor(group / plans.length), group % plans.length, day).churnOdds;
  });
  const atTrialEnd = trial ? Math.exp(trial.intercept - scenario.churn.intercept) : 1;
  return (s, day) => {
    let odds = law(s, day);
    if (experiments.length > 0) odds *= armFactors[(s.cohort * plans.length + s.plan) * days + day]!;
    if (day === s.trialEnd) odds *= atTrialEnd;
    return odds;
  };
}
