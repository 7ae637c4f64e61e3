import { beforeAll, describe, expect, test } from 'vitest';
import type { Rec } from '../../../generators/source.ts';
import { groupBy, NO_DIRT, tiny } from '../worlds.ts';
import { type Lived, live } from './live.ts';

const scenario = tiny({
  ...NO_DIRT,
  touches: {
    mean_before_signup: 2.5,
    mean_days_between: 3,
    window_days: 20,
    agreement: 0.8,
    anonymous_per_day: 6,
    channels: { paid_search: { cost_usd: 3, campaigns: { brand: 1, generic: 3 } } },
  },
  'population.opening_users': 1500,
  'population.opening_days': 60,
});

let lived: Lived;
let known: Map<string, Rec[]>;
let anonymous: Rec[];
const users = new Map<string, Rec>();
beforeAll(() => {
  lived = live(scenario, ['users', 'touches']);
  for (const row of lived.of('users')) if (!users.has(String(row.user_id))) users.set(String(row.user_id), row);
  known = groupBy(lived.of('touches'), ({ user_id }) => String(user_id));
  anonymous = lived.of('touches').filter(({ user_id }) => !users.has(String(user_id)));
});

const near = (found: number, expected: number, standardError: number) =>
  expect(Math.abs(found - expected)).toBeLessThan(4 * standardError);

describe('touches', () => {
  test('lead up to a signup: each user has one at least, and some several', () => {
    const counts = [...users.keys()].map((user) => known.get(user)?.length ?? 0);
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBeGreaterThan(4);
    const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length;
    // A few lie beyond the window and did not happen.
    expect(mean).toBeGreaterThan(2.3);
    expect(mean).toBeLessThan(2.6);
  });

  test('arrive on the day of the signup, whenever they happened', () => {
    lived.days.get('touches')!.forEach((rows, day) => {
      const date = new Date(lived.startMs + day * 86_400_000).toISOString().slice(0, 10);
      for (const { user_id, touch_ts } of rows) {
        const user = users.get(String(user_id));
        expect(String(user?.created_ts ?? touch_ts).slice(0, 10)).toBe(date);
      }
    });
    const first = Math.min(...lived.of('touches').map(({ touch_ts }) => Date.parse(String(touch_ts))));
    expect(first).toBeLessThan(lived.startMs);
    expect(first).toBeGreaterThan(lived.startMs - 20 * 86_400_000);
  });

  test('agree with the channel of the signup at the stated rate, and only the last one', () => {
    const last = [...users].map(([user, row]) => known.get(user)!.at(-1)!.channel === row.signup_channel);
    near(last.filter(Boolean).length / last.length, 0.8, Math.sqrt(0.16 / last.length));
  });

  test('cost what their channel costs, and carry its campaigns', () => {
    const paid = lived.of('touches').filter(({ channel }) => channel === 'paid_search');
    const free = lived.of('touches').filter(({ channel }) => channel === 'organic');
    near(paid.reduce((sum, { cost }) => sum + Number(cost), 0) / paid.length, 3, (0.42 * 3) / Math.sqrt(paid.length));
    expect(new Set(free.map(({ cost }) => cost))).toEqual(new Set([0]));
    expect(new Set(free.map(({ campaign }) => campaign))).toEqual(new Set(['organic_always_on']));
    const brand = paid.filter(({ campaign }) => campaign === 'brand').length / paid.length;
    near(brand, 0.25, Math.sqrt(0.19 / paid.length));
    expect(new Set(paid.map(({ campaign }) => campaign))).toEqual(new Set(['brand', 'generic']));
  });

  test('of people who never sign up have ids that belong to nobody', () => {
    near(anonymous.length / scenario.days, 6, Math.sqrt(6 / scenario.days));
    expect(anonymous.filter(({ user_id }) => !/^anon-[0-9a-z]{7}$/.test(String(user_id)))).toEqual([]);
  });
});
