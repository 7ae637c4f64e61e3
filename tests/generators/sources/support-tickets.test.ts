import { beforeAll, describe, expect, test } from 'vitest';
import { ticketLuck } from '../../../generators/luck.ts';
import { userId } from '../../../generators/people.ts';
import type { Rec } from '../../../generators/source.ts';
import { nightsOpen, ticketFate } from '../../../generators/tickets.ts';
import { groupBy, NO_DIRT, tiny } from '../worlds.ts';
import { type Lived, live } from './live.ts';

const scenario = tiny({
  ...NO_DIRT,
  support_tickets: { csat: { answer_rate: 0.5, after_one_day: 3.5, drop_per_doubling: 0.4, spread: 0.5 } },
  'population.opening_users': 900,
  'events.incidents.ticket_opened.rate': 0.12,
});
const { severities, medianHours, spread } = scenario.supportTickets!;
const hoursOf = ({ created_ts, resolved_ts }: Rec) =>
  (Date.parse(String(resolved_ts)) - Date.parse(String(created_ts))) / 3_600_000;

let lived: Lived;
let opened: Rec[];
let resolved: Rec[];
beforeAll(() => {
  lived = live(scenario, ['support_tickets']);
  opened = lived.of('support_tickets').filter(({ resolved_ts }) => resolved_ts === null);
  resolved = lived.of('support_tickets').filter(({ resolved_ts }) => resolved_ts !== null);
  expect(resolved.length).toBeGreaterThan(2000);
});

describe('support tickets', () => {
  test('are those of the world, one row each when they are opened', () => {
    const world = lived.world.flatMap(({ date, userDays }) =>
      userDays.flatMap(({ user, tickets }) => Array.from({ length: tickets }, () => `${userId(user.number)} ${date}`)),
    );
    const rows = opened.map(({ user_id, created_ts }) => `${user_id} ${String(created_ts).slice(0, 10)}`);
    expect(rows.sort()).toEqual(world.sort());
  });

  test('come again when they are resolved, with nothing else changed, or are still open on the last day', () => {
    const first = new Map(opened.map((row) => [row.ticket_id, row]));
    const wrong = resolved.filter((row) => {
      const asOpened = JSON.stringify({ ...row, resolved_ts: null, csat_score: null });
      return asOpened !== JSON.stringify(first.get(row.ticket_id!)) || !(hoursOf(row) > 0);
    });
    expect(wrong).toEqual([]);
    expect(new Set(resolved.map(({ ticket_id }) => ticket_id)).size).toBe(resolved.length);
    const end = lived.startMs + scenario.days * 86_400_000;
    expect(resolved.every(({ resolved_ts }) => Date.parse(String(resolved_ts)) < end)).toBe(true);
  });

  test('are open on the nights on which the driver of churn counts them', () => {
    for (const row of resolved.slice(0, 500)) {
      const [user, day, index] = String(row.ticket_id)
        .slice(1)
        .split('-')
        .map((part) => Number.parseInt(part, 36));
      const fate = ticketFate(scenario, ticketLuck(scenario.seed, user!, day!, index!));
      const at = (text: unknown) => Math.floor((Date.parse(String(text)) - lived.startMs) / 86_400_000);
      // On the day of the signup nobody asks before it, so an answer of minutes may move over midnight.
      if (hoursOf(row) > 0.1) expect(at(row.resolved_ts) - at(row.created_ts)).toBe(nightsOpen(fate));
    }
  });

  test('have the severities and hours of the scenario', () => {
    const bySeverity = groupBy(opened, ({ severity }) => String(severity));
    severities.values.forEach((severity, index) => {
      const share = (bySeverity.get(severity)?.length ?? 0) / opened.length;
      const weight = severities.weights[index]!;
      expect(Math.abs(share - weight)).toBeLessThan(4 * Math.sqrt((weight * (1 - weight)) / opened.length));
    });
    // Those of the first month are all resolved by the end: no slow ones are missing.
    for (const [index, severity] of severities.values.entries()) {
      const logs = resolved
        .filter((row) => row.severity === severity && String(row.created_ts) < '2026-02-01')
        .map((row) => Math.log(hoursOf(row)));
      const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
      expect(Math.abs(mean - Math.log(medianHours[index]!))).toBeLessThan((4 * spread) / Math.sqrt(logs.length));
    }
  });

  test('make users unhappy in proportion to the doublings of the time', () => {
    const answered = resolved.filter(({ csat_score }) => csat_score !== null);
    expect(Math.abs(answered.length / resolved.length - 0.5)).toBeLessThan(2 / Math.sqrt(resolved.length));
    expect(answered.every(({ csat_score }) => [1, 2, 3, 4, 5].includes(Number(csat_score)))).toBe(true);
    // Least squares where the score is not cut: 3 hours to 6 days are means of 4.7 to 2.5.
    const points = answered
      .map((row) => ({ x: Math.log2(hoursOf(row) / 24), y: Number(row.csat_score) }))
      .filter(({ x }) => x > -2 && x < 2.5);
    const n = points.length;
    const mean = (of: (p: { x: number; y: number }) => number) => points.reduce((sum, p) => sum + of(p), 0) / n;
    const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
    const sxx = mean(({ x }) => (x - mx) ** 2);
    const slope = mean(({ x, y }) => (x - mx) * (y - my)) / sxx;
    const residual = mean(({ x, y }) => (y - my - slope * (x - mx)) ** 2);
    expect(Math.abs(slope + 0.4)).toBeLessThan(0.03 + 4 * Math.sqrt(residual / (n * sxx)));
    expect(Math.abs(my - slope * mx - 3.5)).toBeLessThan(0.03 + 4 * Math.sqrt(residual / n));
  });
});
