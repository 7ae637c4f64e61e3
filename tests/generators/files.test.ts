import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billing, type EventRow, events, lines, type Sandbox, sandbox, tryParse, users } from './worlds.ts';

/** What must hold in the files of any world, looked at as a reader of the files would. */
describe('the files of the tiny world', () => {
  let world: Sandbox;
  let rows: EventRow[];
  let profiles: ReturnType<typeof users>;
  let subscriptions: ReturnType<typeof billing>;

  beforeAll(async () => {
    world = sandbox({}, { keep: true });
    await world.generate();
    rows = events(world.workspace.rawDir);
    profiles = users(world.workspace.rawDir);
    subscriptions = billing(world.workspace.rawDir);
    expect(rows.length).toBeGreaterThan(20_000);
    expect(subscriptions.filter(({ event }) => event === 'cancel').length).toBeGreaterThan(50);
  });
  afterAll(() => world.remove());

  test('an event lies in the file of its receipt, in the order of receipt', () => {
    for (const [file, texts] of lines(world.workspace.rawDir, 'events')) {
      const parsed = texts.flatMap((text) => tryParse(text) ?? []);
      expect(new Set(parsed.map((row) => row.received_ts.slice(0, 10)))).toEqual(new Set([file]));
      // A copy arrives a little after its original with the same stamp, so it is left out.
      const seen = new Set<string>();
      const firsts = parsed.filter(({ event_id }) => !seen.has(event_id) && seen.add(event_id));
      expect(firsts.map((row) => row.received_ts)).toEqual(firsts.map((row) => row.received_ts).sort());
    }
  });

  test('an event has its shape and is received after it happened', () => {
    const stamp = /^2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
    const keys = 'event_id,event_ts,received_ts,user_id,device_id,session_id,event_type,props';
    const wrong = rows.filter(
      (row) =>
        Object.keys(row).join() !== keys ||
        !stamp.test(row.event_ts) ||
        !stamp.test(row.received_ts) ||
        row.received_ts <= row.event_ts ||
        !(row.props.duration_ms >= 0),
    );
    expect(wrong).toEqual([]);
  });

  test('an id belongs to one event; sessions and devices belong to one user', () => {
    const by = (key: 'session_id' | 'device_id' | 'event_id') => {
      const owners = new Map<string, Set<string>>();
      for (const row of rows) {
        if (row.user_id === null) continue;
        const set = owners.get(row[key]);
        if (set) set.add(`${row.user_id} ${key === 'event_id' ? row.event_ts : ''}`);
        else owners.set(row[key], new Set([`${row.user_id} ${key === 'event_id' ? row.event_ts : ''}`]));
      }
      return [...owners.values()].filter((set) => set.size > 1);
    };
    expect(by('session_id')).toEqual([]);
    expect(by('device_id')).toEqual([]);
    expect(by('event_id')).toEqual([]);
  });

  test('the events of a session lie within a day and in few hours', () => {
    const spans = new Map<string, [string, string]>();
    for (const { session_id, event_ts } of rows) {
      const [low, high] = spans.get(session_id) ?? [event_ts, event_ts];
      spans.set(session_id, [event_ts < low ? event_ts : low, event_ts > high ? event_ts : high]);
    }
    expect(spans.size).toBeGreaterThan(5000);
    const wrong = [...spans.values()].filter(
      ([low, high]) => high.slice(0, 10) !== low.slice(0, 10) || Date.parse(high) - Date.parse(low) > 4 * 3_600_000,
    );
    expect(wrong).toEqual([]);
  });

  test('every user has one first row, in the file of its day, and signs up once', () => {
    const created = new Map<string, string>();
    for (const { user_id, created_ts, updated_ts, file } of profiles) {
      expect(updated_ts.slice(0, 10)).toBe(file);
      expect(updated_ts >= created_ts).toBe(true);
      const before = created.get(user_id);
      if (before === undefined) expect(updated_ts).toBe(created_ts);
      else {
        expect(created_ts).toBe(before);
        expect(updated_ts > created_ts).toBe(true);
      }
      created.set(user_id, created_ts);
    }
    expect(profiles.length).toBeGreaterThan(created.size + 20);
    expect(new Set(profiles.map(({ email }) => email)).size).toBe(created.size);
    const starts = new Map<string, string>();
    for (const { user, date, event } of subscriptions)
      if (event === 'start' && !starts.has(user)) starts.set(user, date);
    expect(starts).toEqual(new Map([...created].map(([user, at]) => [user, at.slice(0, 10)])));
  });

  test('billing tells a possible story of every user', () => {
    const price: Record<string, number> = { free: 0, basic: 19, pro: 49, team: 149 };
    const now = new Map<string, { plan: string; since: string } | undefined>();
    const days = new Set<string>();
    const counts: Record<string, number> = {};
    for (const { date, user, event, plan } of subscriptions) {
      expect(days.has(`${user} ${date}`)).toBe(false);
      days.add(`${user} ${date}`);
      counts[event] = (counts[event] ?? 0) + 1;
      const current = now.get(user);
      if (event === 'start') {
        expect(current).toBeUndefined();
        now.set(user, { plan, since: date });
        continue;
      }
      expect(current).toBeDefined();
      if (event === 'upgrade') expect(price[plan]).toBeGreaterThan(price[current!.plan]!);
      else if (event === 'downgrade') expect(price[plan]).toBeLessThan(price[current!.plan]!);
      else expect(plan).toBe(current!.plan);
      if (event === 'renew') {
        expect(price[plan]).toBeGreaterThan(0);
        // February 2026 ends on the 28th: who started on the 29th to 31st renews then.
        expect(Math.min(Number(current!.since.slice(8)), date.startsWith('2026-02') ? 28 : 31)).toBe(
          Number(date.slice(8)),
        );
      }
      now.set(user, event === 'cancel' ? undefined : { plan, since: current!.since });
    }
    for (const event of ['start', 'upgrade', 'downgrade', 'renew', 'cancel']) expect(counts[event]).toBeGreaterThan(3);
    // Some come back.
    expect(counts.start).toBeGreaterThan(now.size + 5);
  });

  test('nobody acts before the signup or outside a subscription', () => {
    const created = new Map(profiles.map(({ user_id, created_ts }) => [user_id, created_ts]));
    const active = new Map<string, [string, string][]>();
    for (const { date, user, event } of subscriptions) {
      const spans = active.get(user) ?? [];
      if (event === 'start') spans.push([date, '9999-12-31']);
      if (event === 'cancel') spans.at(-1)![1] = date;
      active.set(user, spans);
    }
    const wrong = rows.filter(({ user_id, event_ts }) => {
      if (user_id === null) return false;
      const day = event_ts.slice(0, 10);
      return event_ts <= created.get(user_id)! || !active.get(user_id)!.some(([from, to]) => from <= day && day <= to);
    });
    expect(wrong).toEqual([]);
    // The cancel day is lived: some users act on it.
    const cancels = new Set(
      subscriptions.filter(({ event }) => event === 'cancel').map(({ user, date }) => `${user} ${date}`),
    );
    expect(rows.some(({ user_id, event_ts }) => cancels.has(`${user_id} ${event_ts.slice(0, 10)}`))).toBe(true);
  });

  test('payments fail on the plans that pay, only', () => {
    const plans = new Map<string, [string, string][]>();
    for (const { date, user, event, plan } of subscriptions) {
      const known = plans.get(user) ?? [];
      if (event !== 'renew' && event !== 'cancel') known.push([date, plan]);
      plans.set(user, known);
    }
    const failures = rows.filter(({ event_type, user_id }) => event_type === 'payment_failed' && user_id !== null);
    expect(failures.length).toBeGreaterThan(50);
    for (const { user_id, event_ts } of failures) {
      // A plan that changed on the day of the failure may have paid until then.
      const day = event_ts.slice(0, 10);
      const history = plans.get(user_id!)!;
      const onDay = history.filter(([date]) => date === day).map(([, plan]) => plan);
      const before = history.filter(([date]) => date < day).at(-1)?.[1];
      expect([...onDay, before]).not.toEqual(['free']);
      expect([...onDay, before].some((plan) => plan !== 'free' && plan !== undefined)).toBe(true);
    }
  });

  test('the interface variant appears with the drift day, one a user, and the mix of events shifts', () => {
    const drift = '2026-01-31';
    expect(rows.filter(({ event_ts, props }) => (props.ui_variant !== undefined) !== event_ts >= drift)).toEqual([]);
    const variants = new Map<string, Set<string>>();
    for (const { user_id, props } of rows) {
      if (props.ui_variant === undefined || user_id === null) continue;
      const mine = variants.get(user_id);
      if (mine) mine.add(props.ui_variant);
      else variants.set(user_id, new Set([props.ui_variant]));
    }
    expect([...variants.values()].every((set) => set.size === 1)).toBe(true);
    expect(new Set([...variants.values()].flatMap((set) => [...set]))).toEqual(new Set(['classic', 'tide']));
    const share = (from: string, to: string) => {
      const some = rows.filter(({ event_ts }) => event_ts >= from && event_ts < to);
      return some.filter(({ event_type }) => event_type === 'page_view').length / some.length;
    };
    // 40 of 100 usage weights before, 24 of 96 after.
    expect(share('2026-01-01', drift)).toBeCloseTo(0.39, 1);
    expect(share(drift, '2026-04-01')).toBeCloseTo(0.24, 1);
    expect(share('2026-01-01', drift) - share(drift, '2026-04-01')).toBeGreaterThan(0.1);
  });
});
