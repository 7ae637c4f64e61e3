import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SOURCE_COLUMNS } from '../../generators/sources/columns.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { differences, rowsOf } from './compare.ts';

const NAME = 'synthetic-tiny';
const EXPERIMENT = `
experiments:
  setup: { days: [5, 20], arms: { control: 0.5, guided: 0.5 }, effects: { guided: { churn_log_odds: -0.3 } } }
`;
const SOURCES = Object.keys(SOURCE_COLUMNS);

let project: Project;
let database: Database;
let postgres: Warehouse;

async function must(from: Project, ...args: string[]): Promise<void> {
  const { code, stderr } = await from.tidemark(...args, '--scenario', 'tiny');
  if (code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${code}\n${stderr}`);
}

/** A world with every source, through the contract to silver, on both engines. */
beforeAll(async () => {
  database = await makeDatabase();
  project = makeProject({ keep: true });
  project.write('configs/scenarios/tiny.yaml', project.read('configs/scenarios/tiny.yaml') + EXPERIMENT);
  await must(project, 'generate', '--days', '24', '--users', '60', '--drift-day', '12');
  for (const place of [project, project.withEnv({ DATABASE_URL: database.url })]) {
    await must(place, 'load');
    await must(place, 'run', '--tags', 'silver');
  }
  const there = { engine: 'postgres', connectionString: database.url, schemaPrefix: 'synthetic_tiny_' } as const;
  postgres = await openWarehouse({ ...there, readOnly: true });
});

afterAll(async () => {
  await postgres?.close();
  await database?.remove();
  removeProject(project);
});

/** The file has one writer at a time, so it is open for as long as it is read only. */
async function inDuckdb<T>(work: (duckdb: Warehouse) => Promise<T>): Promise<T> {
  const duckdb = await openWarehouse({
    engine: 'duckdb',
    file: project.path('data', `${NAME}.duckdb`),
    readOnly: true,
  });
  try {
    return await work(duckdb);
  } finally {
    await duckdb.close();
  }
}

const one = async (sql: string) => (await project.query(sql, NAME))[0]!;

describe('every source of the generator', () => {
  test('meets its contract: what is clean is accepted, row by row', async () => {
    for (const source of SOURCES.filter((name) => name !== 'events')) {
      const { bronze, accepted, rejected } = await one(`
        select (select count(*) from bronze.${source}) as bronze,
          (select count(*) from silver.silver_${source}) as accepted,
          (select count(*) from silver.rejects_${source}) as rejected`);
      expect(Number(bronze), source).toBeGreaterThan(0);
      expect(rejected, source).toBe(0);
      // A ticket comes twice, when it is opened and when it is resolved.
      if (source !== 'support_tickets') expect(accepted, source).toBe(bronze);
    }
    const tickets = await one(
      'select count(*) as n, count(resolved_ts) as resolved, count(csat_score) as scored from silver.silver_support_tickets',
    );
    const { rows } = await one('select count(*) as rows from bronze.support_tickets');
    expect(rows).toBe(Number(tickets.n) + Number(tickets.resolved));
    expect(Number(tickets.resolved)).toBeGreaterThan(Number(tickets.scored));
    expect(Number(tickets.scored)).toBeGreaterThan(0);
  });

  test('has its columns in silver', async () => {
    await inDuckdb(async (duckdb) => {
      for (const source of SOURCES) {
        const { columns } = (await duckdb.describe({ schema: 'silver', name: `silver_${source}` }))!;
        expect(columns.length, source).toBeGreaterThanOrEqual(
          SOURCE_COLUMNS[source as keyof typeof SOURCE_COLUMNS].length,
        );
      }
    });
  });

  test('refers to what exists, in the warehouse too', async () => {
    const orphans = (child: string, key: string, parent: string, where = 'true') =>
      one(`select count(*) as n from silver.silver_${child} as c
        where ${where} and not exists (select 1 from silver.silver_${parent} as p where p.${key} = c.${key})`);
    for (const [child, key, parent, where] of [
      ['users', 'account_id', 'accounts'],
      ['payments', 'user_id', 'users'],
      ['support_tickets', 'user_id', 'users'],
      ['touches', 'user_id', 'users', "c.user_id not like 'anon-%'"],
      ['exposures', 'user_id', 'users'],
      ['orders', 'user_id', 'users'],
      ['orders', 'account_id', 'accounts'],
      ['orders', 'product_id', 'products'],
      ['order_payments', 'order_id', 'orders'],
      ['transactions', 'account_id', 'accounts'],
      ['users', 'country', 'countries'],
      ['payments', 'currency', 'fx_rates'],
    ] as const)
      expect(await orphans(child, key, parent, where), `${child}.${key}`).toEqual({ n: 0 });
  });

  test('is the same on DuckDB and Postgres, in every table from bronze to silver', async () => {
    await inDuckdb(async (duckdb) => {
      for (const source of [...SOURCES, 'countries', 'fx_rates']) {
        for (const [schema, prefix] of [
          ['bronze', ''],
          ['silver', 'stg_'],
          ['silver', 'silver_'],
          ['silver', 'rejects_'],
        ] as const) {
          const table = { schema, name: `${prefix}${source}` };
          const rows = await rowsOf(duckdb, table);
          expect(differences(rows, await rowsOf(postgres, table)).slice(0, 5), table.name).toEqual([]);
        }
      }
    });
  });
});

test('the rates of a day stand in one row a currency, the dollar among them', async () => {
  const rows = await project.query(
    `select currency, usd_per_unit from silver.silver_fx_rates where rate_date = '2026-01-01' and currency in ('EUR', 'USD', 'JPY') order by currency`,
    NAME,
  );
  expect(rows.map(({ currency }) => currency)).toEqual(['EUR', 'JPY', 'USD']);
  expect(rows[2]!.usd_per_unit).toBe(1);
  expect(rows[0]!.usd_per_unit).toBeGreaterThan(1);
});

test('a world that no longer makes a source loses its rows, and its model is disabled with the reason', async () => {
  project.edit('configs/scenarios/tiny.yaml', /^marketplace: .*\n/m, '');
  await must(project, 'generate', '--days', '10', '--users', '30', '--drift-day', '5');
  await must(project, 'load', '--prune');
  expect(await one('select count(*) as n from bronze.orders')).toEqual({ n: 0 });
  expect(await one(`select count(*) as n from ops.load_files where source = 'orders'`)).toEqual({ n: 0 });
  const { stdout } = await project.tidemark('compile', '--scenario', 'tiny', '--json');
  const { actions } = JSON.parse(stdout) as {
    actions: { target: { name: string }; disabled: boolean; properties: { disabledReason?: string } }[];
  };
  const orders = actions.find(({ target }) => target.name === 'silver_orders')!;
  expect([orders.disabled, orders.properties.disabledReason]).toEqual([
    true,
    'the data set synthetic has no source for orders',
  ]);
  expect(actions.find(({ target }) => target.name === 'silver_payments')!.disabled).toBe(false);
});
