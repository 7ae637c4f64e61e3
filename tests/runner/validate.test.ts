import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import { executePlan } from '../../runner/execute.ts';
import { explainPlan } from '../../runner/explain.ts';
import { planRun } from '../../runner/plan.ts';
import { EVERYTHING, type Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { standIns, validatePlan } from '../../runner/validate.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { openPostgres } from '../../warehouse/postgres/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { effects, writeProject } from './helpers.ts';

let warehouse: Warehouse;

beforeEach(async () => {
  warehouse = await openDuckdb({ file: ':memory:' });
});

afterEach(() => warehouse.close());

async function plan(files: Record<string, string>, selection: Partial<Selection> = {}) {
  const projectDir = writeProject(files);
  const engine = warehouse.engine;
  const graph = await compileProject({ projectDir, engine });
  const state = await readState(warehouse, graph);
  const plan = planRun(graph, { ...EVERYTHING, ...selection }, state, warehouse);
  const rehearsed = await compileProject({ projectDir, engine, standIn: standIns(plan, warehouse.statements) });
  return { graph, plan, rehearsed };
}

/** `STATUS - first line of the reason` by action. */
async function validate(files: Record<string, string>): Promise<Record<string, string>> {
  const made = await plan(files);
  const validations = await validatePlan(made.plan, made.rehearsed, warehouse, new AbortController().signal);
  return Object.fromEntries(
    validations.map(({ name, status, reason }) => [name, `${status}${reason ? ` - ${reason.split('\n')[0]}` : ''}`]),
  );
}

async function query(sql: string) {
  const connection = await warehouse.connect();
  const rows = await connection.rows(sql);
  await connection.close();
  return rows;
}

/** How the engines say that a name is not there. */
const NO = {
  duckdb: {
    column: (name: string) => `Binder Error: Referenced column "${name}" not found in FROM clause!`,
    from: (name: string) =>
      `Binder Error: Referenced column "${name}" was not found because the FROM clause is missing`,
    table: (name: string) => `Catalog Error: Table with name ${name} does not exist!`,
  },
  postgres: {
    column: (name: string) => `ERROR: column "${name}" does not exist`,
    from: (name: string) => `ERROR: column "${name}" does not exist`,
    table: (name: string) => `ERROR: relation "d.${name}" does not exist`,
  },
};

describe.each(['duckdb', 'postgres'] as const)('a dry run on %s', (engine) => {
  let database: Database | undefined;
  beforeEach(async () => {
    if (engine === 'duckdb') return;
    await warehouse.close();
    database = await makeDatabase();
    warehouse = await openPostgres({ connectionString: database.url });
  });
  afterEach(() => database?.remove());
  const no = NO[engine];

  test('checks models against what the models before them would make, and makes no schema', async () => {
    const found = await validate({
      'definitions/a.sqlx': 'config { type: "table", schema: "new" }\nselect 1 as id, 2 as n',
      'definitions/b.sqlx': `config { type: "view" }\nselect id, m from \${ref("a")}`,
      'definitions/c.sqlx': `config { type: "table" }\nselect * from \${ref("b")}`,
      'definitions/d.sqlx': `config { type: "assertion" }\nselect * from \${ref("a")} where n > 3 -- no semicolon`,
      'definitions/e.sqlx': 'config { type: "table" }\nselect nothing',
      'definitions/f.sqlx': 'config { type: "table", disabled: true }\nselect nothing',
      'definitions/g.sqlx': `config { type: "table" }\nselect * from \${ref("c")}`,
    });
    expect(found).toEqual({
      'new.a': 'VALID',
      'checks.d': 'VALID',
      'd.b': `INVALID - ${no.column('m')}`,
      'd.c': 'UNCHECKED - d.b is not valid',
      'd.g': 'UNCHECKED - d.b is not valid',
      'd.e': `INVALID - ${no.from('nothing')}`,
      'd.f': 'UNCHECKED - disabled in its config block',
    });
    expect(
      await query("select schema_name from information_schema.schemata where schema_name in ('new', 'd', 'checks')"),
    ).toEqual([]);
  });

  test('looks at the columns that the run would make, not at those that are there, and leaves those alone', async () => {
    await query('create schema d');
    await query('create view d.a as select 42 as old');
    await query('create table d.b as select 7 as kept');
    expect(
      await validate({
        'definitions/a.sqlx': 'config { type: "table" }\nselect 1 as fresh',
        'definitions/b.sqlx': `config { type: "view" }\nselect fresh from \${ref("a")}`,
        'definitions/c.sqlx': `config { type: "view" }\nselect old from \${ref("a")}`,
      }),
    ).toEqual({
      'd.a': 'VALID',
      'd.b': 'VALID',
      'd.c': `INVALID - ${no.column('old')}`,
    });
    expect(await query('select old, kept from d.a, d.b')).toEqual([{ old: 42, kept: 7 }]);
  });

  test('does not send operations, and does not blame what may need them', async () => {
    await query('create schema d');
    expect(
      await validate({
        'definitions/make.sqlx': `config { type: "operations", hasOutput: true }\ncreate table \${self()} as select 1 as a`,
        'definitions/use.sqlx': `config { type: "table" }\nselect a from \${ref("make")}`,
        'definitions/post.sqlx': 'config { type: "table" }\nselect 1 as a\npost_operations { drop table d.post }',
        'definitions/pre.sqlx':
          'config { type: "table" }\npre_operations { create table d.helper as select 1 as a }\nselect a from d.helper',
      }),
    ).toEqual({
      'd.make': 'UNCHECKED - operations are not run, and cannot be checked one by one',
      'd.post': 'VALID - its operations are not checked',
      'd.use': `UNCHECKED - the operations of d.make are not run: ${no.table('make')}`,
      'd.pre': `UNCHECKED - the operations of d.pre are not run: ${no.table('helper')}`,
    });
  });

  test('checks the query of new rows of an incremental table, and its columns', async () => {
    await query('create schema d');
    await query('create table d.plain as select 1 as id, 2 as n');
    await query('create table d.wide as select 1 as id');
    const incremental = (settings: string, sql: string) => `config { type: "incremental", ${settings} }\n${sql}`;
    expect(
      await validate({
        'definitions/plain.sqlx': incremental('tags: []', 'select 1 as id'),
        'definitions/wide.sqlx': incremental('onSchemaChange: "EXTEND"', 'select 1 as id, 2 as n'),
        'definitions/after.sqlx': `config { type: "view" }\nselect n from \${ref("wide")}`,
        'definitions/fresh.sqlx': incremental(
          'uniqueKey: ["id"]',
          `select 1 as id \${when(incremental(), "from nowhere")}`,
        ),
      }),
    ).toEqual({
      'd.plain': 'INVALID - The query of d.plain gives no column n, which the table has.',
      'd.wide': 'VALID',
      'd.after': 'VALID',
      'd.fresh': 'VALID',
    });
    expect(await query('select * from d.wide')).toEqual([{ id: 1 }]);
  });

  test('speaks of tables by their own names', async () => {
    const made = await plan({
      'definitions/a.sqlx': 'config { type: "table" }\nselect 1 as id',
      'definitions/b.sqlx': `config { type: "table" }\nselect id,\n  wrong from \${ref("a")}`,
    });
    const [, b] = await validatePlan(made.plan, made.rehearsed, warehouse, new AbortController().signal);
    expect(b!.reason).toContain('  wrong from "d"."a"');
  });

  test('waits for nobody who reads, and nobody waits for it', async () => {
    await query('create schema d');
    await query('create table d.a as select 1 as id');
    const reader = await warehouse.connect();
    await reader.execute('begin');
    await reader.rows('select * from d.a');
    const files = {
      'definitions/a.sqlx': 'config { type: "table" }\nselect 1 as id, 2 as n',
      'definitions/i.sqlx': 'config { type: "incremental" }\nselect * from d.a',
      'definitions/b.sqlx': `config { type: "view" }\nselect n from \${ref("a")}`,
    };
    expect(await validate(files)).toEqual({ 'd.a': 'VALID', 'd.i': 'VALID', 'd.b': 'VALID' });
    expect(await reader.rows('select * from d.a')).toEqual([{ id: 1 }]);
    await reader.execute('rollback');
    await reader.close();
  });

  test('that is interrupted says so', async () => {
    const made = await plan({ 'definitions/a.sqlx': 'config { type: "table" }\nselect 1 as a' });
    await expect(validatePlan(made.plan, made.rehearsed, warehouse, AbortSignal.abort())).rejects.toMatchObject({
      code: 'RUN_CANCELLED',
    });
  });

  test('evaluates nothing', async () => {
    expect(
      await validate({
        'definitions/a.sqlx':
          'config { type: "table" }\nselect count(*) as n from generate_series(1, 1000000000000) as a cross join generate_series(1, 1000000) as b',
      }),
    ).toEqual({ 'd.a': 'VALID' });
  });
});

const CHAIN = {
  'definitions/a.sqlx': 'config { type: "view", tags: ["x"] }\nselect 1 as n',
  'definitions/b.sqlx': `config { type: "incremental" }\nselect * from \${ref("a")}`,
  'definitions/c.sqlx': `config { type: "table", disabled: true, metadata: { extraProperties: { disabledReason: "no source" } } }\nselect * from \${ref("b")}`,
};

test('explains why each action runs or is skipped, and how it was selected', async () => {
  const explain = async (selection: Partial<Selection>) => {
    const made = await plan(CHAIN, selection);
    return explainPlan(made.plan, made.graph).map(({ name, disposition, why, selectedBecause }) =>
      [name, disposition, why, selectedBecause].join(' | '),
    );
  };
  expect(await explain({ actions: ['b'], includeDependencies: true, includeDependents: true })).toEqual([
    'd.a | run | view: replaced on every run | d.b depends on it',
    'd.b | run | incremental: built in full, for the table does not exist | --actions b',
    'd.c | skip | disabled: no source | depends on d.b',
  ]);
  expect(await explain({ tags: ['x'] })).toEqual(['d.a | run | view: replaced on every run | --tags x']);
  expect((await explain({})).map((line) => line.split(' | ')[3])).toEqual(Array(3).fill('everything was selected'));
});

test('a conflict is tried again as often as the limit allows', async () => {
  const made = await plan({ 'definitions/a.sqlx': 'config { type: "table" }\nselect 2 as a' });
  const rival = await warehouse.connect();
  await rival.execute('create schema if not exists d; begin; create table d.a as select 1 as a');
  const run = async (actionRetryLimit: number) => {
    const record = await executePlan(made.plan, warehouse, { actionRetryLimit }, effects());
    return record.actions.map(({ status, reason }) => `${status} ${reason ?? ''}`);
  };
  expect(await run(0)).toEqual([expect.stringMatching(/^FAILED .*write-write conflict/)]);
  expect(await run(2)).toEqual([expect.stringMatching(/^FAILED .*write-write conflict/)]);
  await rival.execute('commit');
  expect(await run(0)).toEqual(['SUCCESSFUL ']);
  await rival.close();
});

test('operations are not sent again after a conflict, for they may have done a part', async () => {
  const made = await plan({
    'definitions/a.sqlx': 'config { type: "operations" }\ncreate or replace table d.a as select 2 as a',
  });
  const rival = await warehouse.connect();
  await rival.execute('create schema if not exists d; begin; create table d.a as select 1 as a');
  const record = await executePlan(made.plan, warehouse, { actionRetryLimit: 5 }, effects(), ({ type }) => {
    if (type === 'started') setTimeout(() => rival.execute('commit'), 25);
  });
  expect(record.actions.map(({ status }) => status)).toEqual(['FAILED']);
  await expect.poll(() => query('select a from d.a')).toEqual([{ a: 1 }]);
  await rival.close();
});
