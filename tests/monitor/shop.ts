import type { Project } from '../support/project.ts';

const FILES: Readonly<Record<string, string>> = {
  'configs/datasets/shop/dataset.yaml': `version: 1
title: Shop
description: A shop.
sources: [events, billing, users]
model: churn
plans: [{ plan_id: gold, plan_name: Gold, monthly_price_usd: 30 }]
`,
  'configs/datasets/shop/events.yaml': `version: 1
source: events
description: One row per event.
owner: growth
files: { pattern: "events/*.jsonl", format: jsonl }
columns:
  event_id: { type: string, required: true, description: Identifier. }
  user_id: { type: string, required: true, description: The user. }
  event_type: { type: string, required: true, allowed: [login, page_view], description: Kind. }
  event_value: { type: number, min: 0, plausible: [0, 600], description: Minutes. }
  event_ts: { type: timestamp, required: true, description: When it happened. }
  received_ts: { type: timestamp, required: true, description: When it arrived. }
grain: [event_id]
event_time: event_ts
received_time: received_ts
lateness: { late_after_seconds: 3600 }
criticality: { high: 0.7 }
`,
  'configs/datasets/shop/billing.yaml': `version: 1
source: billing
description: One row per change of a membership.
owner: finance
files: { pattern: "billing/*.csv", format: csv, delimiter: ";" }
columns:
  user_id: { type: string, required: true, from: Member No, description: Member. }
  event: { type: string, required: true, allowed: [start, cancel], description: Kind of change. }
  plan_id: { type: string, required: true, value: gold, description: The plan. }
  billing_date: { type: date, required: true, from: day, description: Day of the change. }
grain: [user_id, billing_date, event]
`,
  'configs/datasets/shop/users.yaml': `version: 1
source: users
description: One row per state of a user.
owner: growth
files: { pattern: "users/*.jsonl", format: jsonl }
columns:
  user_id: { type: string, required: true, description: Identifier. }
  full_name: { type: string, from: [profile.name, nick], personal: drop, description: Name. }
  email: { type: string, personal: hash, description: Address. }
  country: { type: string, pattern: "^[A-Z]{2}$", description: Country. }
  created_ts: { type: timestamp, required: true, description: When the user was created. }
  updated_ts: { type: timestamp, required: true, description: When this state began. }
grain: [user_id, updated_ts]
received_time: updated_ts
`,
};

const event = (id: string, more: object = {}): string =>
  JSON.stringify({
    event_id: id,
    user_id: 'u1',
    event_type: 'login',
    event_ts: '2026-01-01T10:00:00Z',
    received_ts: '2026-01-01T10:00:01Z',
    ...more,
  });

/** The raw files of each load: the first is good but for a line, the second has every kind of trouble. */
export const LOADS: readonly Readonly<Record<string, string>>[] = [
  {
    'events/1.jsonl': `${Array.from({ length: 199 }, (_, i) => event(`e${i}`)).join('\n')}\n${event('', { event_value: 3 })}\n`,
    'billing/1.csv': 'Member No;event;day\nu1;start;2026-01-01\nu2;start;2026-01-01\n',
    'users/1.jsonl':
      '{"user_id":"u1","profile":{"name":"Ann Lee"},"email":"ann@example.com","country":"DE","created_ts":"2026-01-01T00:00:00Z","updated_ts":"2026-01-01T00:00:00Z"}\n',
  },
  {
    'events/2.jsonl': [
      // Again, later received, late, unknown, two reasons, no JSON.
      event('e1'),
      event('e2', { received_ts: '2026-01-01T10:05:00Z' }),
      event('n1', { received_ts: '2026-01-02T10:00:00Z', event_value: 9000 }),
      event('n2', { event_type: 'logout' }),
      event('n3', { event_type: 'sign-out', event_value: -1 }),
      '{"event_id":"n4","user_id":"call +1 202 555 0123',
      '',
    ].join('\n'),
    'billing/2.csv':
      'Member No;event;day\r\nu1;cancel;2026-02-30\r\n;start;2026-02-01\r\nu3;start;2026-02-01;extra\r\n"u ""4""";stop;2026-02-01\r\n',
    'users/2.jsonl': [
      '{"user_id":"u2","nick":"Bo \\"<b>\\" Roe","email":"bo@example.com","country":"germany","created_ts":"2026-01-02T00:00:00Z","updated_ts":"2026-01-02T00:00:00Z"}',
      '{"user_id":"u3","profile":{"name":"Cy Vance","name2":"x"},"country":"fr","created_ts":"now: cy@example.com","updated_ts":"2026-01-02T00:00:00Z"}',
      '{"user_id":"u4","profile":{"name":"Di Fo","emai',
      '',
    ].join('\n'),
  },
];

export function writeShop(project: Project): void {
  for (const [path, text] of Object.entries(FILES)) project.write(path, text);
}

export function writeLoad(project: Project, n: number): void {
  for (const [path, text] of Object.entries(LOADS[n]!)) project.write(`data/raw/shop/${path}`, text);
}

/** Runs a command on the shop; throws with what it said when it did not end well. */
export async function onShop(project: Project, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const result = await project.tidemark(...args, '--dataset', 'shop');
  if (result.code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${result.code}\n${result.stderr}`);
  return result;
}
