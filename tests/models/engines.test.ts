import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../core/random.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { type Target, targetName } from '../../warehouse/target.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { differences, rowsOf } from './compare.ts';
import { loadAndRun, type RawEvent, writeWorld } from './world.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;
const DAYS = 45;
const iso = (time: number) => new Date(time).toISOString();
const date = (day: number) => iso(START + day * DAY).slice(0, 10);
const SCHEMAS = ['bronze', 'silver', 'analytics', 'gold', 'marts'];
/** Users whose names sort in another order by bytes than in a dictionary. */
const USERS = ['anna', 'Anna', 'bob-1', 'bob_1', 'bob1', 'Zoë', 'ähnlich', 'u 7'];

function randomEvents(): RawEvent[] {
  const r = random(20260302, 'engines');
  const events: RawEvent[] = [];
  for (const user of USERS) {
    for (let day = 0; day < DAYS; day++) {
      for (let i = r.poisson(1.5); i > 0; i--) {
        const at = START + day * DAY + r.int(DAY);
        const delay = r.pick([1000, 7_200_000, 3 * DAY, 20 * DAY], [6, 1, 2, 1]);
        if (at + delay >= START + DAYS * DAY) continue;
        events.push({
          user,
          at: iso(at),
          received: iso(at + delay),
          type: r.pick(['login', 'page_view', 'feature_used', 'ticket_opened', 'payment_failed']),
          session: `${user}-${day}`,
          ...(r.chance(0.5) ? { value: r.int(1_000_000) / 100 } : {}),
        });
      }
    }
  }
  return events;
}

const BILLING = [
  ...USERS.map((user, i) => `${date(i)},${user},start,${['free', 'basic', 'pro'][i % 3]}`),
  `${date(12)},anna,upgrade,pro`,
  `${date(20)},anna,cancel,pro`,
  `${date(25)},anna,start,basic`,
  `${date(9)},Anna,renew,basic`,
  `${date(30)},Anna,cancel,basic`,
  `${date(31)},bob1,cancel,free`,
  // Records that silver refuses.
  `2026-02-30,bob1,start,free`,
  `${date(3)},bob1,jump,free`,
  `,bob1,start,free`,
  `${date(DAYS - 1)},last,start,free`,
];

/** Lines that are dirty in ways in which engines could read them differently. */
const DIRTY = [
  ['"event_ts":"2026-01-10T24:00:00Z"', '"props":{}'],
  ['"event_ts":"2026-01-10T10:00:60Z"', '"props":{}'],
  ['"event_ts":"2026-02-29T10:00:00Z"', '"props":{}'],
  ['"event_ts":"2026-01-10 10:00:00+05:30"', '"props":{"duration_ms":"1e3"}'],
  ['"event_ts":"2026-01-10T10:00:00.1234567Z"', '"props":{"duration_ms":12.50}'],
  ['"event_ts":"2026-01-10"', '"props":{"duration_ms":"Infinity"}'],
  ['"event_ts":"2026-01-10T10:00:00+16:00"', '"props":{"duration_ms":-1}'],
  ['"event_ts":"infinity"', '"props":{"duration_ms":1e200000}'],
  ['"event_ts":1767225600', '"props":{"duration_ms":"0x10"}'],
  ['"event_ts":"2026-01-11T10:00:00Z"', '"props":{"channel":null,"country":""}'],
  ['"event_ts":"2026-01-12T10:00:00Z"', '"props":{"channel":{"deep":[1]},"country":"it\'s \\\\ \\u00e9 \\t"}'],
  ['"event_ts":"2026-01-13T10:00:00Z"', '"props":[]'],
  ['"event_ts":"2026-01-14T10:00:00Z"', '"props":{"duration_ms":"١٢"}'],
].map(
  ([ts, props], i) =>
    `{"event_id":"dirty${i}",${ts},"received_ts":"2026-01-20T10:00:00Z","user_id":"anna","session_id":"s${i}","device_id":"d","event_type":"login",${props}}`,
);

let project: Project;
let database: Database;
let duckdb: Warehouse;
let postgres: Warehouse;

