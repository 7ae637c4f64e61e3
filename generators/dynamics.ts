import type { Random } from '../core/random.ts';
import { hazardLaw } from './hazard.ts';
import type { Scenario } from './scenario.ts';
import { remember, type Subscriber } from './subscriber.ts';

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
  live(subscriber: Subscriber, day: number, random: Random, activity: Activity): void;
  /** Moves the plan one step up or down by chance, at the end of a day; `u` is uniform in [0, 1). Returns true when it moved. */
  changePlan(subscriber: Subscriber, u: number): boolean;
  /** Probability of cancelling on the next day, seen from the end of `day`: a logistic function of the drivers. */
  hazard(subscriber: Subscriber, day: number): number;
}

/** @param scale mean usage events per user-day of a user with engagement 1, on a mean weekday. */
export function dynamics(scenario: Scenario, scale: number, weekday: (day: number) => number): Dynamics {
  const { engagement, plans, upgradeRate, downgradeRate } = scenario;
  const { declineRate, recoveryRate, dailyDrop } = engagement;
  const memory = engagement.noiseMemory;
  // Uniform on an interval of length sqrt(12) times its standard deviation: some days of it sum to nearly a normal, at a fifth of the cost.
  const innovation = Math.sqrt(12) * engagement.noiseSpread * Math.sqrt(1 - memory * memory);
  const ticketRates = plans.map((plan) => (plan.incidents.ticketOpened ? scenario.tickets.rate : 0));
  const failureRates = plans.map((plan) => (plan.incidents.paymentFailed ? scenario.paymentFailures.rate : 0));
  const planScales = plans.map((plan) => plan.engagement * scale);
  // Weekdays repeat, so one week's table serves every day; `day % 7` is cheaper than a date.
  const rhythm = Array.from({ length: 7 }, (_, day) => engagement.weekdays[weekday(day)]!);

  return {
    live(s, day, random, activity) {
      s.noise = memory * s.noise + innovation * (random.next() - 0.5);
      const u = random.next();
      if (s.declining) {
        s.decline = Math.min(DEEPEST_DECLINE, s.decline + dailyDrop);
        if (u < recoveryRate) s.declining = false;
      } else {
        s.decline = Math.max(0, s.decline - 2 * dailyDrop);
        if (u < declineRate) s.declining = true;
      }
      const mean = planScales[s.plan]! * rhythm[day % 7]! * Math.exp(s.base + s.noise - s.decline);
      const usage = random.poisson(mean);

      const ticketRate = ticketRates[s.plan]! * s.ticketFactor;
      const rate = ticketRate + failureRates[s.plan]! * s.paymentFactor;
      let tickets = 0;
      let failures = 0;
      for (let left = rate > 0 ? random.poisson(rate) : 0; left > 0; left--) {
        if (random.next() * rate < ticketRate) tickets++;
        else failures++;
      }
      activity.usage = usage;
      activity.tickets = tickets;
      activity.failures = failures;
      remember(s, day, usage + tickets + failures, tickets, failures);
    },

    changePlan(s, u) {
      const up = s.plan < plans.length - 1 ? upgradeRate : 0;
      const down = s.plan > 0 ? downgradeRate : 0;
      if (u < up) s.plan++;
      else if (u < up + down) s.plan--;
      else return false;
      return true;
    },

    hazard: hazardLaw(scenario),
  };
}
