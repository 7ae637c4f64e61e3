import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../core/random.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { loadAndRun, type RawEvent, writeWorld } from './world.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');
const DAYS = 60;
const iso = (time: number) => new Date(time).toISOString();
const dayOf = (text: string) => Math.floor((Date.parse(text) - START) / DAY);
const date = (day: number) => iso(START + day * DAY).slice(0, 10);

/** Eight users whose events arrive at once, hours late or weeks late; whatever would arrive after the last day is not in the files. */
function randomEvents(): RawEvent[] {
  const r = random(20260301, 'features');
  const types = ['login', 'page_view', 'feature_used', 'ticket_opened', 'payment_failed', 'api_call'];
  const events: RawEvent[] = [];
  for (let user = 0; user < 8; user++) {
    for (let day = 0; day < DAYS; day++) {
      // Long silences, so that windows empty and fill again.
      if (Math.floor(day / 12) % 2 === user % 2) continue;
      for (let i = r.poisson(1.2); i > 0; i--) {
        const at = START + day * DAY + r.int(DAY);
        const delay = r.pick([1000, 7_200_000, 3 * DAY, 20 * DAY, 40 * DAY], [6, 1, 2, 2, 1]);
        if (at + delay >= START + DAYS * DAY) continue;
        const hour = new Date(at).getUTCHours();
        events.push({
          user: `u${user}`,
          at: iso(at),
          received: iso(at + delay),
          type: r.pick(types),
          session: `u${user}-${day}-${Math.floor(hour / 8)}`,
          ...(r.chance(0.5) ? { value: r.int(100_000) / 10 } : {}),
        });
      }
    }
  }
  return events;
}

/** What gold must say of a user at the end of a day, straight from the definition: look at each event that had arrived. */
function expected(events: readonly RawEvent[], user: string, day: number) {
  const known = events.filter(
    (event) => event.user === user && dayOf(event.received!) <= day && dayOf(event.at) <= day,
  );
  const within = (days: number) => known.filter((event) => dayOf(event.at) > day - days);
  const distinct = (list: readonly RawEvent[], of: (event: RawEvent) => unknown) => new Set(list.map(of)).size;
  const late = (event: RawEvent) => Math.floor((Date.parse(event.received!) - Date.parse(event.at)) / 1000) > 3600;
  const values = within(28).flatMap(({ value }) => (value === undefined ? [] : [value]));
  const last = Math.max(...known.map((event) => dayOf(event.at)));
  return {
    events_1d: within(1).length,
    events_7d: within(7).length,
    events_14d: within(14).length,
    events_28d: within(28).length,
    sessions_1d: distinct(within(1), ({ session }) => session),
    sessions_7d: distinct(within(7), ({ session }) => session),
    sessions_14d: distinct(within(14), ({ session }) => session),
    sessions_28d: distinct(within(28), ({ session }) => session),
    active_days_1d: distinct(within(1), ({ at }) => dayOf(at)),
    active_days_7d: distinct(within(7), ({ at }) => dayOf(at)),
    active_days_14d: distinct(within(14), ({ at }) => dayOf(at)),
    active_days_28d: distinct(within(28), ({ at }) => dayOf(at)),
    // The world has neither tickets nor accounts.
    open_tickets: null,
    seats: null,
    event_types_28d: distinct(within(28), ({ type }) => type),
    tickets_14d: within(14).filter(({ type }) => type === 'ticket_opened').length,
    failed_payments_28d: within(28).filter(({ type }) => type === 'payment_failed').length,
    days_since_last_event: known.length === 0 ? day : day - last,
    late_rate_7d: within(7).length === 0 ? null : within(7).filter(late).length / within(7).length,
    event_value_mean_28d: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
    usage_trend_7d_28d: Math.log(((within(7).length + 1) * 4) / (within(28).length + 4)),
    last_received_date: known.length === 0 ? null : date(Math.max(...known.map(({ received }) => dayOf(received!)))),
  };
}

