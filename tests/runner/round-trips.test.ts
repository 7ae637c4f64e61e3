import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import { executePlan } from '../../runner/execute.ts';
import { planRun } from '../../runner/plan.ts';
import type { RunRecord } from '../../runner/record.ts';
import { readState } from '../../runner/state.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { makeDatabase } from '../support/postgres.ts';
import { effects, writeProject } from './helpers.ts';

const SELECTION = { actions: [], tags: [], includeDependencies: false, includeDependents: false, fullRefresh: false };

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  let warehouse: Warehouse;
  let connection: Connection;
  let remove = async () => {};

  beforeAll(async () => {
    let options: WarehouseOptions = { engine: 'duckdb', file: ':memory:' };
    if (engine === 'postgres') {
      const database = await makeDatabase();
      options = { engine, connectionString: database.url };
      remove = database.remove;
    }
    warehouse = await openWarehouse(options);
    connection = await warehouse.connect();
  });
  afterAll(async () => {
    await warehouse.close();
    await remove();
  });

  /** Runs a project and notes what is asked of the engine by it, one entry a message. */
  async function run(
    files: Record<string, string>,
  ): Promise<{ record: RunRecord; messages: string[]; questions: number }> {
    const graph = await compileProject({ projectDir: writeProject(files), engine });
    let questions = 0;
    const state = await readState(
      {
        ...warehouse,
        relations: (schemas) => {
          questions++;
          return warehouse.relations(schemas);
        },
        describeAll: (targets) => {
          questions++;
          return warehouse.describeAll(targets);
        },
      },
      graph,
    );
    const messages: string[] = [];
    const noted = <T extends Connection>(inner: T): T => ({
      ...inner,
      execute: (sql: string) => {
        messages.push(sql);
        return inner.execute(sql);
      },
      rows: (sql: string) => {
        messages.push(sql);
        return inner.rows(sql);
      },
      describe: (sql: string) => {
        messages.push(`describe ${sql}`);
        return inner.describe(sql);
      },
    });
    const plan = planRun(graph, SELECTION, state, warehouse);
    const record = await executePlan(
      plan,
      { ...warehouse, connect: async () => noted(await warehouse.connect()) },
      { concurrency: 1 },
      effects(),
    );
    return { record, messages, questions };
  }

  test('a documented table is one statement and one message of comments, and its rows are known without a count', async () => {
    const { record, messages } = await run({
      'definitions/a.sqlx':
        'config { type: "table", schema: "one", description: "One row.", columns: { n: "A number", m: "Another" } }\nselect 1 as n, 2 as m union all select 3, 4',
    });
    expect(record.actions.map(({ status, rows }) => [status, rows])).toEqual([['SUCCESSFUL', 2]]);
    expect(messages.filter((sql) => sql.startsWith('describe') || sql.includes('count(*)'))).toEqual([]);
    expect(messages.filter((sql) => sql.startsWith('comment'))).toEqual([
      `comment on table "one"."a" is 'One row.';\ncomment on column "one"."a"."n" is 'A number';\ncomment on column "one"."a"."m" is 'Another'`,
    ]);
  });

  test('a description of a column that there is not leaves the other comments and the table in peace', async () => {
    const { record } = await run({
      'definitions/a.sqlx':
        'config { type: "table", schema: "two", description: "One row.", columns: { gone: "Not there", n: "A number" } }\nselect 1 as n',
    });
    expect(record.actions.map(({ status, rows }) => [status, rows])).toEqual([['SUCCESSFUL', 1]]);
    const comment =
      engine === 'duckdb'
        ? "select comment as text from duckdb_columns() where schema_name = 'two' and column_name = 'n'"
        : "select col_description('two.a'::regclass, 1) as text";
    expect(await connection.rows(comment)).toEqual([{ text: 'A number' }]);
    expect(record.actions[0]!.tasks.map(({ sql }) => sql).at(-1)).toBe(
      `comment on table "two"."a" is 'One row.';\ncomment on column "two"."a"."n" is 'A number'`,
    );
  });

  test('rows are counted when operations come after the table', async () => {
    const { record } = await run({
      'definitions/a.sqlx':
        'config { type: "table", schema: "three" }\nselect 1 as n union all select 2\n\npost_operations {\n  delete from ${self()} where n = 2\n}',
    });
    expect(record.actions.map(({ status, rows }) => [status, rows])).toEqual([['SUCCESSFUL', 1]]);
  });

  test('the state of many incremental tables is two questions', async () => {
    const files = Object.fromEntries(
      [1, 2, 3].map((n) => [
        `definitions/i${n}.sqlx`,
        `config { type: "incremental", schema: "four", uniqueKey: ["n"] }\nselect ${n} as n, 'x' as only_in_${n}`,
      ]),
    );
    await run(files);
    const { record, questions } = await run(files);
    expect(questions).toBe(2);
    // Each merge names the columns of its own table.
    expect(record.actions.map(({ status, rows }) => [status, rows])).toEqual(Array(3).fill(['SUCCESSFUL', 1]));
    expect(record.actions[1]!.tasks.some(({ sql }) => sql.includes('merge') && sql.includes('"only_in_2"'))).toBe(true);
  });

  test('names that are not there are told apart from those that are', async () => {
    await connection.execute('create schema five');
    await connection.execute('create table five.t (a integer, b text)');
    await connection.execute('create view five.v as select a from five.t');
    const named = (name: string) => ({ schema: 'five', name });
    const found = await warehouse.describeAll([named('v'), named('none'), named('t'), named('v')]);
    expect(found.map((relation) => relation && [relation.type, relation.columns.map(({ name }) => name)])).toEqual([
      ['view', ['a']],
      undefined,
      ['table', ['a', 'b']],
      ['view', ['a']],
    ]);
    expect(await warehouse.describeAll([])).toEqual([]);
  });
});
