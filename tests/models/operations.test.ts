import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { execute, failures, loadFiles, planOf } from './in-process.ts';

const event = (event_id: string, received_ts: string, more: object = {}) =>
  JSON.stringify({
    event_id,
    event_ts: '2026-01-01T10:00:00Z',
    received_ts,
    user_id: 'u',
    session_id: 's',
    event_type: 'login',
    props: {},
    ...more,
  });
const FIRST = event('first', '2026-01-01T10:00:00Z');
const FILES = {
  'events/2026-01-01.jsonl': [
    FIRST,
    FIRST,
    event('nobody', '2026-01-01T11:00:00Z', { user_id: null }),
    '{"event_id":',
    event('late', '2026-01-01T14:00:00Z'),
    event('wrong', '2026-01-01T23:00:00Z', { event_type: 'zzz', props: { duration_ms: -1 } }),
  ],
  // The same event again, which makes the first one a duplicate.
  'events/2026-01-03.jsonl': [event('first', '2026-01-03T12:00:00Z')],
  'billing/2026-01-02.csv': ['billing_date,user_id,event,plan_id', '2026-01-02,u,start,basic'],
  'users/all.jsonl': ['{"user_id":"u","created_ts":"2026-01-01T00:00:00Z","updated_ts":"2026-01-01T00:00:00Z"}'],
};

let project: Project;
let warehouse: Warehouse;
let connection: Connection;
beforeAll(async () => {
  project = makeProject({ keep: true });
  project.edit('configs/datasets/synthetic/dataset.yaml', /^optional_sources:\n(?: {2}- .*\n)+/m, '');
  for (const [path, lines] of Object.entries(FILES))
    project.write(`data/raw/synthetic/${path}`, `${lines.join('\n')}\n`);
  warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  connection = await warehouse.connect();
  const graph = await compileProject({ projectDir: project.dir, engine: 'duckdb', vars: { sources: '' } });
  await loadFiles(project, 'synthetic', warehouse);
  const selection = { actions: ['mart_operations'], includeDependencies: true };
  expect(failures(await execute(await planOf(graph, warehouse, selection), warehouse))).toEqual([]);
});
afterAll(async () => {
  await connection?.close();
  await warehouse?.close();
  removeProject(project);
});

test('mart_operations says of each source and day what came and what became of it', async () => {
  const rows = await connection.rows(`select * from marts.mart_operations where source = 'events' order by date_day`);
  const nothing = {
    rejected_unreadable: 0,
    rejected_missing: 0,
    rejected_wrong_type: 0,
    rejected_not_allowed: 0,
    rejected_out_of_range: 0,
    rejected_broken_rule: 0,
    rejected_personal_data: 0,
    unaccounted_rows: 0,
    is_reconciled: true,
    source: 'events',
  };
  expect(rows).toEqual([
    {
      ...nothing,
      date_day: '2026-01-01',
      rows_in: 6,
      silver_rows: 1,
      rejected_rows: 3,
      // The last record has two reasons.
      rejected_unreadable: 1,
      rejected_missing: 1,
      rejected_not_allowed: 1,
      rejected_out_of_range: 1,
      duplicate_rows: 2,
      late_rows: 1,
      rejected_rate: 0.75,
      late_rate: 1,
      hours_behind: 10,
      newest_ts: '2026-01-01T14:00:00.000Z',
    },
    {
      ...nothing,
      date_day: '2026-01-02',
      rows_in: 0,
      silver_rows: 0,
      rejected_rows: 0,
      duplicate_rows: 0,
      late_rows: 0,
      rejected_rate: null,
      late_rate: null,
      // Another source came on this day.
      hours_behind: 34,
      newest_ts: '2026-01-01T14:00:00.000Z',
    },
    {
      ...nothing,
      date_day: '2026-01-03',
      rows_in: 1,
      silver_rows: 1,
      rejected_rows: 0,
      duplicate_rows: 0,
      late_rows: 1,
      rejected_rate: 0,
      late_rate: 1,
      hours_behind: 12,
      newest_ts: '2026-01-03T12:00:00.000Z',
    },
  ]);
});

test('a file without a day in its name counts on the day of its load, and a row that makes many records as one', async () => {
  const rows = await connection.rows(
    `select source, date_day = cast(current_date as date) as is_today, rows_in, silver_rows, unaccounted_rows
     from marts.mart_operations where source in ('users', 'fx_rates') order by source`,
  );
  expect(rows).toEqual([
    { source: 'fx_rates', is_today: false, rows_in: 1095, silver_rows: 12_045, unaccounted_rows: 0 },
    { source: 'users', is_today: false, rows_in: 1, silver_rows: 1, unaccounted_rows: 0 },
  ]);
});

test('a row that is nowhere is not accounted for', async () => {
  await connection.execute('delete from silver.silver_events');
  const graph = await compileProject({ projectDir: project.dir, engine: 'duckdb', vars: { sources: '' } });
  const { actions } = await execute(
    await planOf(graph, warehouse, { actions: ['mart_operations', 'marts_mart_operations_assertions_rowConditions'] }),
    warehouse,
  );
  expect(actions.map(({ name, status, rows }) => [name, status, rows])).toEqual([
    ['marts.mart_operations', 'SUCCESSFUL', 8],
    ['assertions.marts_mart_operations_assertions_rowConditions', 'FAILED', 2],
  ]);
});