const events = randomEvents();
const users = [...new Set(events.map(({ user }) => user))];
let project: Project;
beforeAll(async () => {
  project = makeProject({ keep: true });
  // Half of this world is late on purpose.
  project.edit('configs/datasets/synthetic/dataset.yaml', 'late_rate_threshold: 0.1', 'late_rate_threshold: 1');
  writeWorld(project, {
    events,
    billing: [...users.map((user) => `${date(0)},${user},start,basic`), `${date(DAYS - 1)},witness,start,free`],
    users: [
      ...users.map((user_id) => ({
        user_id,
        signup_channel: 'ads',
        country: 'DE',
        role: 'admin',
        created_ts: iso(START),
        updated_ts: iso(START),
      })),
      {
        user_id: 'u0',
        signup_channel: 'ads',
        country: 'FR',
        role: 'viewer',
        created_ts: iso(START),
        updated_ts: iso(START + 10 * DAY + 5000),
      },
      {
        user_id: 'u0',
        signup_channel: 'ads',
        country: 'IT',
        role: 'viewer',
        created_ts: iso(START),
        updated_ts: iso(START + 10 * DAY + 9000),
      },
    ],
  });
  await loadAndRun(project);
});
afterAll(() => removeProject(project));

describe('gold_user_features_daily', () => {
  test('every feature of every user and day equals its definition on what had arrived by then', async () => {
    const rows = await project.query(
      `select * from gold.gold_user_features_daily where user_id <> 'witness' order by user_id, date_day`,
    );
    expect(rows.length).toBe(users.length * DAYS);
    let late = 0;
    for (const row of rows) {
      const day = dayOf(`${row.date_day}T00:00:00Z`);
      const want = expected(events, String(row.user_id), day);
      for (const [name, value] of Object.entries(want)) {
        const at = `${name} of ${row.user_id} on ${row.date_day}`;
        if (typeof value === 'number') expect(row[name], at).toBeCloseTo(value, 9);
        else expect(row[name], at).toBe(value);
      }
      if (
        want.events_28d <
        events.filter((e) => e.user === row.user_id && dayOf(e.at) <= day && dayOf(e.at) > day - 28).length
      )
        late++;
    }
    // The test would say little if nearly everything arrived on its day.
    expect(late).toBeGreaterThan(rows.length / 4);
  });

  test('an attribute is that of the last state known on the day', async () => {
    const rows = await project.query(
      `select date_day, country, role from gold.gold_user_features_daily where user_id = 'u0' and date_day in ('${date(9)}', '${date(10)}') order by date_day`,
    );
    expect(rows).toEqual([
      { date_day: date(9), country: 'DE', role: 'admin' },
      { date_day: date(10), country: 'IT', role: 'viewer' },
    ]);
  });

  test('what arrives later changes no day before its arrival', async () => {
    const before = await project.query(
      `select * from gold.gold_user_features_daily where date_day < '${date(50)}' order by user_id, date_day`,
    );
    const lateness: RawEvent = {
      user: 'u1',
      at: iso(START + 45 * DAY),
      received: iso(START + 50 * DAY),
      type: 'login',
      session: 'late',
    };
    const line = JSON.stringify({
      event_id: 'late',
      event_ts: lateness.at,
      received_ts: lateness.received,
      user_id: 'u1',
      session_id: 'late',
      event_type: 'login',
      props: {},
    });
    project.write('data/raw/synthetic/events/later.jsonl', `${line}\n`);
    await loadAndRun(project);
    const after = await project.query(
      `select * from gold.gold_user_features_daily where date_day < '${date(50)}' order by user_id, date_day`,
    );
    expect(after).toEqual(before);
    const [row] = await project.query(
      `select events_7d from gold.gold_user_features_daily where user_id = 'u1' and date_day = '${date(50)}'`,
    );
    expect(row!.events_7d).toBe(expected([...events, lateness], 'u1', 50).events_7d);
  });
});

test('fct_events_daily has every day, also one without events', async () => {
  const rows = await project.query(
    'select date_day, events, dau, late_events, late_rate from analytics.fct_events_daily order by date_day',
  );
  expect(rows.map((row) => row.date_day)).toEqual(Array.from({ length: DAYS }, (_, day) => date(day)));
  const total = rows.reduce((sum, row) => sum + Number(row.events), 0);
  expect(total).toBe(events.length + 1);
  for (const row of rows) expect(row.late_rate === null).toBe(row.events === 0);
});
