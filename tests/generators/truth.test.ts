import { describe, expect, test } from 'vitest';
import { calendar } from '../../generators/calendar.ts';
import { windowProbabilities } from '../../generators/rollouts.ts';
import type { Scenario } from '../../generators/scenario.ts';
import { createWorld, type Day, type World } from '../../generators/world.ts';
import { billing, events, groupBy, NO_DIRT, type Patch, sandbox, tiny, truthRows } from './worlds.ts';

/** Of the scenario `tiny`. */
const DAYS = 90;

/** Usage events per user-day at engagement 1. */
const SCALE = 1.5;

interface Life {
  readonly scenario: Scenario;
  /** Days on which each user cancelled. */
  readonly cancels: Map<number, number[]>;
}

/** Lives a world in memory; `evening` sees it at the end of each day. */
function live(scenario: Scenario, evening: (world: World, day: Day) => void): Life {
  const world = createWorld(scenario, calendar(scenario.startDate, scenario.days), SCALE);
  const cancels = new Map<number, number[]>();
  for (let i = 0; i < scenario.days; i++) {
    const day = world.next();
    for (const { user, event } of day.billing) {
      if (event === 'cancel') cancels.set(user.number, [...(cancels.get(user.number) ?? []), day.day]);
    }
    evening(world, day);
  }
  return { scenario, cancels };
}

const medium = (patch: Patch = {}) => tiny(patch, { days: 75, users: 1500 });

describe('the probability of the next day', () => {
  test('follows the formula of the scenario, recomputed from the files', async () => {
    const world = sandbox(NO_DIRT);
    await world.generate();
    const { rawDir, truthDir } = world.workspace;
    const days = calendar('2026-01-01', DAYS);
    const dayOf = new Map(Array.from({ length: DAYS }, (_, day) => [days.date(day), day]));
    const counts = new Map<string, { all: number[]; tickets: number[]; failures: number[] }>();
    for (const { user_id, event_ts, event_type } of events(rawDir)) {
      const mine = counts.get(user_id!) ?? { all: [], tickets: [], failures: [] };
      counts.set(user_id!, mine);
      const day = dayOf.get(event_ts.slice(0, 10))!;
      const add = (list: number[]) => {
        list[day] = (list[day] ?? 0) + 1;
      };
      add(mine.all);
      if (event_type === 'ticket_opened') add(mine.tickets);
      if (event_type === 'payment_failed') add(mine.failures);
    }
    const history = groupBy(billing(rawDir), (row) => row.user);
    const planOdds: Record<string, number> = { free: 0.6, basic: 0.3, pro: -0.3, team: -0.8 };
    let checked = 0;
    let worst = 0;
    for (const { date_day, user_id, p_1d } of truthRows(truthDir, 'churn_probability.csv')) {
      const day = dayOf.get(date_day!)!;
      // The events of the last minute of the last day are not in the files.
      if (day === DAYS - 1) continue;
      const past = history.get(user_id!)!.filter((row) => row.date <= date_day!);
      const since = dayOf.get(past.filter((row) => row.event === 'start').at(-1)!.date)!;
      const first = dayOf.get(past[0]!.date)!;
      const plan = past.at(-1)!.plan;
      const mine = counts.get(user_id!) ?? { all: [], tickets: [], failures: [] };
      const sum = (list: number[], window: number) => {
        let total = 0;
        for (let d = Math.max(since, day - window + 1); d <= day; d++) total += list[d] ?? 0;
        return total;
      };
      const lived = day - since + 1;
      let last = since;
      for (let d = since; d <= day; d++) if (mine.all[d]) last = d;
      const trend = Math.log(
        (sum(mine.all, 7) / Math.min(7, lived) + 0.143) / (sum(mine.all, 28) / Math.min(28, lived) + 0.143),
      );
      const logOdds =
        -5.6 +
        -1.2 * trend +
        0.12 * Math.min(21, day - last) +
        0.8 * Math.min(5, sum(mine.tickets, 14)) +
        0.9 * Math.min(4, sum(mine.failures, 28)) +
        -0.3 * Math.log(1 + day - first) +
        planOdds[plan]!;
      worst = Math.max(worst, Math.abs(Number(p_1d) - 1 / (1 + Math.exp(-logOdds))));
      checked++;
    }
    expect(checked).toBeGreaterThan(8000);
    expect(worst).toBeLessThan(1e-8);
  });

  test('is calibrated: its mean over user-days is the rate of cancels on the next day', () => {
    let expected = 0;
    let variance = 0;
    const { cancels } = live(medium(), (world, { day }) => {
      if (day === 74) return;
      for (const user of world.users) {
        if (!user.subscriber) continue;
        expected += user.hazard;
        variance += user.hazard * (1 - user.hazard);
      }
    });
    const observed = [...cancels.values()].flat().length;
    expect(observed).toBeGreaterThan(300);
    expect(Math.abs(observed - expected)).toBeLessThan(3 * Math.sqrt(variance));
  });

  test('the files hold one row a user who is active at the end of the day', async () => {
    const world = sandbox();
    await world.generate();
    const active = new Set<string>();
    const changes = groupBy(billing(world.workspace.rawDir), (row) => row.date);
    const wanted: string[] = [];
    for (let day = 0; day < DAYS; day++) {
      const date = calendar('2026-01-01', DAYS).date(day);
      for (const { user, event } of changes.get(date) ?? []) {
        if (event === 'start') active.add(user);
        if (event === 'cancel') active.delete(user);
      }
      wanted.push(...[...active].sort().map((user) => `${date} ${user}`));
    }
    const keys = (name: string) =>
      truthRows(world.workspace.truthDir, name).map((row) => `${row.date_day} ${row.user_id}`);
    expect(keys('churn_probability.csv')).toEqual(wanted);
    const weekly = new Set(
      Array.from({ length: Math.ceil(DAYS / 7) }, (_, week) => calendar('2026-01-01', DAYS).date(DAYS - 1 - 7 * week)),
    );
    expect(keys('churn_window_probability.csv')).toEqual(wanted.filter((key) => weekly.has(key.slice(0, 10))));
    for (const { p_7d, p_14d, p_30d } of truthRows(world.workspace.truthDir, 'churn_window_probability.csv')) {
      if (!(0 < Number(p_7d) && Number(p_7d) < Number(p_14d) && Number(p_14d) < Number(p_30d) && Number(p_30d) < 1)) {
        throw new Error(`${p_7d} ${p_14d} ${p_30d}`);
      }
    }
  });
});

