import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableAction } from '../../runner/graph.ts';
import { loadStatements, planIncremental } from '../../runner/plan-incremental.ts';
import { tableAfter } from '../../runner/table-after.ts';
import type { LoadTask } from '../../runner/task.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';

let database: Database;
const open: Partial<Record<'duckdb' | 'postgres', { warehouse: Warehouse; connection: Connection }>> = {};

beforeAll(async () => {
  database = await makeDatabase();
  for (const engine of ['duckdb', 'postgres'] as const) {
    const warehouse = await (engine === 'duckdb'
      ? openWarehouse({ engine, file: ':memory:' })
      : openWarehouse({ engine, connectionString: database.url }));
    const connection = await warehouse.connect();
    await connection.execute(warehouse.statements.createSchema('d'));
    open[engine] = { warehouse, connection };
  }
});

afterAll(async () => {
  for (const { warehouse, connection } of Object.values(open)) {
    await connection.close();
    await warehouse.close();
  }
  await database.remove();
});

const target = { schema: 'd', name: 't' };

function incremental(settings: Partial<NonNullable<TableAction['incremental']>>, partitionBy?: string): TableAction {
  return {
    kind: 'incremental',
    target,
    canonicalTarget: target,
    dependencies: [],
    tags: [],
    disabled: false,
    fileName: 't.sqlx',
    description: '',
    columns: [],
    properties: {},
    query: '',
    preOperations: [],
    postOperations: [],
    materialized: false,
    bigquery: partitionBy === undefined ? {} : { partitionBy },
    incremental: {
      query: '',
      preOperations: [],
      postOperations: [],
      uniqueKey: [],
      predicates: [],
      strategy: 'INSERT',
      onSchemaChange: 'IGNORE',
      protected: false,
      ...settings,
    },
  };
}

type Row = readonly [id: number, day: number | null, amount: number | null];

/** Typed also where there is no row and where a column holds nothing but null. */
const sqlOf = (rows: readonly Row[]): string =>
  [
    'select cast(null as integer) as id, cast(null as integer) as day, cast(null as integer) as amount where 1 = 0',
    ...rows.map((row) => `select ${row.map(String).join(', ')}`),
  ].join(' union all ');

const nullable = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null });
const row: fc.Arbitrary<Row> = fc.tuple(fc.integer({ min: 0, max: 4 }), nullable, nullable);
const rows = fc.array(row, { maxLength: 6 });
const uniqueBy = (key: (row: Row) => unknown) => fc.uniqueArray(row, { maxLength: 6, selector: key });
const complete = ([id, day, amount]: Row): Row => [id, day ?? 0, amount];

const merge = { strategy: 'MERGE', uniqueKey: ['id'] } as const;
const STRATEGIES = {
  insert: [incremental({}), rows],
  'merge by one key': [incremental(merge), uniqueBy(([id]) => id)],
  'merge by two keys': [
    incremental({ ...merge, uniqueKey: ['id', 'day'] }),
    uniqueBy(([id, day]) => `${id} ${day ?? 0}`).map((all) => all.map(complete)),
  ],
  'merge within a partition': [incremental({ ...merge, updatePartitionFilter: 'day > 1' }), uniqueBy(([id]) => id)],
  'merge under predicates': [
    incremental({ ...merge, predicates: ['DATAFORM_DEST.amount < DATAFORM_SOURCE.amount'] }),
    uniqueBy(([id]) => id),
  ],
  'overwrite of partitions': [incremental({ strategy: 'INSERT_OVERWRITE' }, 'day'), rows],
  'overwrite under predicates': [
    incremental({ strategy: 'INSERT_OVERWRITE', predicates: ['DATAFORM_DEST.amount < 2'] }, 'day'),
    rows,
  ],
} as const satisfies Record<string, readonly [TableAction, fc.Arbitrary<Row[]>]>;

describe.each(Object.entries(STRATEGIES))('the rows after a run, %s', (_, [action, newRows]) => {
  test.each([
    ['duckdb', 60],
    ['postgres', 20],
  ] as const)('are those of a real table on %s', async (engine, numRuns) => {
    const { warehouse, connection } = open[engine]!;
    const { statements } = warehouse;
    const sorted = async (sql: string) => (await connection.rows(sql)).map((found) => JSON.stringify(found)).sort();
    await fc.assert(
      fc.asyncProperty(rows, newRows, async (before, added) => {
        const described = async (sql: string) => ({ sql, columns: await connection.describe(sql) });
        const [old, fresh] = [await described(sqlOf(before)), await described(sqlOf(added))];
        const { query, checks } = tableAfter(action, old, fresh, statements);
        for (const { sql } of checks) expect(await connection.rows(sql)).toEqual([{ n: 0 }]);
        const predicted = await sorted(query);

        const { tasks } = planIncremental(action, old.columns, statements, []);
        const load = { ...tasks.find((task): task is LoadTask => task.type === 'load')!, query: fresh.sql };
        const columns = old.columns.map(({ name }) => name);
        for (const sql of [
          `drop table if exists ${statements.relation(target)}`,
          `create table ${statements.relation(target)} as ${old.sql}`,
          ...loadStatements(load, columns, statements),
        ])
          await connection.execute(sql);
        expect(predicted).toEqual(await sorted(`select * from ${statements.relation(target)}`));
      }),
      { numRuns },
    );
  });
});
