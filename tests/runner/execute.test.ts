import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import { executePlan, type RunEvent } from '../../runner/execute.ts';
import { type Plan, type PlannedAction, planRun } from '../../runner/plan.ts';
import { EVERYTHING } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { once } from '../../runner/task.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { effects, temporaryFolder, writeProject } from './helpers.ts';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await openDuckdb({ file: ':memory:' });
});

afterAll(() => warehouse.close());

function action(name: string, sql: string, dependencies: readonly string[] = []): PlannedAction {
  return {
    name,
    kind: 'operations',
    fileName: '',
    disposition: 'run',
    why: '',
    dependencies,
    severity: 'error',
    tasks: [once(sql)],
  };
}

const planOf = (actions: readonly PlannedAction[]): Plan => ({
  version: 1,
  engine: 'duckdb',
  graphHash: '',
  selection: EVERYTHING,
  createSchemas: [],
  actions,
});

describe('any plan', () => {
  /** Each action depends on some before it, and may fail, or be disabled. */
  const specs = fc.integer({ min: 1, max: 10 }).chain((n) =>
    fc.tuple(
      ...Array.from({ length: n }, (_, i) =>
        fc.record({
          dependencies:
            i === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.integer({ min: 0, max: i - 1 }), { maxLength: 3 }),
          fate: fc.constantFrom('run', 'run', 'run', 'fail', 'disabled'),
        }),
      ),
    ),
  );

  test('runs each action after its dependencies, and skips exactly what depends on a failure', async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.integer({ min: 1, max: 4 }), async (list, concurrency) => {
        const actions = list.map(({ dependencies, fate }, i): PlannedAction => {
          const sql = fate === 'fail' ? 'select no_such_column' : 'select 1';
          const base = action(
            `s.a${i}`,
            sql,
            dependencies.map((d) => `s.a${d}`),
          );
          return fate === 'disabled' ? { ...base, disposition: 'skip', why: 'off', tasks: [] } : base;
        });
        const events: RunEvent[] = [];
        const record = await executePlan(planOf(actions), warehouse, { concurrency }, effects(), (event) =>
          events.push(event),
        );

        const expected: string[] = [];
        for (const { dependencies, fate } of list) {
          const blocked = dependencies.some((d) => expected[d] === 'FAILED' || expected[d] === 'SKIPPED');
          expected.push(
            fate === 'disabled' ? 'DISABLED' : blocked ? 'SKIPPED' : fate === 'fail' ? 'FAILED' : 'SUCCESSFUL',
          );
        }
        expect(record.actions.map(({ status }) => status)).toEqual(expected);
        expect(record.status).toBe(expected.includes('FAILED') ? 'FAILED' : 'SUCCESSFUL');

        const ended = new Set<string>();
        let running = 0;
        for (const event of events) {
          if (event.type === 'ended') {
            ended.add(event.result.name);
            expect(event.done).toBe(ended.size);
            if (event.result.startedAt !== undefined) running--;
            continue;
          }
          running++;
          expect(running).toBeLessThanOrEqual(concurrency);
          for (const dependency of actions.find(({ name }) => name === event.name)!.dependencies)
            expect(ended).toContain(dependency);
        }
        expect(ended.size).toBe(actions.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('cancelling', () => {
  const endless = 'select count(*) from range(1000000000000) as a cross join range(1000000) as b';

  test('interrupts what runs and reports the rest as cancelled', async () => {
    const abort = new AbortController();
    const plan = planOf([
      action('s.first', 'select 1'),
      action('s.endless', endless, ['s.first']),
      action('s.other', endless, ['s.first']),
      action('s.later', 'select 1', ['s.endless']),
      action('s.unrelated', endless),
    ]);
    const started: string[] = [];
    const record = await executePlan(plan, warehouse, { concurrency: 2 }, effects(abort.signal), (event) => {
      if (event.type !== 'started') return;
      started.push(event.name);
      if (started.length === 3) abort.abort();
    });
    expect(record.status).toBe('CANCELLED');
    const outcome = Object.fromEntries(
      record.actions.map(({ name, status, reason }) => [name, `${status} ${reason ?? ''}`]),
    );
    expect(outcome).toEqual({
      's.first': 'SUCCESSFUL ',
      's.endless': 'CANCELLED interrupted',
      's.unrelated': 'CANCELLED interrupted',
      's.other': 'CANCELLED the run was interrupted',
      's.later': 'CANCELLED the run was interrupted',
    });
  });

  test('before the start runs nothing', async () => {
    const record = await executePlan(
      {
        ...planOf([action('s.a', 'create table cancelled_early as select 1')]),
        createSchemas: ['create schema cancelled_early'],
      },
      warehouse,
      {},
      effects(AbortSignal.abort()),
    );
    expect(record.actions.map(({ status }) => status)).toEqual(['CANCELLED']);
    expect(await warehouse.describe({ schema: 'main', name: 'cancelled_early' })).toBeUndefined();
  });

  test('leaves an interrupted table as it was', async () => {
    const connection = await warehouse.connect();
    await connection.execute('create table kept as select 42 as a');
    const abort = new AbortController();
    const plan = planOf([action('main.kept', `create or replace table kept as ${endless}`)]);
    await executePlan(plan, warehouse, {}, effects(abort.signal), ({ type }) => type === 'started' && abort.abort());
    expect(await connection.rows('select a from kept')).toEqual([{ a: 42 }]);
    await connection.close();
  });
});

test('many models at once, with comments and schemas of their own, do not disturb each other', async () => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 60; i++) {
    files[`definitions/t${i}.sqlx`] =
      `config { type: "table", schema: "s${i % 7}", description: "One row.", columns: { a: "A", b: "B" }, assertions: { uniqueKey: ["a"] } }\n` +
      `select 1 as a, ${i} as b`;
    files[`definitions/v${i}.sqlx`] = `config { type: "view", description: "A view." }\nselect * from \${ref("t${i}")}`;
  }
  const graph = await compileProject({ projectDir: writeProject(files), engine: 'duckdb' });
  const file = join(temporaryFolder(), 'many.duckdb');
  const many = await openDuckdb({ file });
  for (let run = 0; run < 2; run++) {
    const plan = planRun(graph, EVERYTHING, await readState(many, graph), many);
    const record = await executePlan(plan, many, { concurrency: 6 }, effects());
    expect(
      record.actions.filter(({ status }) => status !== 'SUCCESSFUL').map(({ name, reason }) => [name, reason]),
    ).toEqual([]);
    expect(record.actions).toHaveLength(180);
  }
  await many.close();
});

test('a model that loses against another transaction is made when that one has ended', async () => {
  const graph = await compileProject({
    projectDir: writeProject({ 'definitions/a.sqlx': 'config { type: "table" }\nselect 2 as a' }),
    engine: 'duckdb',
  });
  const plan = planRun(graph, EVERYTHING, {}, warehouse);
  const rival = await warehouse.connect();
  await rival.execute('create schema if not exists d; begin; create table d.a as select 1 as a');
  const record = await executePlan(plan, warehouse, {}, effects(), ({ type }) => {
    if (type === 'started') setTimeout(() => rival.execute('commit'), 25);
  });
  expect(record.actions.map(({ status, reason }) => [status, reason])).toEqual([['SUCCESSFUL', undefined]]);
  expect(await rival.rows('select a from d.a')).toEqual([{ a: 2 }]);
  await rival.close();
});

test('a run without a free schema to make says so', async () => {
  const plan = { ...planOf([]), createSchemas: ['create schema "main"'] };
  await expect(executePlan(plan, warehouse, {}, effects())).rejects.toMatchObject({ code: 'WAREHOUSE_FAILED' });
});