describe('the probability of a window', () => {
  test('is calibrated by decile for 7, 14 and 30 days', () => {
    const scenario = medium();
    const rows: { user: number; day: number; p: readonly number[] }[] = [];
    const { cancels } = live(scenario, (world, { day }) => {
      // Windows of 30 days that do not overlap, so that the outcomes are independent given the probabilities.
      if (day !== 14 && day !== 44) return;
      const active = world.users.filter((user) => user.subscriber);
      const subscribers = active.map((user) => user.subscriber!);
      const all = windowProbabilities(scenario, world.dynamics, subscribers, day);
      for (const [index, user] of active.entries()) rows.push({ user: user.number, day, p: all[index]! });
    });
    expect(rows.length).toBeGreaterThan(2000);
    for (const [index, horizon] of [7, 14, 30].entries()) {
      const sorted = rows
        .map(({ user, day, p }) => ({
          p: p[index]!,
          cancelled: (cancels.get(user) ?? []).some((at) => at > day && at <= day + horizon),
        }))
        .sort((a, b) => a.p - b.p);
      let chiSquare = 0;
      const size = Math.ceil(sorted.length / 10);
      for (let from = 0; from < sorted.length; from += size) {
        const decile = sorted.slice(from, from + size);
        const expected = decile.reduce((sum, { p }) => sum + p, 0);
        const variance = decile.reduce((sum, { p }) => sum + p * (1 - p), 0);
        chiSquare += (decile.filter(({ cancelled }) => cancelled).length - expected) ** 2 / variance;
      }
      // The 99.9 % quantile with ten degrees of freedom.
      expect({ horizon, chiSquare: chiSquare < 29.6 }).toEqual({ horizon, chiSquare: true });
      // The spread is what makes it worth knowing: the last decile cancels several times as often as the first.
      expect(sorted.at(-1)!.p).toBeGreaterThan(4 * sorted[0]!.p);
    }
  });

  test('moves nothing in the world, and does not depend on it beyond the state', () => {
    const scenario = tiny({}, { days: 30 });
    const plain = live(scenario, () => {});
    const watched = live(scenario, (world, { day }) => {
      const subscribers = world.users.flatMap((user) => user.subscriber ?? []);
      const once = windowProbabilities(scenario, world.dynamics, subscribers.slice(0, 5), day, 4);
      expect(windowProbabilities(scenario, world.dynamics, subscribers.slice(0, 5), day, 4)).toEqual(once);
    });
    expect(watched.cancels).toEqual(plain.cancels);
  });

  test('within 7 days is above that of the next day', () => {
    const scenario = medium();
    live({ ...scenario, days: 20 }, (world, { day }) => {
      if (day !== 19) return;
      const users = world.users.filter((user) => user.subscriber);
      const all = windowProbabilities(
        scenario,
        world.dynamics,
        users.map((user) => user.subscriber!),
        day,
      );
      const tooLow = users.filter((user, index) => all[index]![0]! <= user.hazard);
      expect(tooLow).toEqual([]);
    });
  });
});

describe('behaviour drives churn', () => {
  /** Share of users who cancel within 14 days after their first ticket. */
  const afterTicket = (coefficient: number) => {
    const first = new Map<number, number>();
    const { cancels } = live(
      medium({ 'churn.drivers.tickets_14d.coefficient': coefficient }),
      (_, { day, userDays }) => {
        for (const { user, tickets } of userDays)
          if (tickets > 0 && !first.has(user.number)) first.set(user.number, day);
      },
    );
    const churned = [...first].filter(([user, day]) =>
      (cancels.get(user) ?? []).some((at) => at > day && at <= day + 14),
    );
    return churned.length / first.size;
  };

  test('a larger coefficient of tickets means more cancels after a ticket', () => {
    const weak = afterTicket(0);
    const strong = afterTicket(1.5);
    expect(weak).toBeGreaterThan(0);
    expect(strong).toBeGreaterThan(1.7 * weak);
  });

  test('users without tickets have the same luck whatever the coefficient', () => {
    const without = (coefficient: number) => {
      const patch = { 'churn.drivers.tickets_14d.coefficient': coefficient, 'events.incidents.ticket_opened.rate': 0 };
      return live(medium(patch), () => {}).cancels;
    };
    expect(without(2)).toEqual(without(0));
  });

  test.each([
    ['free', 'churn.drivers.plan.log_odds.free', 2],
    ['failed payments', 'churn.drivers.failed_payments_28d.coefficient', 3],
    ['idleness', 'churn.drivers.days_idle.coefficient', 0.4],
    ['tenure', 'churn.drivers.log_tenure.coefficient', 0.3],
  ])('more weight on %s means more cancels', (_, path, value) => {
    const total = (patch: Patch) => [...live(medium(patch), () => {}).cancels.values()].flat().length;
    expect(total({ [path]: value })).toBeGreaterThan(1.15 * total({}));
  });
});
