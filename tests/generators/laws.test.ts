import { describe, expect, test } from 'vitest';
import { calendar } from '../../generators/calendar.ts';
import { experimentArm } from '../../generators/experiments.ts';
import { priceOn } from '../../generators/prices.ts';
import { windowProbabilities } from '../../generators/rollouts.ts';
import { createWorld, type World } from '../../generators/world.ts';
import { type Patch, tiny } from './worlds.ts';

const SCALE = 1.5;
const DAYS = 60;
const small = (patch: Patch) => tiny(patch, { users: 300, days: DAYS });

function worldOf(patch: Patch): World {
  const scenario = small(patch);
  return createWorld(scenario, calendar(scenario.startDate, scenario.days), SCALE);
}

/** What each user did on each day, as one text a user-day. */
function lives(patch: Patch): string[][] {
  const world = worldOf(patch);
  return Array.from({ length: DAYS }, () => {
    const { userDays, billing } = world.next();
    const events = userDays.map(
      ({ user, usage, tickets, failures }) => `${user.number}: ${usage} ${tickets} ${failures}`,
    );
    return [...events, ...billing.map(({ user, event, planId }) => `${user.number}: ${event} ${planId}`)];
  });
}

describe('an effect changes nothing before it begins', () => {
  const effects: [string, Patch][] = [
    ['an outage', { effects: { outages: { storm: { days: [40, 41], usage_lost: 1, ticket_factor: 5 } } } }],
    ['a season', { effects: { seasons: { feast: { days: [40, 45], usage_factor: 3 } } } }],
    [
      'a change of prices',
      {
        effects: { price_changes: { rise: { day: 40, factor: 2 } } },
        'churn.drivers.price_increase': { coefficient: 5, days: 30 },
      },
    ],
    [
      'an experiment',
      {
        experiments: {
          tour: { days: [40, 60], arms: { a: 0.5, b: 0.5 }, effects: { b: { churn_log_odds: 3, usage_factor: 4 } } },
        },
      },
    ],
  ];

  test.each(effects)('%s', (_, patch) => {
    const plain = lives({});
    const changed = lives(patch);
    expect(changed.slice(0, 39)).toEqual(plain.slice(0, 39));
    expect(changed.slice(39)).not.toEqual(plain.slice(39));
  });

  test('and events.per_day holds for the world without it', async () => {
    const { calibrate } = await import('../../generators/calibrate.ts');
    const scaleOf = (patch: Patch) => {
      const scenario = small(patch);
      return calibrate(scenario, calendar(scenario.startDate, scenario.days));
    };
    for (const [, { effects: some, experiments }] of effects)
      expect(scaleOf({ effects: some, experiments })).toBe(scaleOf({}));
  });
});

test('a driver that is switched off moves the luck of nobody: those whom it does not concern live on as they did', () => {
  const experiments = {
    tour: {
      days: [20, 60],
      arms: { control: 0.5, tour: 0.5 },
      effects: { tour: { churn_log_odds: 2, usage_factor: 0.5 } },
    },
  };
  const scenario = small({ experiments });
  const world = worldOf({ experiments });
  world.next();
  const isControl = (text: string) => {
    const user = world.users[Number.parseInt(text, 10)];
    if (!user) return true;
    return experimentArm(scenario, scenario.experiments[0]!, { number: user.number, ...user.traits }) === 0;
  };
  for (let day = 1; day < DAYS; day++) world.next();
  const control = (all: string[][]) => all.map((day) => day.filter(isControl));
  const [plain, changed] = [lives({}), lives({ experiments })];
  expect(control(changed)).toEqual(control(plain));
  expect(changed).not.toEqual(plain);
});

describe('the arm of an experiment', () => {
  const experiment = (eligible: object) =>
    small({
      experiments: { tour: { days: [20, 40], arms: { a: 0.25, b: 0.75 }, effects: {}, eligible } },
    });
  const users = Array.from({ length: 4000 }, (_, number) => ({ number, firstDay: number % 60, channel: number % 2 }));
  const arms = (eligible: object) => {
    const scenario = experiment(eligible);
    return users.map((user) => experimentArm(scenario, scenario.experiments[0]!, user));
  };

  test('is drawn by its shares, for each user alone', () => {
    const all = arms({});
    expect(Math.abs(all.filter((arm) => arm === 0).length - 1000)).toBeLessThan(4 * Math.sqrt(4000 * 0.25 * 0.75));
    expect(arms({ signup_channels: ['organic'] })).toEqual(all.map((arm, i) => (users[i]!.channel === 0 ? arm : -1)));
    const isNew = (day: number) => day >= 19 && day <= 39;
    expect(arms({ new_users_only: true })).toEqual(all.map((arm, i) => (isNew(users[i]!.firstDay) ? arm : -1)));
  });
});

test('the probability of a window knows of a price that will rise', () => {
  const driver = { 'churn.drivers.price_increase': { coefficient: 6, days: 30 } };
  const rise = { ...driver, effects: { price_changes: { rise: { day: 45, factor: 1.5, plans: ['basic'] } } } };
  const [without, with_] = [driver, rise].map((patch) => {
    const scenario = small(patch);
    const world = worldOf(patch);
    for (let day = 0; day < 40; day++) world.next();
    const paying = world.users.flatMap(({ subscriber }) => (subscriber?.plan === 1 ? [subscriber] : []));
    const all = windowProbabilities(scenario, world.dynamics, paying, 39, 60);
    return [0, 1, 2].map((horizon) => all.reduce((sum, windows) => sum + windows[horizon]!, 0) / all.length);
  });
  // Day 45 is the fifth day ahead; its new price is first felt on the sixth.
  expect(with_![0]! / without![0]!).toBeGreaterThan(1.2);
  expect(with_![1]! / without![1]!).toBeGreaterThan(with_![0]! / without![0]!);
});

test('prices change for good, on their plans, one after the other', () => {
  const scenario = small({
    effects: {
      price_changes: { first: { day: 10, factor: 1.1, plans: ['basic'] }, second: { day: 20, factor: 2 } },
    },
  });
  const of = (day: number) => scenario.plans.map((_, plan) => priceOn(scenario, plan, day));
  expect([of(8), of(9), of(18), of(19)]).toEqual([
    [0, 19, 49, 149],
    [0, 20.9, 49, 149],
    [0, 20.9, 49, 149],
    [0, 41.8, 98, 298],
  ]);
});

test('seats are those of the account, and its users never outnumber them', () => {
  const world = worldOf({ 'population.mean_account_users': 4 });
  for (let day = 0; day < DAYS; day++) world.next();
  const accounts = new Map<number, number[]>();
  for (const { account, traits } of world.users)
    accounts.set(account, [...(accounts.get(account) ?? []), traits.seats]);
  const all = [...accounts.values()];
  expect(all.every((seats) => new Set(seats).size === 1)).toBe(true);
  // All but the last are full.
  expect(all.slice(0, -1).every((seats) => seats.length === seats[0])).toBe(true);
  expect(all.at(-1)!.length).toBeLessThanOrEqual(all.at(-1)![0]!);
});
