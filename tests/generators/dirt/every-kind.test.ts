import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DirtSpec, KINDS } from '../../../generators/dirt/rule.ts';
import { groupBy, lines, type Sandbox, sandbox, tryParse } from '../worlds.ts';

/**
 * A rule of each kind, so that what it leaves in the files can be told from what the others leave there. Those that strike records do so
 * at a rate of 2 %, those that strike files at 30 %.
 */
const RECORDS: DirtSpec = {
  late: {
    kind: 'late',
    source: 'events',
    rate: 0.02,
    delays: [{ share: 1, min_hours: 2, mean_hours: 4, max_hours: 9 }],
  },
  duplicate: { kind: 'duplicate', source: 'events', rate: 0.02 },
  near_duplicate: { kind: 'near_duplicate', source: 'events', column: 'session_id', rate: 0.02 },
  null_user: { kind: 'null_user', source: 'events', rate: 0.02 },
  missing_value: { kind: 'missing_value', source: 'events', column: 'session_id', rate: 0.02 },
  infinite: { kind: 'infinite', source: 'events', column: 'props.duration_ms', rate: 0.02 },
  out_of_range: { kind: 'out_of_range', source: 'events', column: 'props.duration_ms', value: -0.5, rate: 0.02 },
  negative: { kind: 'negative', source: 'events', column: 'props.duration_ms', rate: 0.02 },
  outlier: { kind: 'outlier', source: 'events', column: 'props.duration_ms', factor: 1e6, rate: 0.02 },
  wrong_type: { kind: 'wrong_type', source: 'events', column: 'props.duration_ms', rate: 0.02 },
  unknown_category: { kind: 'unknown_category', source: 'events', column: 'props.country', rate: 0.02 },
  misspelt_category: { kind: 'misspelt_category', source: 'events', column: 'props.channel', rate: 0.02 },
  mixed_format: { kind: 'mixed_format', source: 'events', column: 'event_ts', rate: 0.02 },
  personal_data: { kind: 'personal_data', source: 'events', column: 'props', rate: 0.02 },
  future: { kind: 'future', source: 'events', column: 'event_ts', mean_hours: 5, rate: 0.02 },
  malformed: { kind: 'malformed', source: 'events', rate: 0.02 },
};
const FILES: DirtSpec = {
  missing_column: { kind: 'missing_column', source: 'payments', column: 'tax', rate: 0.3 },
  renamed_column: { kind: 'renamed_column', source: 'products', column: 'price', to: 'cost', rate: 0.3 },
  changed_type: { kind: 'changed_type', source: 'candidates', column: 'training_hours', rate: 0.3 },
  new_column: { kind: 'new_column', source: 'order_payments', column: 'processor', values: ['a', 'b'], rate: 0.3 },
  truncated_file: { kind: 'truncated_file', source: 'transactions', rate: 0.3 },
  empty_file: { kind: 'empty_file', source: 'orders', rate: 0.3 },
  out_of_order_days: { kind: 'out_of_order_days', source: 'touches', rate: 0.3 },
};
const DAYS = 60;

let world: Sandbox;
beforeAll(async () => {
  world = sandbox({ dirt: { ...RECORDS, ...FILES }, drift: undefined }, { keep: true });
  await world.generate({ overrides: { days: DAYS, users: 120, eventsPerDay: 400 } });
});
afterAll(() => world.remove());

const linesOf = (source: string) => [...lines(world.workspace.rawDir, source)];

/** Four standard errors of the rate around it. */
const expectRate = (hits: number, n: number, rate: number) =>
  expect(Math.abs(hits / n - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / n));

test('there is one of each kind', () => {
  expect(Object.values({ ...RECORDS, ...FILES }).map(({ kind }) => kind)).toEqual(Object.keys(KINDS));
});

test('faults of records are in the files at their rate', () => {
  const texts = linesOf('events').flatMap(([, all]) => all);
  const whole = texts.flatMap((text) => tryParse(text) ?? []);
  // A copy of a struck event is struck in the same way, so each event is looked at once.
  const byId = groupBy(whole, ({ event_id }) => event_id);
  const originals = [...byId.values()].map((copies) => copies[0]!);
  expect(originals.length).toBeGreaterThan(18_000);
  const count = (is: (row: (typeof whole)[number]) => boolean) => originals.filter(is).length;
  const share = (hits: number) => expectRate(hits, originals.length, 0.02);
  const durations = originals.map(({ props }) => props.duration_ms as unknown);
  const delay = (row: (typeof whole)[number]) => Date.parse(row.received_ts) - Date.parse(row.event_ts);
  const ISO = /^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z$/;
  const dated = originals.filter(({ event_ts }) => ISO.test(event_ts));
  // Of the last hours, late events arrive after the end.
  const settled = dated.filter(({ event_ts }) => event_ts < '2026-03-01T15');

  expectRate(settled.filter((row) => delay(row) >= 2 * 3_600_000).length, settled.length, 0.02);
  share(
    [...byId.values()].filter((copies) => copies.length > new Set(copies.map((row) => JSON.stringify(row))).size)
      .length,
  );
  share([...byId.values()].filter((copies) => new Set(copies.map(({ session_id }) => session_id)).size > 1).length);
  share(count(({ user_id }) => user_id === null));
  share(count(({ session_id }) => session_id === null));
  share(durations.filter((value) => value === 'inf' || value === '-inf').length);
  share(durations.filter((value) => value === -0.5).length);
  share(durations.filter((value) => typeof value === 'number' && value <= -1).length);
  share(durations.filter((value) => typeof value === 'number' && value >= 1e6).length);
  share(durations.filter((value) => typeof value === 'string' && !value.endsWith('inf')).length);
  share(count(({ props }) => ['zzz_unknown', 'n.a.'].includes(props.country)));
  share(count(({ props }) => !['web', 'ios', 'android'].includes(props.channel)));
  share(count(({ event_ts }) => !ISO.test(event_ts)));
  share(count(({ props }) => /@mail\.example|\+1 202 555 01/.test(JSON.stringify(props))));
  expectRate(dated.filter((row) => delay(row) < 0).length, dated.length, 0.02);
  expectRate(texts.length - whole.length, texts.length, 0.02);
});

test('faults of files are there at their rate', () => {
  const csv = (source: string) => linesOf(source).map(([date, [header = '', ...rows]]) => ({ date, header, rows }));
  const share = (hits: number, rate = 0.3) => expectRate(hits, DAYS, rate);
  const columns = (source: string) => csv(source).map(({ header }) => header.split(','));
  share(columns('payments').filter((names) => !names.includes('tax')).length);
  share(columns('products').filter((names) => names.includes('cost') && !names.includes('price')).length);
  share(csv('candidates').filter(({ rows }) => rows.some((row) => row.includes('about '))).length);
  share(columns('order_payments').filter((names) => names.includes('processor')).length);
  share(csv('orders').filter(({ rows }) => rows.length === 0).length);
  const files = csv('transactions').map(({ date }) =>
    readFileSync(join(world.workspace.rawDir, 'transactions', `${date}.csv`), 'utf8'),
  );
  share(files.filter((text) => !text.endsWith('\n')).length);
  // A day that is not yet swapped begins a swap with the two of them: r of the steps are of two days.
  const swapped = csv('touches').filter(({ date, rows }) => !rows.some((row) => row.split(',')[2]!.startsWith(date)));
  share(swapped.length, (2 * 0.3) / 1.3);
});
