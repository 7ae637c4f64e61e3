import { LARGE_MEAN, poisson } from '../core/poisson.ts';
import type { Calendar } from './calendar.ts';
import { cohortCount, experimentEffect } from './experiments.ts';
import { churnOdds, type OddsLaw, oddsLaw } from './hazard.ts';
import { LANE, type Lane, type Luck } from './luck.ts';
import { BEYOND_THE_END } from './scenario/drivers.ts';
import type { Scenario } from './scenario.ts';
import { seasonOn } from './seasons.ts';
import { closeAnswered, keepOpen, remember, type Subscriber } from './subscriber.ts';
import { nightsOpen, ticketFate } from './tickets.ts';

/** In log units: below exp(-4) a user does practically nothing. */
const DEEPEST_DECLINE = 4;

/** Events of one subscriber on one day. */
export interface Activity {
  usage: number;
  tickets: number;
  failures: number;
}

/** The laws of a world. The world itself and the rollouts behind its true probabilities go through these same three functions. */
export interface Dynamics {
  /** Lives one day: moves the engagement, draws the events into `activity` and adds them to the memory. */
  live(subscriber: Subscriber, day: number, luck: Luck, activity: Activity): void;
  /** Moves the plan one step up or down by chance, at the end of a day. Returns true when it moved. */
  changePlan(subscriber: Subscriber, day: number, luck: Luck): boolean;
  /** Probability of cancelling on the next day, seen from the end of `day`: a logistic function of the drivers. */
  hazard(subscriber: Subscriber, day: number): number;
}

/** @param scale mean usage events per user-day of a user with engagement 1, on a mean weekday without a season. */
export function dynamics(scenario: Scenario, scale: number, calendar: Calendar): Dynamics {
  const { engagement, plans, experiments } = scenario;
  const { declineRate, recoveryRate, dailyDrop } = engagement;
  const memory = engagement.noiseMemory;
  // Uniform on an interval of length sqrt(12) times its standard deviation: some days of it sum to nearly a normal, at a fifth of the cost.
  const innovation = Math.sqrt(12) * engagement.noiseSpread * Math.sqrt(1 - memory * memory);
  const ticketRates = plans.map((plan) => (plan.incidents.ticketOpened ? scenario.tickets.rate : 0));
  const failureRates = plans.map((plan) => (plan.incidents.paymentFailed ? scenario.paymentFailures.rate : 0));
  const planScales = plans.map((plan) => plan.engagement * scale);
  const days = scenario.days + BEYOND_THE_END;
  const seasons = Array.from({ length: days }, (_, day) => seasonOn(scenario, calendar, day));
  const usageFactors = Float64Array.from(seasons, ({ usage }) => usage);
  const ticketFactors = Float64Array.from(seasons, ({ tickets }) => tickets);
  const armFactors = Float64Array.from({ length: cohortCount(scenario) * plans.length * days }, (_, index) => {
    const group = Math.floor(index / days);
    return experimentEffect(scenario, Math.floor(group / plans.length), group % plans.length, index % days).usage;
  });
  const { upgrade: up, downgrade: down } = scenario.planChanges;
  const countsOpen = [scenario.churn, up.law, down.law].some((law) => law !== undefined && law.openTickets !== 0);
  const churn = churnOdds(scenario);
  const upgrade = planChangeLaw(scenario, 'upgrade');
  const downgrade = planChangeLaw(scenario, 'downgrade');

  return {
    live(s, day, luck, activity) {
      s.noise = memory * s.noise + innovation * (luck.of(LANE.noise) - 0.5);
      const u = luck.of(LANE.decline);
      if (s.declining) {
        s.decline = Math.min(DEEPEST_DECLINE, s.decline + dailyDrop);
        if (u < recoveryRate) s.declining = false;
      } else {
        s.decline = Math.max(0, s.decline - 2 * dailyDrop);
        if (u < declineRate) s.declining = true;
      }
      let mean = planScales[s.plan]! * usageFactors[day]! * Math.exp(s.base + s.noise - s.decline);
      if (experiments.length > 0) mean *= armFactors[(s.cohort * plans.length + s.plan) * days + day]!;
      const usage = count(mean, luck, LANE.usage, LANE.usageTail);
      const ticketMean = ticketRates[s.plan]! * ticketFactors[day]! * s.ticketFactor;
      const tickets = count(ticketMean, luck, LANE.tickets, LANE.ticketsTail);
      const failureMean = failureRates[s.plan]! * s.paymentFactor;
      const failures = count(failureMean, luck, LANE.failures, LANE.failuresTail);
      activity.usage = usage;
      activity.tickets = tickets;
      activity.failures = failures;
      remember(s, day, usage + tickets + failures, tickets, failures);
      // What becomes of a ticket is drawn by key, so it need not be known where nothing depends on it.
      if (countsOpen) {
        closeAnswered(s, day);
        for (let index = 0; index < tickets; index++)
          keepOpen(s, day, nightsOpen(ticketFate(scenario, luck.ticket(index))));
      }
    },

    changePlan(s, day, luck) {
      const u = luck.of(LANE.planChange);
      const dearer = s.plan < plans.length - 1 ? upgrade(s, day) : 0;
      if (u < dearer) s.plan++;
      else if (s.plan > 0 && u < dearer + downgrade(s, day)) s.plan--;
      else return false;
      return true;
    },

    hazard: (s, day) => probability(churn(s, day)),
  };
}

const count = (mean: number, luck: Luck, lane: Lane, tail: Lane): number =>
  mean < LARGE_MEAN ? poisson(mean, luck.of(lane)) : poisson(mean, luck.of(lane), luck.of(tail));

/** Also right for odds of 0 and of infinity. */
const probability = (odds: number): number => 1 / (1 + 1 / odds);

function planChangeLaw(scenario: Scenario, way: 'upgrade' | 'downgrade'): OddsLaw {
  const { law, rate } = scenario.planChanges[way];
  if (!law) return () => rate;
  const odds = oddsLaw(scenario, law);
  return (s, day) => probability(odds(s, day));
}
