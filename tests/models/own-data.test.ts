import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeProject, type Project, removeProject } from '../support/project.ts';

/** Somebody's own data: other names, other formats, no users, no time of receipt. Two YAML files and no SQL. */
const DATASET = `
version: 1
title: Acme
description: A gym.
sources: [events, billing]
model: churn
plans: [{ plan_id: gold, plan_name: Gold, monthly_price_usd: 30 }]
`;
const EVENTS = `
version: 1
source: events
description: One row per visit.
owner: gym
files: { pattern: visits.csv, format: csv, delimiter: ";" }
columns:
  event_id: { type: string, required: true, concat: { fields: [Member No, Visit], separator: "/" }, description: Member and visit. }
  user_id: { type: string, required: true, from: [Member No, Guest of], description: Member. }
  event_type: { type: string, required: true, from: Kind, map: { g: gym, s: sauna }, allowed: [gym, sauna], description: Kind of visit. }
  event_value: { type: number, from: Minutes, min: 0, max: 600, description: Minutes. }
  event_ts: { type: timestamp, required: true, days_after: { date: Joined, days: Day, at_least: 0 }, description: Day of the visit. }
grain: [event_id]
event_time: event_ts
`;
const BILLING = `
version: 1
source: billing
description: One row per change of a membership.
owner: gym
files: { pattern: members.jsonl, format: jsonl }
columns:
  user_id: { type: string, required: true, from: member.no, description: Member. }
  event: { type: string, required: true, value: start, allowed: [start, cancel], description: Kind of change. }
  plan_id: { type: string, required: true, value: gold, description: The plan. }
  billing_date: { type: date, required: true, from: joined, description: Day of the change. }
records:
  - columns: { event: { value: start } }
  - when: { field: left, is: present }
    columns: { event: { value: cancel }, billing_date: { from: left } }
grain: [user_id, billing_date, event]
`;
const VISITS = `Member No;Visit;Kind;Minutes;Joined;Day;Guest of
m1;1;g;60;2026-01-01;0;
m1;2;s;30,5;2026-01-01;3;
m1;3;s;45;2026-01-01;-2;
m2;1;x;60;2026-01-05;0;
m2;2;g;9000;2026-01-05;2;
;4;g;20;2026-01-05;3;m2
`;
const MEMBERS = [
  { member: { no: 'm1' }, joined: '2026-01-01', left: '2026-01-10' },
  { member: { no: 'm2' }, joined: '2026-01-05' },
  { member: { no: 'm3' }, joined: '2026-02-30' },
];

let project: Project;
beforeAll(async () => {
  project = makeProject({ keep: true });
  project.write('configs/datasets/acme/dataset.yaml', DATASET);
  project.write('configs/datasets/acme/events.yaml', EVENTS);
  project.write('configs/datasets/acme/billing.yaml', BILLING);
  project.write('data/raw/acme/visits.csv', VISITS.replaceAll('\n', '\r\n'));
  project.write('data/raw/acme/members.jsonl', MEMBERS.map((member) => `${JSON.stringify(member)}\n`).join(''));
  for (const command of ['load', 'run']) {
    const { code, stderr } = await project.tidemark(command, '--dataset', 'acme');
    if (code !== 0) throw new Error(stderr);
  }
});
afterAll(() => removeProject(project));

const query = (sql: string) => project.query(sql, 'acme');

describe('a data set of one’s own', () => {
  test('is mapped to the canonical columns', async () => {
    expect(
      await query(
        'select event_id, user_id, event_type, event_value, event_date from silver.silver_events order by event_id',
      ),
    ).toEqual([
      { event_id: 'm1/1', user_id: 'm1', event_type: 'gym', event_value: 60, event_date: '2026-01-01' },
      // Day -2 is before the member joined: at_least makes it day 0.
      { event_id: 'm1/3', user_id: 'm1', event_type: 'sauna', event_value: 45, event_date: '2026-01-01' },
    ]);
    expect(
      await query('select user_id, event, billing_date from silver.silver_billing order by user_id, billing_date'),
    ).toEqual([
      { user_id: 'm1', event: 'start', billing_date: '2026-01-01' },
      { user_id: 'm1', event: 'cancel', billing_date: '2026-01-10' },
      { user_id: 'm2', event: 'start', billing_date: '2026-01-05' },
    ]);
  });

  test('keeps what it rejects, with every reason, text and line', async () => {
    expect(await query('select line_no, reasons, raw from silver.rejects_events order by line_no')).toEqual([
      { line_no: 3, reasons: 'event_value:not_number;', raw: 'm1;2;s;30,5;2026-01-01;3;' },
      { line_no: 5, reasons: 'event_type:not_allowed;', raw: 'm2;1;x;60;2026-01-05;0;' },
      { line_no: 6, reasons: 'event_value:above_maximum;', raw: 'm2;2;g;9000;2026-01-05;2;' },
      { line_no: 7, reasons: 'event_id:missing;', raw: ';4;g;20;2026-01-05;3;m2' },
    ]);
    expect(await query('select reasons from silver.rejects_billing')).toEqual([{ reasons: 'billing_date:not_date;' }]);
  });

  test('disables what it has no source for, and says so', async () => {
    const { stdout } = await project.tidemark('compile', '--dataset', 'acme', '--json');
    const { actions } = JSON.parse(stdout) as {
      actions: { target: { name: string }; disabled: boolean; properties: Record<string, unknown> }[];
    };
    const disabled = actions.filter((action) => action.disabled && action.properties.disabledReason);
    const reasons = new Map(disabled.map(({ target, properties }) => [target.name, properties.disabledReason]));
    expect(reasons.get('late_rate_below_threshold')).toBe('the data set acme has no source for events.received_ts');
    expect(reasons.get('valid_late_rate_7d')).toBe('the data set acme has no source for events.received_ts');
    expect(reasons.get('silver_users')).toBe('the data set acme has no source for users');
    expect(reasons.get('silver_orders')).toBe('the data set acme has no source for orders');
    const names = actions.map(({ target }) => target.name);
    expect(names.filter((name) => /^(stg|rejects|rows_accounted)_/.test(name)).sort()).toEqual([
      'rejects_billing',
      'rejects_events',
      'rows_accounted_billing',
      'rows_accounted_events',
      'stg_billing',
      'stg_events',
    ]);
    expect(await query(`select count(*) as n from information_schema.tables where table_name like '%_users'`)).toEqual([
      { n: 0 },
    ]);
  });

  test('reaches gold: attributes that nobody knows are null', async () => {
    expect(
      await query(
        `select events_28d, event_value_mean_28d, country, mrr_usd from gold.gold_user_features_daily where user_id = 'm1' and date_day = '2026-01-05'`,
      ),
    ).toEqual([{ events_28d: 2, event_value_mean_28d: 52.5, country: null, mrr_usd: 30 }]);
  });
});