beforeAll(async () => {
  database = await makeDatabase();
  project = makeProject({ keep: true });
  // Half of this world is late on purpose.
  project.edit('configs/datasets/synthetic/dataset.yaml', 'late_rate_threshold: 0.1', 'late_rate_threshold: 1');
  writeWorld(project, {
    events: randomEvents(),
    billing: BILLING,
    users: USERS.flatMap((user_id, i) => [
      { user_id, signup_channel: 'ads', country: 'DE', role: 'admin', created_ts: iso(START), updated_ts: iso(START) },
      ...(i % 2 === 0
        ? [{ user_id, country: 'FR', created_ts: iso(START), updated_ts: iso(START + i * DAY + 5000) }]
        : []),
    ]),
  });
  project.write(
    'data/raw/synthetic/events/dirty.jsonl',
    [...DIRTY, '{"not json', '[1]', DIRTY[9], '{"event_id":"\\u0000"}', '{"event_id":"\\ud800"}', ''].join('\n'),
  );
  await loadAndRun(project);
  await loadAndRun(project.withEnv({ DATABASE_URL: database.url }));
  duckdb = await openWarehouse({ engine: 'duckdb', file: project.path('data', 'synthetic.duckdb'), readOnly: true });
  postgres = await openWarehouse({ engine: 'postgres', connectionString: database.url, readOnly: true });
});

afterAll(async () => {
  await duckdb?.close();
  await postgres?.close();
  await database?.remove();
  removeProject(project);
});

describe('DuckDB and Postgres', () => {
  test('hold the same tables and views', async () => {
    const of = async (warehouse: Warehouse) =>
      (await warehouse.relations([...SCHEMAS, 'assertions', 'ops'])).map(
        ({ target, type }) => `${type} ${targetName(target)}`,
      );
    expect(await of(postgres)).toEqual(await of(duckdb));
  });

  test('hold the same rows in every table from bronze to marts', async () => {
    const tables: Target[] = [];
    for (const schema of SCHEMAS) tables.push(...(await duckdb.relations([schema])).map(({ target }) => target));
    expect(tables.map(targetName)).toContain('gold.gold_user_features_daily');
    for (const table of tables) {
      const expected = await rowsOf(duckdb, table);
      const found = await rowsOf(postgres, table);
      expect(Object.keys(found[0] ?? {}), targetName(table)).toEqual(Object.keys(expected[0] ?? {}));
      expect(differences(expected, found).slice(0, 10), targetName(table)).toEqual([]);
    }
    // Each kind of dirt is there, so that the comparison says something.
    expect((await rowsOf(postgres, { schema: 'silver', name: 'rejects_events' })).length).toBeGreaterThan(8);
    expect((await rowsOf(postgres, { schema: 'gold', name: 'gold_user_features_daily' })).length).toBeGreaterThan(200);
  });

  test('loading again adds nothing, and another prefix is another warehouse', async () => {
    const { code, stderr } = await project.tidemark('load', '--warehouse', 'duckdb', '--schema-prefix', 'x_');
    expect([code, stderr]).toEqual([
      2,
      'error USAGE\n  --schema-prefix x_ makes sense on Postgres only; on DuckDB each data set has a file of its own\n' +
        '  Read `tidemark <command> --help`; the message names the nearest match. (docs/errors.md#usage)\n',
    ]);
    const there = project.withEnv({ DATABASE_URL: database.url });
    const again = JSON.parse((await there.tidemark('load', '--json')).stdout);
    expect(again.sources.map(({ rowsAdded }: { rowsAdded: number }) => rowsAdded)).toEqual([0, 0, 0, 0, 0]);
    const fresh = JSON.parse((await there.tidemark('load', '--json', '--schema-prefix', 'other_')).stdout);
    expect(fresh.sources.every(({ rowsAdded }: { rowsAdded: number }) => rowsAdded > 0)).toBe(true);
    const run = await there.tidemark('run', '--schema-prefix', 'other_', '--actions', 'dim_date', '--include-deps');
    expect(run.code, run.stderr).toBe(0);
    const other = await openWarehouse({
      engine: 'postgres',
      connectionString: database.url,
      schemaPrefix: 'other_',
      readOnly: true,
    });
    expect(await rowsOf(other, { schema: 'analytics', name: 'dim_date' })).toEqual(
      await rowsOf(postgres, { schema: 'analytics', name: 'dim_date' }),
    );
    await other.close();
  });
});
