import { type Arrival, arrivals } from './arrivals.ts';
import type { Calendar } from './calendar.ts';
import { type Activity, type Dynamics, dynamics } from './dynamics.ts';
import { dailyLuck, LANE } from './luck.ts';
import { priceOn } from './prices.ts';
import { indexOf } from './scenario/shares.ts';
import type { Scenario } from './scenario.ts';
import { memories, type Subscriber, subscribe } from './subscriber.ts';

export type BillingEvent = 'start' | 'upgrade' | 'downgrade' | 'renew' | 'cancel';

/** A user of the world. Users are numbered from 0 in the order in which they sign up. */
export interface User extends Arrival {
  readonly signupDay: number;
  /** Undefined while there is no subscription. */
  subscriber: Subscriber | undefined;
  /** Probability of cancelling on the next day, as of the end of the last day. */
  hazard: number;
  /** Day on which the next subscription starts, for a user who cancelled and will come back. */
  returnDay: number;
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

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface Day {
  readonly day: number;
  readonly signups: readonly User[];
  /** By user number. They hold until the next day is asked for, which is written into them: as new ones, many would outlive their day. */
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
 * Luck belongs to a user, a day and a purpose, so a change of one coefficient meets the same users with the same luck. What an event looks
 * like, and what dirt befalls it, is drawn elsewhere and moves nothing here.
 *
 * @param scale see {@link dynamics}.
 * @param isLived by number: whoever is not lived is no user of this world, and nothing of the others changes.
 */
export function createWorld(
  scenario: Scenario,
  calendar: Calendar,
  scale: number,
  isLived: (user: number) => boolean = () => true,
): World {
  const { plans, returning } = scenario;
  const laws = dynamics(scenario, scale, calendar);
  const arrive = arrivals(scenario);
  const luck = dailyLuck(scenario.seed);
  const startShares = { values: plans.map(({ id }) => id), weights: plans.map(({ startShare }) => startShare) };
  const memory = memories();
  const users: User[] = [];
  const userDays: Writable<UserDay>[] = [];
  let day = -1;

  const startSubscription = (user: User): BillingRow => {
    const plan = indexOf(startShares, luck.of(LANE.firstPlan));
    user.subscriber = subscribe(scenario, user.traits, plan, day, luck, memory.take());
    return { user, event: 'start', planId: plans[plan]!.id };
  };

  const signUp = (arrival: Arrival): User => {
    // One literal without a spread, as in `subscribe`.
    const { number, account, traits } = arrival;
    const user = { number, account, traits, signupDay: day, subscriber: undefined, hazard: 0, returnDay: -1 };
    users.push(user);
    return user;
  };

  /** Lives a day of a subscriber; returns the billing row of the day, if there is one. */
  const live = (user: User, subscriber: Subscriber, activity: Activity): BillingRow | undefined => {
    const isFirstDay = subscriber.since === day;
    laws.live(subscriber, day, luck, activity);
    if (!isFirstDay && luck.of(LANE.cancel) < user.hazard) {
      const planId = plans[subscriber.plan]!.id;
      user.subscriber = undefined;
      memory.giveBack(subscriber);
      if (luck.of(LANE.return) < returning.probability)
        user.returnDay = day + 1 + Math.floor(-returning.meanDays * Math.log(1 - luck.of(LANE.returnDays)));
      return { user, event: 'cancel', planId };
    }
    const before = subscriber.plan;
    const moved = !isFirstDay && laws.changePlan(subscriber, day, luck);
    user.hazard = laws.hazard(subscriber, day);
    const planId = plans[subscriber.plan]!.id;
    if (moved) return { user, event: subscriber.plan > before ? 'upgrade' : 'downgrade', planId };
    // A free plan has nothing to renew.
    if (calendar.isAnniversary(subscriber.since, day) && priceOn(scenario, subscriber.plan, day) > 0)
      return { user, event: 'renew', planId };
    return undefined;
  };

  return {
    dynamics: laws,
    users,
    next() {
      day++;
      const signups = arrive(day)
        .filter(({ number }) => isLived(number))
        .map(signUp);
      let active = 0;
      const billing: BillingRow[] = [];
      for (const user of users) {
        const starts = user.signupDay === day || user.returnDay === day;
        if (!user.subscriber && !starts) continue;
        luck.turnTo(user.number, day);
        const start = starts ? startSubscription(user) : undefined;
        userDays[active] ??= { user, usage: 0, tickets: 0, failures: 0 };
        const userDay = userDays[active++]!;
        userDay.user = user;
        const row = live(user, user.subscriber!, userDay);
        if (start ?? row) billing.push((start ?? row)!);
      }
      return { day, signups, userDays: userDays.slice(0, active), billing };
    },
  };
}
