import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Row, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { differences, rowsOf } from './compare.ts';
import { execute, failures, loadFiles, planOf } from './in-process.ts';
import { writeWorld } from './world.ts';

const DAYS = 30;
const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => day(from + i));
const at = (n: number, hour = 12) => `${day(n)}T${hour}:00:00Z`;
const USERS = ['u0', 'u1', 'u2'];
const raw = (event_id: string, user_id: string, event_ts: string, received_ts: string, event_type = 'login') =>
  JSON.stringify({
    event_id,
    user_id,
    session_id: `${user_id} ${event_ts}`,
    event_type,
    event_ts,
    received_ts,
    props: {},
  });

/** Two users act on every day but 11. What is late has happened on the days 10 and 12, and arrives on day 20. */
const LATE = [
  raw('late', 'u1', at(10), at(20)),
  // Of an event that is there: it was another kind, and it was on another day, which loses its only event.
  raw('moved', 'u2', at(12), at(20), 'ticket_opened'),
  raw('late and wrong', 'u1', 'yesterday', at(20)),
];
const MOVED = raw('moved', 'u2', at(11), at(11));

const TABLES = ['silver', 'analytics', 'gold'];
type Tables = ReadonlyMap<string, Row[]>;

let project: Project;
let database: Database;

beforeAll(async () => {
  database = await makeDatabase();
  project = makeProject({ keep: true });
  project.edit('configs/datasets/synthetic/dataset.yaml', 'late_rate_threshold: 0.1', 'late_rate_threshold: 1');
  writeWorld(project, {
    events: range(0, DAYS - 1).flatMap((_, n) =>
      n === 11 ? [] : USERS.slice(0, 2).map((user) => ({ user, at: at(n) })),
    ),
    billing: USERS.map((user) => `${day(0)},${user},start,basic`),
    users: USERS.map((user_id) => ({ user_id, created_ts: at(0), updated_ts: at(0) })),
  });
  project.write('data/raw/synthetic/events/moved.jsonl', `${MOVED}\n`);
});
afterAll(async () => {
  removeProject(project);
  await database?.remove();
});

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  let warehouse: Warehouse;
  let connection: Connection;
  let graph: CompiledGraph;
  let before: Tables;

  const run = async (fullRefresh = false) =>
    expect(failures(await execute(await planOf(graph, warehouse, { fullRefresh }), warehouse))).toEqual([]);

  /** The rows of all tables from silver to gold. */
  async function tables(): Promise<Tables> {
    const found = (await warehouse.relations(TABLES)).map(({ target }) => target);
    const rows = new Map<string, Row[]>();
    for (const target of found) rows.set(target.name, await rowsOf(warehouse, target));
    return rows;
  }

  beforeAll(async () => {
    warehouse = await openWarehouse(
      engine === 'postgres' ? { engine, connectionString: database.url } : { engine, file: ':memory:' },
    );
    connection = await warehouse.connect();
    graph = await compileProject({ projectDir: project.dir, engine, vars: { sources: '' } });
    rmSync(project.path('data/raw/synthetic/events/late.jsonl'), { force: true });
    await loadFiles(project, 'synthetic', warehouse);
    await run();
    before = await tables();
  });
  afterAll(async () => {
    await connection?.close();
    await warehouse?.close();
  });

  test('late data changes exactly the days that it belongs to, in every table, and leaves what a full refresh would', async () => {
    project.write('data/raw/synthetic/events/late.jsonl', `${LATE.join('\n')}\n`);
    await loadFiles(project, 'synthetic', warehouse);
    await run();
    const after = await tables();
    const changed = Object.fromEntries(
      [...after]
        .map(([name, rows]) => [name, daysThatDiffer(before.get(name)!, rows)])
        .filter(([, days]) => days!.length > 0),
    );
    expect(changed).toEqual({
      // Without a day of its own, by the day on which it happened; the record without one is rejected.
      stg_events: [day(10), day(11), day(12), 'none'],
      rejects_events: ['none'],
      silver_events: [day(10), day(11), day(12)],
      fct_product_usage_daily: [day(10), day(11), day(12)],
      fct_user_events: [day(10), day(11), day(12)],
      fct_sessions: [day(10), day(11), day(12)],
      // The rate of seven days looks back.
      fct_events_daily: range(10, 18),
      // A day knows what had arrived: nothing before day 20 may change but what an event loses that never was on its day.
      gold_user_features_daily: range(11, DAYS - 1),
    });
    await run(true);
    for (const [name, rows] of await tables()) expect(differences(rows, after.get(name)!), name).toEqual([]);
  });

  test('a run with nothing new writes no row', async () => {
    const plan = await planOf(graph, warehouse);
    const { actions } = await execute(plan, warehouse);
    const written = actions
      .filter(({ kind, status }) => kind === 'incremental' && status === 'SUCCESSFUL')
      .map(({ name, tasks }) => [
        name,
        tasks.filter(({ sql }) => /^\s*(merge|insert|delete)/i.test(sql)).map(({ rows }) => rows),
      ]);
    expect(written.length).toBeGreaterThan(5);
    for (const [name, rows] of written)
      expect(
        (rows as number[]).filter((n) => n > 0),
        name as string,
      ).toEqual([]);
  });

  test('the books name the rows that are lost, or there twice', async () => {
    const books = async (source: string, ...tampering: string[]) => {
      const action = graph.actions.find(({ target }) => target.name === `rows_accounted_${source}`)!;
      if (action.kind !== 'assertion') throw new Error('no assertion');
      const { query } = action;
      let rows: Row[] = [];
      const undone = new Error('undone');
      await connection
        .transaction(async () => {
          for (const sql of tampering) await connection.execute(sql);
          rows = await connection.rows(query);
          throw undone;
        })
        .catch((error) => {
          if (error !== undone) throw error;
        });
      return rows
        .map(({ message, loaded_date, source_file, line_no }) =>
          [message, loaded_date, source_file, line_no].filter((value) => value !== null).join(' | '),
        )
        .sort();
    };
    const sums = (text: string) => `${text} | 2026-03-01`;
    expect(await books('users')).toEqual([]);
    expect(await books('users', `delete from silver.silver_users where user_id = 'u1'`)).toEqual([
      'an accepted record of the row is not in silver | 2026-03-01 | users/all.jsonl | 2',
      sums('bronze rows 3, staged rows 3, accepted 3, in silver 2, rejected 0, in rejects 0, duplicates 0'),
    ]);
    expect(await books('users', `delete from bronze.users where line_no = 3`)).toEqual([
      'bronze holds 2 rows of the file; read and no duplicate were 3 | users/all.jsonl',
      sums('bronze rows 2, staged rows 3, accepted 3, in silver 3, rejected 0, in rejects 0, duplicates 0'),
      'the row is not in bronze | 2026-03-01 | users/all.jsonl | 3',
    ]);
    expect(
      await books(
        'users',
        `delete from silver.stg_users where line_no = 1`,
        `delete from silver.silver_users where line_no = 1`,
      ),
    ).toEqual([
      sums('bronze rows 3, staged rows 2, accepted 2, in silver 2, rejected 0, in rejects 0, duplicates 0'),
      'the row has no record in staging | 2026-03-01 | users/all.jsonl | 1',
    ]);
    // Counts that agree do not hide that a row stands in the place of another.
    expect(await books('users', `update silver.silver_users set row_hash = 'another' where line_no = 2`)).toEqual([
      'an accepted record of the row is not in silver | 2026-03-01 | users/all.jsonl | 2',
      sums('bronze rows 3, staged rows 3, accepted 3, in silver 3, rejected 0, in rejects 0, duplicates 0'),
      'the row is not in bronze | 2026-03-01 | users/all.jsonl | 2',
    ]);
    expect(await books('events', `delete from silver.rejects_events`)).toEqual([
      'a rejected record of the row is not among the rejects | 2026-03-01 | events/late.jsonl | 3',
      sums('bronze rows 62, staged rows 62, accepted 60, in silver 60, rejected 1, in rejects 0, duplicates 1'),
    ]);
  });
});

/** The days of rows that only one side has; `none` for rows without a day. */
function daysThatDiffer(before: readonly Row[], after: readonly Row[]): string[] {
  const of = (row: Row) =>
    String(
      row.date_day ?? row.event_date ?? row.session_date ?? (row.event_ts as string | null)?.slice(0, 10) ?? 'none',
    );
  const texts = (rows: readonly Row[]) => new Map(rows.map((row) => [JSON.stringify(row), of(row)]));
  const [a, b] = [texts(before), texts(after)];
  const days = [...a].filter(([text]) => !b.has(text)).concat([...b].filter(([text]) => !a.has(text)));
  return [...new Set(days.map(([, found]) => found))].sort();
}
