import { describe, expect, test } from 'vitest';
import { calendar } from '../../../generators/calendar.ts';
import { experimentArm, isExposed } from '../../../generators/experiments.ts';
import { priceOn } from '../../../generators/prices.ts';
import type { Scenario } from '../../../generators/scenario.ts';
import type { Subscriber } from '../../../generators/subscriber.ts';
import { createWorld, type Day, type User } from '../../../generators/world.ts';
import { tiny } from '../worlds.ts';
import { logistic, missed, vague } from './intervals.ts';

const SCALE = 1.5;
const SMOOTHING = 0.143;

/** Lives a world; `evening` sees every subscriber at the end of each day, with what happened on it. */
function live(
  scenario: Scenario,
  evening: (user: User, subscriber: Subscriber, today: Day) => void,
  morning?: (today: Day) => void,
): void {
  const world = createWorld(scenario, calendar(scenario.startDate, scenario.days), SCALE);
  for (let day = 0; day < scenario.days; day++) {
    const today = world.next();
    morning?.(today);
    for (const user of world.users) if (user.subscriber) evening(user, user.subscriber, today);
  }
}

const trend = (s: Subscriber, day: number): number => {
  const lived = day - s.since + 1;
  return Math.log((s.events7 / Math.min(7, lived) + SMOOTHING) / (s.events28 / Math.min(28, lived) + SMOOTHING));
};

/** User-days with their drivers, and whether the user cancelled on the day after. */
function userDays(scenario: Scenario, driversOf: (user: User, s: Subscriber, day: number) => number[]) {
  const rows: number[][] = [];
  const outcomes: number[] = [];
  const latest = new Map<number, number>();
  live(
    scenario,
    (user, subscriber, { day }) => {
      if (day === scenario.days - 1) return;
      latest.set(user.number, rows.push(driversOf(user, subscriber, day)) - 1);
      outcomes.push(0);
    },
    ({ billing }) => {
      for (const { user, event } of billing) if (event === 'cancel') outcomes[latest.get(user.number)!] = 1;
    },
  );
  return { rows, outcomes };
}

describe('the log-odds of the daily hazard of cancelling, by logistic regression on the true drivers', () => {
  test('behaviour, account, plan, channel, campaign and the arm of an experiment', () => {
    const scenario = tiny(
      {
        'population.daily_signup_rate': 0.01,
        'population.mean_account_users': 2.5,
        'population.campaigns': { spring: { days: [31, 70], signup_factor: 4, signup_channel: 'paid_search' } },
        support_tickets: {},
        experiments: {
          tour: { days: [21, 110], arms: { control: 0.5, tour: 0.5 }, effects: { tour: { churn_log_odds: -0.6 } } },
        },
        'churn.drivers': {
          usage_trend: { coefficient: -1.2, smoothing: SMOOTHING },
          days_idle: { coefficient: 0.12, cap: 21 },
          tickets_14d: { coefficient: 0.6, cap: 5 },
          open_tickets: { coefficient: 0.7, cap: 3 },
          failed_payments_28d: { coefficient: 0.9, cap: 4 },
          log_tenure: { coefficient: -0.3 },
          log_seats: { coefficient: -0.4 },
          plan: { log_odds: { free: 0.6, basic: 0.3, pro: 0, team: -0.8 } },
          signup_channel: { log_odds: { organic: 0, paid_search: 0.5 } },
          campaign: { log_odds: { spring: 0.6 } },
        },
      },
      { users: 2600, days: 120 },
    );
    const [experiment] = scenario.experiments;
    const { rows, outcomes } = userDays(scenario, (user, s, day) => [
      trend(s, day),
      Math.min(21, day - s.lastEventDay),
      Math.min(5, s.tickets14),
      Math.min(3, s.open),
      Math.min(4, s.failures28),
      Math.log(1 + day - user.signupDay),
      Math.log(s.seats),
      ...[0, 1, 3].map((plan) => Number(s.plan === plan)),
      Number(s.channel === 1),
      Number(s.campaign === 0),
      Number(
        isExposed(experiment!, s.plan, day) &&
          experimentArm(scenario, experiment!, { number: user.number, ...user.traits }) === 1,
      ),
    ]);
    const names =
      'intercept usage_trend days_idle tickets_14d open_tickets failed_payments_28d log_tenure log_seats free basic team paid_search spring tour';
    const truths = [-5.6, -1.2, 0.12, 0.6, 0.7, 0.9, -0.3, -0.4, 0.6, 0.3, -0.8, 0.5, 0.6, -0.6];
    const estimates = logistic(rows, outcomes, names.split(' '), truths);
    expect(missed(estimates)).toEqual([]);
    expect(vague(estimates)).toEqual([]);
  });

  test('price, an increase of it, and the end of a trial', () => {
    const conversion = 0.8;
    const scenario = tiny(
      {
        'population.daily_signup_rate': 0.01,
        trial: { days: 14, conversion },
        effects: { price_changes: { rise: { day: 61, factor: 1.4, plans: ['basic', 'pro'] } } },
        'churn.drivers': {
          log_price: { coefficient: -0.25 },
          price_increase: { coefficient: 3, days: 30 },
          days_idle: { coefficient: 0.12, cap: 21 },
        },
      },
      { users: 2600, days: 120 },
    );
    const { rows, outcomes } = userDays(scenario, (user, s, day) => {
      const price = (on: number) => Math.log(1 + priceOn(scenario, s.plan, on));
      const isFirst = s.since === user.signupDay;
      return [
        price(day),
        price(day) - price(Math.max(s.since, day - 30)),
        Math.min(21, day - s.lastEventDay),
        Number(isFirst && s.trialEnd >= 0 && day === user.signupDay + 13),
      ];
    });
    const atTheEnd = Math.log((1 - conversion) / conversion) + 5.6;
    const estimates = logistic(
      rows,
      outcomes,
      ['intercept', 'log_price', 'price_increase', 'days_idle', 'end of the trial'],
      [-5.6, -0.25, 3, 0.12, atTheEnd],
    );
    expect(missed(estimates)).toEqual([]);
    expect(vague(estimates)).toEqual([]);
  });
});

test('the log-odds of the daily hazard of an upgrade', () => {
  const scenario = tiny(
    {
      'plan_changes.upgrade_rate': 0.02,
      'plan_changes.upgrade_drivers': {
        usage_trend: { coefficient: 0.9, smoothing: SMOOTHING },
        log_seats: { coefficient: 0.5 },
      },
      'population.mean_account_users': 2.5,
      'churn.intercept': -50,
    },
    { users: 2000, days: 60 },
  );
  const rows: number[][] = [];
  const outcomes: number[] = [];
  let upgraded = new Set<number>();
  live(
    scenario,
    (user, s, { day }) => {
      const moved = upgraded.has(user.number);
      if (day === s.since || s.plan - Number(moved) === scenario.plans.length - 1) return;
      rows.push([trend(s, day), Math.log(s.seats)]);
      outcomes.push(Number(moved));
    },
    ({ billing }) => {
      upgraded = new Set(billing.filter(({ event }) => event === 'upgrade').map(({ user }) => user.number));
    },
  );
  const names = ['intercept', 'usage_trend', 'log_seats'];
  const estimates = logistic(rows, outcomes, names, [Math.log(0.02 / 0.98), 0.9, 0.5]);
  expect(missed(estimates)).toEqual([]);
  expect(vague(estimates)).toEqual([]);
});
