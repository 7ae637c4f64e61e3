import { expect, test } from 'vitest';
import { calendar } from '../../../generators/calendar.ts';
import { experimentArm } from '../../../generators/experiments.ts';
import type { Scenario } from '../../../generators/scenario.ts';
import { createWorld, type User } from '../../../generators/world.ts';
import { type Patch, tiny } from '../worlds.ts';
import { type Estimate, mean, missed, ratio, vague } from './intervals.ts';

const SCALE = 1.5;

/** Nobody leaves, so that who is there says nothing of what they are like. */
const LOYAL: Patch = { 'churn.intercept': -50, 'plan_changes.upgrade_rate': 0, 'plan_changes.downgrade_rate': 0 };

interface UserDay {
  readonly user: User;
  readonly day: number;
  readonly usage: number;
  readonly tickets: number;
  readonly failures: number;
  readonly plan: number;
}

function userDays(scenario: Scenario): UserDay[] {
  const world = createWorld(scenario, calendar(scenario.startDate, scenario.days), SCALE);
  return Array.from({ length: scenario.days }, (_, day) =>
    world.next().userDays.map(({ user, usage, tickets, failures }) => ({
      user,
      day,
      usage,
      tickets,
      failures,
      plan: user.subscriber!.plan,
    })),
  ).flat();
}

/** Sums by user of two quantities over their days: numerator and denominator of a ratio. */
function byUser(days: readonly UserDay[], over: (day: UserDay) => number, under: (day: UserDay) => number) {
  const sums = new Map<number, { over: number; under: number }>();
  for (const day of days) {
    const sum = sums.get(day.user.number) ?? { over: 0, under: 0 };
    sums.set(day.user.number, { over: sum.over + over(day), under: sum.under + under(day) });
  }
  return [...sums.values()];
}

test('rates of incidents: a mean over users, whose own factors have mean 1', () => {
  const days = userDays(tiny({ ...LOYAL, 'population.daily_signup_rate': 0 }, { users: 3000, days: 60 }));
  const pays = (plan: number) => Number(plan > 0);
  const estimates = [
    ratio(
      'tickets per user-day',
      0.03,
      byUser(
        days,
        ({ tickets }) => tickets,
        () => 1,
      ),
    ),
    ratio(
      'failed payments per paying user-day',
      0.015,
      byUser(
        days,
        ({ failures }) => failures,
        ({ plan }) => pays(plan),
      ),
    ),
  ];
  expect(missed(estimates)).toEqual([]);
  expect(vague(estimates)).toEqual([]);
});

test('weekdays: the mean share of a week, week by week', () => {
  const scenario = tiny({ ...LOYAL, 'population.daily_signup_rate': 0 }, { users: 600, days: 14 + 30 * 7 });
  const { weekday } = calendar(scenario.startDate, scenario.days);
  const weeks = Array.from({ length: 30 }, () => new Array<number>(7).fill(0));
  for (const { day, usage } of userDays(scenario)) {
    const week = weeks[Math.floor((day - 14) / 7)];
    if (week) week[weekday(day)]! += usage;
  }
  const factors = [1.15, 1.2, 1.2, 1.15, 1.05, 0.6, 0.65];
  const sum = factors.reduce((total, factor) => total + factor, 0);
  const estimates = factors.map((factor, index): Estimate => {
    const shares = weeks.map((week) => week[index]! / week.reduce((total, n) => total + n, 0));
    return mean(`weekday ${index}`, factor / sum, shares);
  });
  // Student's t with 29 degrees of freedom, 99.9 %.
  expect(missed(estimates, 3.6594)).toEqual([]);
  expect(Math.max(...estimates.map(({ error }) => error))).toBeLessThan(0.003);
});

test('seasons, month ends and outages: usage on their days over usage on the others, by user', () => {
  const scenario = tiny(
    {
      ...LOYAL,
      'population.daily_signup_rate': 0,
      'engagement.weekday_factors': [1, 1, 1, 1, 1, 1, 1],
      effects: {
        seasons: { feast: { days: [36, 56], usage_factor: 1.4 } },
        outages: { storm: { days: [64, 66], usage_lost: 0.8, ticket_factor: 4 } },
        month_end: { last_days: 3, usage_factor: 1.25 },
      },
    },
    { users: 2000, days: 85 },
  );
  const { daysToMonthEnd } = calendar(scenario.startDate, scenario.days);
  const days = userDays(scenario).filter(({ day }) => day >= 14);
  const isFeast = (day: number) => day >= 35 && day <= 55;
  const isStorm = (day: number) => day >= 63 && day <= 65;
  const isEnd = (day: number) => daysToMonthEnd(day) < 3;
  const isUsual = (day: number) => !isFeast(day) && !isStorm(day) && !isEnd(day);
  const share = (of: (day: number) => boolean) => {
    const all = Array.from({ length: 85 - 14 }, (_, index) => index + 14);
    return all.filter(of).length / all.filter(isUsual).length;
  };
  const over = (name: string, truth: number, of: (day: number) => boolean, count: (day: UserDay) => number) =>
    ratio(
      name,
      truth,
      byUser(
        days,
        (day) => (of(day.day) ? count(day) : 0),
        (day) => (isUsual(day.day) ? count(day) * share(of) : 0),
      ),
    );
  const usage = (day: UserDay) => day.usage;
  const estimates = [
    over('season', 1.4, (day) => isFeast(day) && !isEnd(day), usage),
    over('outage', 0.2, isStorm, usage),
    over('month end', 1.25, (day) => isEnd(day) && !isFeast(day), usage),
    over('tickets in the outage', 4, isStorm, ({ tickets }) => tickets),
  ];
  expect(missed(estimates)).toEqual([]);
  expect(vague(estimates)).toEqual([]);
});

