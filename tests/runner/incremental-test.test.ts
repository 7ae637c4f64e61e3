import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { compileProject } from '../../runner/compile.ts';
import { testProblems } from '../../runner/test-report.ts';
import { runTests, type TestResult } from '../../runner/unit-test.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { effects, writeProject } from './helpers.ts';

let database: Database;
const open: Partial<Record<'duckdb' | 'postgres', Warehouse>> = {};

beforeAll(async () => {
  database = await makeDatabase();
  open.duckdb = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  open.postgres = await openWarehouse({ engine: 'postgres', connectionString: database.url });
});

afterAll(async () => {
  for (const warehouse of Object.values(open)) await warehouse.close();
  await database.remove();
});

const SOURCES = { 'definitions/raw.sqlx': 'config { type: "declaration", schema: "raw", name: "events" }' };

/** A table of the last amount of an id; a run takes what is as new as the newest row, or newer. */
const LATEST = `config { type: "incremental", uniqueKey: ["id"] }
select id, day, amount from \${ref("raw", "events")}
\${when(incremental(), \`where day >= (select max(day) from \${self()})\`)}`;

/** What a test says: SQL by block, in the SQLX of a test of the table `t`. */
interface Case {
  /** SQLX of the model `t`. */
  readonly model?: string;
  /** Rows of the table before the run; undefined tests the first build. */
  readonly before?: string;
  readonly events: string;
  readonly expected: string;
}

/** A result, and what a person reads about it: nothing when it is a success. */
type Read = TestResult & { readonly text: string };

async function run(engine: 'duckdb' | 'postgres', { model = LATEST, before, events, expected }: Case): Promise<Read> {
  const projectDir = writeProject({
    ...SOURCES,
    'definitions/t.sqlx': model,
    'definitions/check.sqlx': `config { type: "test", dataset: "t" }
input "raw", "events" { ${events} }
${before === undefined ? '' : `input "t" { ${before} }`}
${expected}`,
  });
  const graph = await compileProject({ projectDir, engine });
  const [result] = await runTests(graph, open[engine]!, effects());
  return { ...result!, text: testProblems([result!], graph, projectDir).map(formatProblem).join('\n') };
}

const text = ({ text }: Read): string => text;

const problem = (place: string, lines: readonly string[]) =>
  `TEST_FAILED ${place}\n${lines.map((line) => `  ${line}\n`).join('')}  The message shows the cells that differ; mend the model or the test. (docs/errors.md#test_failed)`;

const failure = (...lines: string[]) => problem('definitions/check.sqlx', lines);

/** Cells that differ are reported where the expected rows begin. */
const difference = (...lines: string[]) => problem('definitions/check.sqlx:4:1', lines);

/** Rows `id, day, amount`. */
const rows = (...values: string[]) =>
  `select * from (values ${values.map((row) => `(${row})`).join(', ')}) as v(id, day, amount)`;

describe.each(['duckdb', 'postgres'] as const)('on %s, a test of an incremental table', (engine) => {
  test('without the table as an input tests the first build', async () => {
    const events = rows('1, 1, 10', '2, 2, 20');
    const result = await run(engine, { events, expected: `${events} order by id` });
    expect([text(result), result.mode, result.model]).toEqual(['', 'full', 'd.t']);
  });

  test('with it tests what the table holds after a run: new rows, changed rows, and the rows that stay', async () => {
    const result = await run(engine, {
      before: rows('1, 1, 10', '2, 2, 20'),
      events: rows('1, 1, 99', '2, 2, 21', '3, 3, 30'),
      expected: rows('3, 3, 30', '1, 1, 10', '2, 2, 21'),
    });
    expect([text(result), result.mode]).toEqual(['', 'incremental']);
  });

  test('shows the cells that differ beside the rows of the same key, and the rows that only one side has', async () => {
    const result = await run(engine, {
      before: rows('1, 1, 10', '2, 2, 20'),
      events: rows('2, 2, 21', '3, 3, 30'),
      expected: rows('4, 4, 40', '2, 2, 22', '1, 1, 10'),
    });
    expect(text(result)).toBe(
      difference(
        'check: 3 cells differ.',
        '  row  column       expected                      found',
        '  ---  -----------  ----------------------------  ----------------------------',
        '  1    (whole row)  id = 4, day = 4, amount = 40  (no row)',
        '  2    amount       22                            21',
        '  4    (whole row)  (no row)                      id = 3, day = 3, amount = 30',
      ),
    );
  });

  test('fails as the run would on a key that is null or occurs twice', async () => {
    const before = rows('1, 1, 10');
    const expected = before;
    expect(text(await run(engine, { before, expected, events: rows('2, 1, 1', '2, 2, 2') }))).toBe(
      failure(
        'check: The run would fail: 1 values of the unique key (id) occur more than once in the new rows of d.t; nothing was merged.',
      ),
    );
    expect(text(await run(engine, { before, expected, events: rows('2, 1, 1', 'null, 2, 2') }))).toBe(
      failure(
        'check: The run would fail: 1 of the new rows of d.t have no value in the unique key (id); nothing was merged.',
      ),
    );
  });

  test('follows incremental_where, the old form', async () => {
    const model = `config { type: "incremental" }
select id, day, amount from \${ref("raw", "events")}
incremental_where { day > (select max(day) from \${self()}) }`;
    const events = rows('1, 1, 10', '2, 2, 20');
    expect(text(await run(engine, { model, events, expected: events }))).toBe('');
    const before = rows('7, 1, 70');
    expect(text(await run(engine, { model, before, events, expected: rows('7, 1, 70', '2, 2, 20') }))).toBe('');
  });

  test('follows onSchemaChange', async () => {
    const model = (policy: string) => `config { type: "incremental", uniqueKey: ["id"], onSchemaChange: "${policy}" }
select id, day, amount + 1 as total from \${ref("raw", "events")}`;
    const before = rows('1, 1, 10', '2, 2, 20');
    const events = rows('2, 3, 30');
    expect(text(await run(engine, { model: model('FAIL'), before, events, expected: 'select 1 as id' }))).toBe(
      failure(
        'check: The run would fail: The query of d.t gives other columns than the table has: new total; missing amount (onSchemaChange: "FAIL").',
      ),
    );
    expect(
      text(
        await run(engine, {
          model: model('SYNCHRONIZE'),
          before,
          events,
          expected: 'select 1 as id, 1 as day, cast(null as integer) as total union all select 2, 3, 31',
        }),
      ),
    ).toBe('');
  });

  test('of a table without a key keeps every row, in any order', async () => {
    const model = `config { type: "incremental" }\nselect id, day, amount from \${ref("raw", "events")}`;
    const before = rows('1, 1, 10');
    const events = rows('1, 1, 10', '2, 2, 20');
    const result = await run(engine, { model, before, events, expected: rows('2, 2, 20', '1, 1, 10', '1, 1, 11') });
    expect(text(result)).toBe(
      difference(
        'check: 1 cell differs.',
        '  row  column  expected  found',
        '  ---  ------  --------  -----',
        '  3    amount  11        10',
      ),
    );
  });
});

