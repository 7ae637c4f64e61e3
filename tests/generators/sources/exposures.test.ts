import { beforeAll, describe, expect, test } from 'vitest';
import { userId } from '../../../generators/people.ts';
import { groupBy, NO_DIRT, tiny } from '../worlds.ts';
import { type Lived, live } from './live.ts';

const scenario = tiny({
  ...NO_DIRT,
  experiments: {
    setup: { days: [21, 60], arms: { control: 0.7, guided: 0.3 }, effects: { guided: { churn_log_odds: -0.4 } } },
    pricing: {
      days: [31, 70],
      arms: { old: 0.5, new: 0.5 },
      eligible: { plans: ['basic', 'pro'], new_users_only: true },
      effects: {},
    },
  },
  'population.opening_users': 800,
  'population.daily_signup_rate': 0.02,
});

let lived: Lived;
beforeAll(() => {
  lived = live(scenario, ['exposures']);
});
const of = (experiment: string) => lived.of('exposures').filter((row) => row.experiment === experiment);

describe('exposures', () => {
  test('are one a user and experiment', () => {
    for (const experiment of ['setup', 'pricing']) {
      const users = of(experiment).map(({ user_id }) => user_id);
      expect(users.length).toBeGreaterThan(150);
      expect(new Set(users).size).toBe(users.length);
    }
  });

  test('come on the first day on which the experiment concerns the user, and to all of them', () => {
    const expected = (from: number, to: number, concerns: (plan: number, signupDay: number) => boolean) => {
      const first = new Map<string, number>();
      for (const { day, plans } of lived.plans) {
        if (day < from || day > to) continue;
        for (const [user, { plan, signupDay }] of plans)
          if (!first.has(userId(user)) && concerns(plan, signupDay)) first.set(userId(user), day);
      }
      return first;
    };
    const found = (experiment: string) =>
      new Map(
        of(experiment).map(({ user_id, exposed_ts }) => [
          String(user_id),
          Math.floor((Date.parse(String(exposed_ts)) - lived.startMs) / 86_400_000),
        ]),
      );
    const sorted = (map: Map<string, number>) => [...map].sort();
    expect(sorted(found('setup'))).toEqual(sorted(expected(20, 59, () => true)));
    expect(sorted(found('pricing'))).toEqual(
      sorted(expected(30, 69, (plan, signupDay) => (plan === 1 || plan === 2) && signupDay >= 30 && signupDay <= 69)),
    );
  });

  test('have the arms of the scenario in their shares', () => {
    const arms = groupBy(of('setup'), ({ variant }) => String(variant));
    expect([...arms.keys()].sort()).toEqual(['control', 'guided']);
    const n = of('setup').length;
    expect(Math.abs(arms.get('guided')!.length / n - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / n));
    // Drawn apart from each other: who is guided gets the new price as often as others.
    const guided = new Set(arms.get('guided')!.map(({ user_id }) => user_id));
    const both = of('pricing').filter(({ user_id }) => guided.has(user_id));
    const share = both.filter(({ variant }) => variant === 'new').length / both.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / both.length));
  });
});