test('the effect of an experiment on usage: the ratio of its arms', () => {
  const scenario = tiny(
    {
      ...LOYAL,
      'population.daily_signup_rate': 0,
      experiments: {
        tour: { days: [31, 60], arms: { control: 0.3, tour: 0.7 }, effects: { tour: { usage_factor: 1.3 } } },
      },
    },
    { users: 4000, days: 60 },
  );
  const [experiment] = scenario.experiments;
  const armOf = (user: User) => experimentArm(scenario, experiment!, { number: user.number, ...user.traits });
  const days = userDays(scenario).filter(({ day }) => day >= 14);
  const users = new Map<number, { arm: number; before: number; during: number }>();
  for (const { user, day, usage } of days) {
    const sums = users.get(user.number) ?? { arm: armOf(user), before: 0, during: 0 };
    if (day < 30) sums.before += usage;
    else sums.during += usage;
    users.set(user.number, sums);
  }
  const all = [...users.values()];
  const arm = (index: number) =>
    ratio(
      '',
      0,
      all.filter((user) => user.arm === index).map(({ during, before }) => ({ over: during, under: before })),
    );
  const [control, tour] = [arm(0), arm(1)];
  const effect: Estimate = {
    name: 'log ratio of the arms, each held against itself before',
    truth: Math.log(1.3),
    estimate: Math.log(tour.estimate / control.estimate),
    error: Math.hypot(tour.error / tour.estimate, control.error / control.estimate),
  };
  const share = mean(
    'share of the arm',
    0.7,
    all.map((user) => user.arm),
  );
  expect(missed([effect, share])).toEqual([]);
  expect(vague([effect, share])).toEqual([]);
});

test('signups: growth, a campaign and its channel, seats', () => {
  const scenario = tiny(
    {
      'population.daily_signup_rate': 0.1,
      'population.growth_per_month': 0.2,
      'population.mean_account_users': 3,
      'population.campaigns': { spring: { days: [61, 80], signup_factor: 2.5, signup_channel: 'paid_search' } },
    },
    { users: 400, days: 120 },
  );
  const world = createWorld(scenario, calendar(scenario.startDate, scenario.days), SCALE);
  const signups = Array.from({ length: 120 }, () => world.next().signups).slice(14);
  const usual = signups.map((users, index) => ({
    count: users.filter(({ traits }) => traits.campaign < 0).length,
    expected: 40 * 1.2 ** (index / 30),
  }));
  const campaign = signups.slice(60 - 14, 80 - 14).map((users, index) => ({
    count: users.filter(({ traits }) => traits.campaign === 0).length,
    expected: 1.5 * usual[60 - 14 + index]!.expected,
  }));
  const poisson = (name: string, days: readonly { count: number; expected: number }[]): Estimate => {
    const sum = (of: (day: { count: number; expected: number }) => number) =>
      days.reduce((total, day) => total + of(day), 0);
    const expected = sum((day) => day.expected);
    return { name, truth: 1, estimate: sum((day) => day.count) / expected, error: 1 / Math.sqrt(expected) };
  };
  const everybody = signups.flat();
  const organic = everybody.filter(({ traits }) => traits.campaign < 0);
  const accounts = new Map(everybody.map(({ account, traits }) => [account, traits.seats]));
  const estimates = [
    poisson('signups of the first half over what is expected', usual.slice(0, 53)),
    poisson('signups of the second half over what is expected', usual.slice(53)),
    poisson('signups of the campaign over what is expected', campaign),
    mean(
      'organic',
      0.6,
      organic.map(({ traits }) => Number(traits.channel === 0)),
    ),
    mean('seats of an account', 3, [...accounts.values()]),
  ];
  expect(missed(estimates)).toEqual([]);
  expect(everybody.filter(({ traits }) => traits.campaign === 0).every(({ traits }) => traits.channel === 1)).toBe(
    true,
  );
});