describe('compiling a test of an incremental table', () => {
  const compile = (files: Record<string, string>) =>
    compileProject({
      projectDir: writeProject({ ...SOURCES, 'definitions/t.sqlx': LATEST, ...files }),
      engine: 'duckdb',
    });
  const input = (name: string) => `input ${name} { select 1 as id, 1 as day, 1 as amount }`;

  test('a table may be named with its schema, and a suffix changes nothing', async () => {
    const projectDir = writeProject({
      ...SOURCES,
      'definitions/t.sqlx': LATEST,
      'definitions/check.js': `test("again").dataset({ schema: "d", name: "t" })
        .input(["raw", "events"], "select 2 as id, 2 as day, 2 as amount")
        .input({ schema: "d", name: "t" }, () => "select 1 as id, 1 as day, 1 as amount")
        .expect((ctx) => "select 1 as id, 1 as day, 1 as amount union all select 2, 2, 2");`,
    });
    const graph = await compileProject({ projectDir, engine: 'duckdb', schemaSuffix: 'dev' });
    const results = await runTests(graph, open.duckdb!, effects());
    expect(results.map(({ model, mode, status }) => [model, mode, status])).toEqual([
      ['d_dev.t', 'incremental', 'SUCCESSFUL'],
    ]);
  });

  test.each([
    [
      'an input is missing',
      `config { type: "test", dataset: "t" }\n${input('"t"')}\nselect 1 as id`,
      'COMPILE_FAILED definitions/check.sqlx:1\n  check: the model reads ref("raw", "events") (definitions/t.sqlx:2), for which the test gives no input. The test gives input "t".\n  Add input "raw", "events" { ... } to the test; an input replaces the ref that is written in the same way. (docs/errors.md#compile_failed)',
    ],
    [
      'the expected query is empty',
      `config { type: "test", dataset: "t" }\n${input('"raw", "events"')}`,
      'COMPILE_FAILED definitions/check.sqlx\n  d.check: Expected query is empty.\n  Each problem names its file, action and line; mend them and compile again. (docs/errors.md#compile_failed)',
    ],
  ])('says that %s', async (_, check, message) => {
    await expect(compile({ 'definitions/check.sqlx': check })).rejects.toMatchObject({ message });
  });

  test('says that a test names no dataset, and which keys it may have', async () => {
    await expect(
      compile({
        'definitions/check.sqlx': `config {\n  type: "test",\n  datset: "t" }\n${input('"raw", "events"')}\nselect 1 as id`,
      }),
    ).rejects.toMatchObject({
      message:
        'COMPILE_FAILED definitions/check.sqlx:1\n  the test does not say what it tests.\n  Add dataset: "..." with the name of a table or view to its config block. (docs/errors.md#compile_failed)\nCOMPILE_FAILED definitions/check.sqlx:3\n  "datset" is no key of a test; it may have type, dataset, name, tags. Did you mean "dataset"?\n  Each problem names its file, action and line; mend them and compile again. (docs/errors.md#compile_failed)',
    });
  });

  test('says that the first build reads the table that it makes', async () => {
    await expect(
      compile({
        'definitions/t.sqlx': `config { type: "incremental" }\nselect id from \${ref("raw", "events")} where id not in (select id from \${self()})`,
        'definitions/check.sqlx': `config { type: "test", dataset: "t" }\n${input('"raw", "events"')}\nselect 1 as id`,
      }),
    ).rejects.toMatchObject({
      message:
        'COMPILE_FAILED definitions/check.sqlx:1\n  check: the model reads self() where incremental() is false, so there is no table yet.\n  Put self() under when(incremental(), ...), or give the table as an input to test an incremental run. (docs/errors.md#compile_failed)',
    });
  });
});
