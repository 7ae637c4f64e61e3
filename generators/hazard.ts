import type { Scenario } from './scenario.ts';
import { type Subscriber, WINDOW } from './subscriber.ts';

/** Counts of events in a window up to this one have their factor in a table. */
const TABLE = 1024;
/** A rollout runs at most this many days beyond the last day of the scenario. */
const BEYOND_THE_END = 64;

/**
 * The probability of cancelling on the next day, seen from the end of a day:
 *
 *     log(h / (1 - h)) = intercept + sum of coefficient * min(driver, cap)
 *
 * Every driver is made of counts, so the odds are a product of factors that tables hold: the rollouts ask some ten million times.
 */
export function hazardLaw({ churn, plans, days }: Scenario): (subscriber: Subscriber, day: number) => number {
  const factors = (coefficient: number, length: number) =>
    Float64Array.from({ length }, (_, n) => Math.exp(coefficient * n));
  const mean = (events: number, window: number, power: number) => (events / window + churn.trendSmoothing) ** power;
  // Until a window is full, the mean is over the days of the subscription: one table for each length.
  const means = (longest: number, power: number) =>
    Array.from({ length: longest + 1 }, (_, window) =>
      Float64Array.from({ length: TABLE }, (_, n) => mean(n, window, power)),
    );

  const planFactors = Float64Array.from(plans, (plan) => Math.exp(churn.intercept + plan.logOdds));
  const recentFactors = means(7, churn.usageTrend);
  const usualFactors = means(WINDOW, -churn.usageTrend);
  const idleFactors = factors(churn.daysIdle, churn.daysIdleCap + 1);
  const ticketFactors = factors(churn.tickets, churn.ticketsCap + 1);
  const failureFactors = factors(churn.failedPayments, churn.failedPaymentsCap + 1);
  const tenureFactors = Float64Array.from({ length: days + BEYOND_THE_END }, (_, n) => (1 + n) ** churn.logTenure);

  return (s, day) => {
    const lived = day - s.since + 1;
    const window7 = Math.min(7, lived);
    const window28 = Math.min(WINDOW, lived);
    const recent = s.events7 < TABLE ? recentFactors[window7]![s.events7]! : mean(s.events7, window7, churn.usageTrend);
    const usual =
      s.events28 < TABLE ? usualFactors[window28]![s.events28]! : mean(s.events28, window28, -churn.usageTrend);
    const odds =
      planFactors[s.plan]! *
      recent *
      usual *
      idleFactors[Math.min(day - s.lastEventDay, churn.daysIdleCap)]! *
      ticketFactors[Math.min(s.tickets14, churn.ticketsCap)]! *
      failureFactors[Math.min(s.failures28, churn.failedPaymentsCap)]! *
      tenureFactors[day - s.firstDay]!;
    return odds / (1 + odds);
  };
}
