import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../core/effects.ts';
import { type Knowledge, readKnowledge } from '../../runner/changes.ts';
import { compileProject } from '../../runner/compile.ts';
import { executePlan } from '../../runner/execute.ts';
import { MEMORY, readMemory } from '../../runner/memory.ts';
import { planRun } from '../../runner/plan.ts';
import type { RunRecord } from '../../runner/record.ts';
import { makeRecorder, type Recorder } from '../../runner/recorder.ts';
import { EVERYTHING, type Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';
import { effects, writeProject } from './helpers.ts';

/** raw.events -> first -> seen (view) -> kept (incremental); raw.others -> other. */
const MODELS = {
  events: 'config { type: "declaration", schema: "raw", name: "events" }',
  others: 'config { type: "declaration", schema: "raw", name: "others" }',
  first:
    'config { type: "table", description: "One row per event.", assertions: { uniqueKey: ["id"] } }\nselect id from ${ref("raw", "events")}',
  seen: 'config { type: "view" }\nselect id from ${ref("first")}',
  kept: 'config { type: "incremental", uniqueKey: ["id"] }\nselect id from ${ref("seen")}',
  other: 'config { type: "table" }\nselect n from ${ref("raw", "others")}',
};
const SETUP =
  'create schema raw; create table raw.events as select 1 as id; create table raw.others as select 1 as n, 2 as m';
const UNIQUE = 'checks.d_first_assertions_uniqueKey_0';

interface Ran {
  /** `run: why`, or `skip: why` with `R` for the run that it is from. */
  readonly why: Record<string, string>;
  readonly record: RunRecord;
}

let projectDir: string;
let database: Database;
beforeAll(async () => {
  database = await makeDatabase();
});
afterAll(() => database.remove());
beforeEach(() => {
  projectDir = writeProject(
    Object.fromEntries(Object.entries(MODELS).map(([name, text]) => [`definitions/${name}.sqlx`, text])),
  );
});
afterEach(() => rmSync(projectDir, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFileSync(join(projectDir, 'definitions', `${name}.sqlx`), text);

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  let warehouse: Warehouse;
  let connection: Connection;
  beforeEach(async () => {
    if (engine === 'postgres')
      await administer(
        database.url,
        'drop schema if exists d, checks, raw, ops, theirs_d, theirs_checks, theirs_ops cascade',
      );
    warehouse = await openWarehouse(optionsOf());
    connection = await warehouse.connect();
    await connection.execute(SETUP);
  });
  afterEach(() => warehouse.close());

  const optionsOf = (schemaPrefix = ''): WarehouseOptions =>
    engine === 'duckdb' ? { engine, file: ':memory:' } : { engine, connectionString: database.url, schemaPrefix };

  async function prepare(select: Partial<Selection> = {}, on = warehouse, schemaPrefix = '', decides = true) {
    const graph = await compileProject({ projectDir, engine, schemaPrefix });
    const selection = { ...EVERYTHING, ...select };
    const state = await readState(on, graph);
    const knowledge: Knowledge = await readKnowledge(graph, selection, state, on, decides);
    const plan = planRun(graph, selection, state, on, decides ? knowledge : undefined);
    const warnings: string[] = [];
    const recorder = makeRecorder(plan, knowledge, on, systemClock, (message) => warnings.push(message));
    return { plan, recorder, warnings };
  }
  async function run(select?: Partial<Selection>, on = warehouse, schemaPrefix?: string): Promise<Ran> {
    const { plan, recorder, warnings } = await prepare(select, on, schemaPrefix);
    const record = await executePlan(plan, on, { recorder }, effects());
    expect(warnings).toEqual([]);
    const why = plan.actions.map(({ name, disposition, why }) => [
      name,
      `${disposition}: ${why.replace(/run \d{8}T\d{6}Z-\w+/, 'run R')}`,
    ]);
    return { why: Object.fromEntries(why), record };
  }
  const unchanged = 'skip: unchanged since run R';
  const nothing = {
    [UNIQUE]: unchanged,
    'd.first': unchanged,
    'd.kept': unchanged,
    'd.other': unchanged,
    'd.seen': unchanged,
  };

  test('nothing is run twice, and the record holds the results of the run before', async () => {
    const first = await run();
    expect(first.why).toEqual({
      [UNIQUE]: 'run: was never run',
      'd.first': 'run: was never run',
      'd.kept': 'run: was never run; incremental: built in full, for the table does not exist',
      'd.other': 'run: was never run',
      'd.seen': 'run: was never run',
    });
    const second = await run();
    expect(second.why).toEqual(nothing);
    expect(second.record.status).toBe('SUCCESSFUL');
    for (const result of second.record.actions) {
      const before = first.record.actions.find(({ name }) => name === result.name)!;
      const { startedAt, ...rest } = before;
      expect(result).toEqual({ ...rest, tasks: [], fromRun: first.record.runId });
    }
    const third = await run();
    expect(third.record.actions.map(({ fromRun }) => fromRun)).toEqual(Array(5).fill(first.record.runId));
  });

  test('new, fewer and other rows of a source run what reads it, also through a view, and nothing else', async () => {
    await run();
    const followed = (reason: string) => ({
      ...nothing,
      [UNIQUE]: 'run: d.first runs',
      'd.first': `run: raw.events has ${reason} rows`,
      'd.kept': 'run: d.first runs; incremental: new rows are merged by id',
      'd.seen': 'run: d.first runs',
    });
    await connection.execute('insert into raw.events values (2)');
    expect((await run()).why).toEqual(followed('new'));
    await connection.execute('update raw.events set id = 3 where id = 2');
    expect((await run()).why).toEqual(followed('other'));
    await connection.execute('delete from raw.events where id = 3; insert into raw.events values (4)');
    expect((await run()).why).toEqual(followed('other'));
    await connection.execute('delete from raw.events');
    expect((await run()).why).toEqual(followed('fewer'));
    expect((await run()).why).toEqual(nothing);
  });

  test('an edit runs the model and its dependents; a comment is a change where there are comments', async () => {
    await run();
    write('other', MODELS.other.replace('select n', 'select m'));
    expect((await run()).why).toEqual({ ...nothing, 'd.other': 'run: the SQL changed' });
    write('other', `${MODELS.other.replace('select n', 'select m')}\npost_operations { select 1 }`);
    expect((await run()).why).toEqual({ ...nothing, 'd.other': 'run: the SQL changed' });
    write('seen', MODELS.seen.replace('"view"', '"view", description: "What was seen."'));
    expect((await run()).why).toEqual({
      ...nothing,
      'd.seen': 'run: its configuration changed',
      'd.kept': 'run: d.seen runs; incremental: new rows are merged by id',
    });
    expect((await run()).why).toEqual(nothing);
  });

  test('what was dropped or replaced by hand is made again', async () => {
    await run();
    await connection.execute('drop table d.kept; drop table d.other; create view d.other as select 1 as n');
    expect((await run()).why).toEqual({
      ...nothing,
      'd.kept': 'run: the table is gone; incremental: built in full, for the table does not exist',
      'd.other': 'run: a view stands in its place',
    });
    if (engine !== 'postgres') return;
    await connection.execute('drop table d.other; create table d.other as select 7 as n');
    expect((await run()).why).toEqual({ ...nothing, 'd.other': 'run: something else put another table in its place' });
  });

  test('a part that was run alone is seen by what reads it, also through a view', async () => {
    await run();
    await connection.execute('insert into raw.events values (2)');
    expect((await run({ actions: ['d.first'] })).why).toEqual({ 'd.first': 'run: raw.events has new rows' });
    expect((await run({ actions: ['d.kept'] })).why).toEqual({
      'd.kept': 'run: d.first was made anew in run R; incremental: new rows are merged by id',
    });
    expect((await run()).why).toEqual({
      ...nothing,
      [UNIQUE]: 'run: d.first was made anew in run R',
      'd.seen': 'run: d.first was made anew in run R',
      'd.kept': 'run: d.seen runs; incremental: new rows are merged by id',
    });
  });

  test('a failure runs again, and what it kept from running stays as it was', async () => {
    await run();
    write('first', MODELS.first.replace('select id', 'select id / length(cast(id as text)) / 0 as id, wrong'));
    const failed = await run();
    expect(failed.record.status).toBe('FAILED');
    write('first', MODELS.first);
    expect((await run()).why).toEqual({
      ...nothing,
      [UNIQUE]: 'run: d.first runs',
      'd.first': 'run: failed in run R',
      'd.kept': 'run: d.first runs; incremental: new rows are merged by id',
      'd.seen': 'run: d.first runs',
    });
  });

  test('an assertion that found rows is looked at again, whatever changed', async () => {
    await connection.execute('insert into raw.events values (1)');
    write('kept', 'config { type: "table" }\nselect id from ${ref("seen")}');
    await run();
    expect((await run()).why).toEqual({ ...nothing, [UNIQUE]: 'run: failed in run R' });
  });

  test('what cannot be known is run, and says why', async () => {
    write('clock', 'config { type: "table" }\nselect current_timestamp as t');
    write('after', 'config { type: "table" }\nselect t from ${ref("clock")}');
    write('hidden', 'config { type: "table" }\nselect n from raw.others');
    write('op', 'config { type: "operations" }\nselect 1');
    await run();
    expect((await run()).why).toEqual({
      ...nothing,
      'd.clock': 'run: its SQL does not give the same every time (current_timestamp)',
      'd.after': 'run: d.clock runs',
      'd.hidden': 'run: it reads raw.others, which is no dependency',
      'd.op': 'run: what its operations did cannot be seen',
    });
  });

  test('a plain run is remembered too; a view as a source is read on DuckDB only when that is asked for, and never known on Postgres', async () => {
    await connection.execute(
      'alter table raw.others rename to hidden; create view raw.others as select * from raw.hidden',
    );
    const { plan, recorder } = await prepare({}, warehouse, '', false);
    expect(plan.actions.map(({ why }) => why)).toContain('table: replaced on every run');
    await executePlan(plan, warehouse, { recorder }, effects());
    const reasons =
      engine === 'duckdb'
        ? ['run: what raw.others held in the last run is not known', unchanged]
        : Array(2).fill('run: whether raw.others has changed cannot be known');
    for (const reason of reasons) expect((await run()).why).toEqual({ ...nothing, 'd.other': reason });
  });

  test('a materialized view that stands is skipped too', async () => {
    write('seen', MODELS.seen.replace('"view"', '"view", materialized: true'));
    await run();
    expect((await run()).why).toEqual(nothing);
  });

  test('a full refresh runs incremental tables', async () => {
    await run();
    expect((await run({ fullRefresh: true })).why).toEqual({
      ...nothing,
      'd.kept': 'run: a full refresh was asked for; incremental: built in full, for a full refresh was asked for',
    });
  });

  test('a run that never ended, and two runs at once, leave nothing that is trusted', async () => {
    await run();
    const { recorder } = await prepare({ fullRefresh: true });
    await recorder.begin('crashed');
    expect((await run()).why['d.kept']).toMatch(/^run: did not end in run crashed;/);

    await connection.execute('insert into raw.others values (2, 2)');
    const both: Recorder[] = [];
    const { plan } = await prepare();
    for (const id of ['one', 'two']) {
      const { recorder } = await prepare({ actions: ['d.other'] });
      await recorder.begin(id);
      both.push(recorder);
    }
    const [action] = plan.actions.filter(({ name }) => name === 'd.other');
    for (const recorder of both) {
      recorder.ended({
        name: action!.name,
        kind: action!.kind,
        fileName: action!.fileName,
        status: 'SUCCESSFUL',
        startedAt: 1,
        milliseconds: 1,
        tasks: [],
      });
      await recorder.close();
      expect((await readMemory(warehouse)).get('d.other')?.status).toBe('OVERLAPPED');
    }
    expect((await run()).why['d.other']).toMatch(/^run: was made by two runs at once, the last of them in run /);
  });

  test('a warehouse that does not let itself be written to is run on, and says that nothing is remembered', async () => {
    await connection.execute(
      `create schema ops; create view ops.${MEMORY.name} as select 'x' as name, 'r' as run_id, 's' as status, null as content`,
    );
    const { plan, recorder, warnings } = await prepare();
    const record = await executePlan(plan, warehouse, { recorder }, effects());
    expect(record.status).toBe('SUCCESSFUL');
    expect(warnings.length).toBe(1);
  });

  if (engine === 'postgres')
    test('data sets with a prefix of their own do not know each other', async () => {
      await run();
      const theirs = await openWarehouse(optionsOf('theirs_'));
      try {
        await connection.execute(
          'create schema theirs_raw; create table theirs_raw.events as select 1 as id; create table theirs_raw.others as select 1 as n, 2 as m',
        );
        expect(new Set(Object.values((await run({}, theirs, 'theirs_')).why)).size).toBe(2);
        expect((await run({}, theirs, 'theirs_')).why).toEqual(nothing);
        await connection.execute('insert into theirs_raw.events values (5)');
        expect((await run()).why).toEqual(nothing);
      } finally {
        await theirs.close();
        await connection.execute('drop schema theirs_raw cascade');
      }
    });
});
