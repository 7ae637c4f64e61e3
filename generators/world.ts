import { type Random, random } from '../core/random.ts';
import type { Calendar } from './calendar.ts';
import { type Activity, type Dynamics, dynamics } from './dynamics.ts';
import type { Scenario } from './scenario.ts';
import { drawTraits, type Subscriber, subscribe, type Traits } from './subscriber.ts';

export type BillingEvent = 'start' | 'upgrade' | 'downgrade' | 'renew' | 'cancel';

/** A user of the world. Users are numbered from 0 in the order in which they sign up. */
export interface User {
  readonly number: number;
  readonly signupDay: number;
  readonly traits: Traits;
  /** Undefined while there is no subscription. */
  subscriber: Subscriber | undefined;
  /** Probability of cancelling on the next day, as of the end of the last day. */
  hazard: number;
  /** Day on which the next subscription starts, for a user who cancelled and will come back. */
  returnDay: number;
  readonly behaviour: Random;
  readonly decisions: Random;
}

export interface BillingRow {
  readonly user: User;
  readonly event: BillingEvent;
  /** Plan id after the event; for a cancel the plan that ended. */
  readonly planId: string;
}

/** What one active user did on a day. The cancel day counts, and is the last. */
export interface UserDay extends Activity {
  readonly user: User;
}

export interface Day {
  readonly day: number;
  readonly signups: readonly User[];
  readonly userDays: readonly UserDay[];
  /** By user number; at most one row a user. */
  readonly billing: readonly BillingRow[];
}

export interface World {
  readonly dynamics: Dynamics;
  readonly users: readonly User[];
  /** Lives the next day and says what happened. */
  next(): Day;
}

/**
 * A world at the start of its first day.
 *
 * Each user draws from streams of their own, so a change of one coefficient meets the same users with the same luck. What an event looks
 * like, and what dirt befalls it, is drawn elsewhere and moves nothing here.
 *
 * @param scale see {@link dynamics}.
 */
export function createWorld(scenario: Scenario, calendar: Calendar, scale: number): World {
  const { seed, plans } = scenario;
  const laws = dynamics(scenario, scale, calendar.weekday);
  const users: User[] = [];
  const arrivals = random(seed, 'arrivals');
  const startShares = plans.map((plan) => plan.startShare);
  let day = -1;

  const startSubscription = (user: User): BillingRow => {
    const plan = user.decisions.pick(
      plans.map((_, index) => index),
      startShares,
    );
    user.subscriber = subscribe(scenario, user.traits, plan, day, user.behaviour);
    return { user, event: 'start', planId: plans[plan]!.id };
  };

  const signUp = (): User => {
    const number = users.length;
    const behaviour = random(seed, 'behaviour', number);
    const user: User = {
      number,
      signupDay: day,
      traits: drawTraits(scenario, day, behaviour),
      subscriber: undefined,
      hazard: 0,
      returnDay: -1,
      behaviour,
      decisions: random(seed, 'decisions', number),
    };
    users.push(user);
    return user;
  };

  /** Lives a day of a subscriber; returns the billing row of the day, if there is one. */
  const live = (user: User, subscriber: Subscriber, activity: Activity): BillingRow | undefined => {
    const { decisions } = user;
    // Both are drawn each day, whatever comes of them, so that one decision does not shift the luck of later ones.
    const cancelLuck = decisions.next();
    const planLuck = decisions.next();
    const isFirstDay = subscriber.since === day;
    laws.live(subscriber, day, user.behaviour, activity);
    if (!isFirstDay && cancelLuck < user.hazard) {
      const planId = plans[subscriber.plan]!.id;
      user.subscriber = undefined;
      if (decisions.chance(scenario.returning.probability)) {
        user.returnDay = day + 1 + Math.floor(decisions.exponential(scenario.returning.meanDays));
      }
      return { user, event: 'cancel', planId };
    }
    const before = subscriber.plan;
    const moved = !isFirstDay && laws.changePlan(subscriber, planLuck);
    user.hazard = laws.hazard(subscriber, day);
    const plan = plans[subscriber.plan]!;
    if (moved) return { user, event: subscriber.plan > before ? 'upgrade' : 'downgrade', planId: plan.id };
    // A free plan has nothing to renew.
    if (plan.priceUsdMonth > 0 && calendar.isAnniversary(subscriber.since, day))
      return { user, event: 'renew', planId: plan.id };
    return undefined;
  };

  return {
    dynamics: laws,
    users,
    next() {
      day++;
      const signups = Array.from({ length: newUsers(scenario, day, arrivals) }, signUp);
      const userDays: UserDay[] = [];
      const billing: BillingRow[] = [];
      for (const user of users) {
        let start: BillingRow | undefined;
        if (user.signupDay === day || user.returnDay === day) start = startSubscription(user);
        if (!user.subscriber) continue;
        const userDay = { user, usage: 0, tickets: 0, failures: 0 };
        const row = live(user, user.subscriber, userDay);
        userDays.push(userDay);
        if (start ?? row) billing.push((start ?? row)!);
      }
      return { day, signups, userDays, billing };
    },
  };
}

/** The opening users come evenly over the opening days, so that they do not all have one tenure; then a Poisson number each day. */
function newUsers({ openingUsers, openingDays, signupsPerDay }: Scenario, day: number, arrivals: Random): number {
  if (day >= openingDays) return arrivals.poisson(signupsPerDay);
  return Math.floor((openingUsers * (day + 1)) / openingDays) - Math.floor((openingUsers * day) / openingDays);
}
