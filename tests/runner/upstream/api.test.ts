import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileProject } from '../../../runner/compile.ts';
import { executePlan, type RunEvent } from '../../../runner/execute.ts';
import { planRun } from '../../../runner/plan.ts';
import { EVERYTHING, type Selection, select } from '../../../runner/select.ts';
import { readState } from '../../../runner/state.ts';
import type { PlannedTask } from '../../../runner/task.ts';
import { openWarehouse } from '../../../warehouse/open.ts';
import type { Warehouse } from '../../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../../support/postgres.ts';
import { effects, writeProject } from '../helpers.ts';
import { summary } from '../run-case.ts';

type Engine = 'duckdb' | 'postgres';
type Files = Record<string, string>;

const read = (file: string) => parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
const compile = (files: Files, engine: Engine) =>
  compileProject({
    projectDir: writeProject(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`definitions/${name}`, text])),
    ),
    engine,
  });

interface Pick {
  readonly name: string;
  readonly select: Partial<Selection>;
  readonly gives?: string[];
  readonly problem?: string;
}

describe('selection', () => {
  const picks = (read('selection.yaml') as { files: Files; cases: Pick[] }[]).flatMap(({ files, cases }) =>
    cases.map((entry) => ({ files, ...entry })),
  );

  test.each(picks)('$name', async ({ files, select: selection, gives, problem }) => {
    const graph = await compile(files, 'duckdb');
    const picked = () => select(graph, { ...EVERYTHING, ...selection });
    if (problem === undefined) expect(picked()).toEqual(gives);
    else expect(picked).toThrow(expect.objectContaining({ message: problem.trimEnd() }));
  });
});

interface PlanCase {
  readonly name: string;
  readonly sqlx: string;
  readonly there?: string;
  readonly select?: Partial<Selection>;
  readonly both?: string[];
  readonly duckdb?: string[];
  readonly postgres?: string[];
}

describe.each<Engine>(['duckdb', 'postgres'])('on %s', (engine) => {
  let database: Database | undefined;
  let warehouse: Warehouse;

  beforeAll(async () => {
    if (engine === 'postgres') database = await makeDatabase();
    warehouse = await openWarehouse(
      database ? { engine: 'postgres', connectionString: database.url } : { engine: 'duckdb', file: ':memory:' },
    );
  });
  afterAll(async () => {
    await warehouse.close();
    await database?.remove();
  });

  test.each(read('plans.yaml') as PlanCase[])('$name', async ({ sqlx, there, select: selection, ...expected }) => {
    const connection = await warehouse.connect();
    await connection.execute('drop schema if exists d cascade; create schema d');
    if (there) await connection.execute(there);
    const graph = await compile({ 'it.sqlx': sqlx }, engine);
    const plan = planRun(graph, { ...EVERYTHING, ...selection }, await readState(warehouse, graph), warehouse);
    const sent = plan.actions[0]!.tasks.flatMap(statementsOf).map((sql) => sql.replace(/\s+/g, ' ').trim());
    expect(sent.map((sql) => sql.replace(/tidemark_new_\w+/, '<new>'))).toEqual(expected.both ?? expected[engine]);
    const { actions } = await executePlan(plan, warehouse, {}, effects());
    expect(actions.map(({ status }) => status)).toEqual(['SUCCESSFUL']);
    await connection.close();
  });

  test('every kind of action is planned as what it is, in schemas that are made once', async () => {
    const graph = await compile(
      {
        'a.sqlx': 'config { type: "table" } select 1 as a',
        'b.sqlx': 'config { type: "incremental" } select 1 as a incremental_where { true }',
        'c.sqlx': 'config { type: "view", schema: "other" } select 1 as a',
        'd.sqlx': 'config { type: "operations" } create or replace view other.made as select 1 as a',
        'e.sqlx': 'config { type: "assertion" } select 1 as a where false',
        'f.sqlx': 'config { type: "declaration", schema: "never_made", name: "f" }',
      },
      engine,
    );
    const plan = planRun(graph, EVERYTHING, {}, warehouse);
    expect(plan.actions.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'checks.e assertion',
      'd.a table',
      'd.b incremental',
      'd.d operations',
      'other.c view',
    ]);
    expect(plan.createSchemas).toEqual(['checks', 'd', 'other'].map(warehouse.statements.createSchema));
    const { actions } = await executePlan(plan, warehouse, {}, effects());
    expect(actions.map(({ status }) => status)).toEqual(Array(5).fill('SUCCESSFUL'));
  });

  test('a run that is cancelled ends what runs, and says of the rest that it did not', async () => {
    const long = {
      duckdb: 'select count(*) from range(1000000000000) as a, range(1000000) as b',
      postgres: 'select pg_sleep(600)',
    };
    const graph = await compile(
      {
        'slow.sqlx': `config { type: "operations" } ${long[engine]}`,
        'after.sqlx': 'config { type: "table", dependencies: ["slow"] } select 1 as a',
      },
      engine,
    );
    const abort = new AbortController();
    const plan = planRun(graph, EVERYTHING, await readState(warehouse, graph), warehouse);
    const onEvent = ({ type }: RunEvent) => type === 'started' && abort.abort();
    const record = await executePlan(plan, warehouse, {}, effects(abort.signal), onEvent);
    expect([record.status, ...record.actions.map(summary)]).toEqual([
      'CANCELLED',
      'CANCELLED - interrupted',
      'CANCELLED - the run was interrupted',
    ]);
    expect(record.actions[0]!.tasks).toMatchObject([{ status: 'CANCELLED', errorMessage: 'interrupted' }]);
  });
});

test('an action whose description cannot be set has failed, and what depends on it is skipped', async () => {
  const database = await makeDatabase();
  const warehouse = await openWarehouse({ engine: 'postgres', connectionString: database.url });
  try {
    const connection = await warehouse.connect();
    await connection.execute(`
      create function refuse() returns event_trigger language plpgsql as $$ begin raise 'no comments here'; end $$;
      create event trigger refuse_comments on ddl_command_start when tag in ('COMMENT') execute function refuse()`);
    const graph = await compile(
      {
        'told.sqlx': 'config { type: "table", description: "Told" } select 1 as a',
        'after.sqlx': `config { type: "view" } select * from \${ref("told")}`,
      },
      'postgres',
    );
    const record = await executePlan(planRun(graph, EVERYTHING, {}, warehouse), warehouse, {}, effects());
    expect([record.status, ...record.actions.map(summary)]).toEqual([
      'FAILED',
      'FAILED - ERROR: no comments here',
      'SKIPPED - d.told failed',
    ]);
    expect(await connection.rows('select a from d.told')).toEqual([{ a: 1 }]);
  } finally {
    await warehouse.close();
    await database.remove();
  }
});

function statementsOf(task: PlannedTask): readonly string[] {
  if (task.type === 'comments') return task.statements.map(({ sql }) => sql);
  return 'statements' in task ? task.statements : [task.sql];
}
