import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { compareRows } from '../../runner/compare-rows.ts';
import { compileProject } from '../../runner/compile.ts';
import { testProblems } from '../../runner/test-report.ts';
import { runTests } from '../../runner/unit-test.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import type { Row, Warehouse } from '../../warehouse/warehouse.ts';
import { effects, writeProject } from './helpers.ts';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await openDuckdb({ file: ':memory:' });
});

afterAll(() => warehouse.close());

const PROJECT = {
  'definitions/sources.js': 'declare({ schema: "raw", name: "events" }); declare({ schema: "raw", name: "users" });',
  'definitions/totals.sqlx': `config { type: "table" }\nselect user_id, count(*) as n from \${ref("raw", "events")} where n > 0 group by user_id order by user_id`,
};

/** Runs one test of `totals`; gives what a person would read about its failure. */
async function outcome(input: string, expected: string, signal?: AbortSignal): Promise<string> {
  const projectDir = writeProject({
    ...PROJECT,
    'definitions/t.sqlx': `config { type: "test", dataset: "totals", name: "counts" }\ninput "raw", "events" { ${input} }\n${expected}`,
  });
  const graph = await compileProject({ projectDir, engine: 'duckdb' });
  const results = await runTests(graph, warehouse, effects(signal));
  expect(results).toHaveLength(1);
  const problems = testProblems(results, graph, projectDir).map(formatProblem).join('\n');
  expect(results[0]!.status === 'SUCCESSFUL').toBe(problems === '');
  return problems;
}

const problem = (place: string, lines: readonly string[]) =>
  `TEST_FAILED ${place}\n${lines.map((line) => `  ${line}\n`).join('')}  The message shows the cells that differ; mend the model or the test. (docs/errors.md#test_failed)`;

const failure = (...lines: string[]) => problem('definitions/t.sqlx', lines);

/** Cells that differ are reported where the expected rows begin. */
const difference = (...lines: string[]) => problem('definitions/t.sqlx:3:1', lines);

const EVENTS = "select * from (values ('a', 1), ('a', 2), ('b', 3), ('c', 0)) as t(user_id, n)";

describe('a unit test', () => {
  test('passes on equal rows: names without case, columns in any order, integers of any width', async () => {
    expect(await outcome(EVENTS, `select 2::smallint as N, 'a' as User_Id union all select 1, 'b'`)).toBe('');
  });

  test('shows the cells that differ, with text in quotes', async () => {
    expect(await outcome(EVENTS, `select 'a' as user_id, '2' as n union all select null, '1'`)).toBe(
      difference(
        'counts: 3 cells differ.',
        '  row  column   expected  found',
        '  ---  -------  --------  -----',
        "  1    n        '2'       2",
        "  2    user_id  null      'b'",
        "  2    n        '1'       1",
      ),
    );
  });

  test('compares cells of columns that differ in case only', async () => {
    expect(await outcome(EVENTS, `select 2 as N, 'z' as User_Id union all select 1, 'b'`)).toBe(
      difference(
        'counts: 1 cell differs.',
        '  row  column   expected  found',
        '  ---  -------  --------  -----',
        "  1    User_Id  'z'       'a'",
      ),
    );
  });

  test('shows rows that only one side has', async () => {
    expect(await outcome(EVENTS, `select 'a' as user_id, 2 as n`)).toBe(
      difference(
        'counts: Expected 1 row, found 2.',
        '  row  column       expected  found',
        '  ---  -----------  --------  --------------------',
        "  2    (whole row)  (no row)  user_id = 'b', n = 1",
      ),
    );
  });

  test('compares rows in order, and says when only the order differs', async () => {
    expect(await outcome(EVENTS, `select 'b' as user_id, 1 as n union all select 'a', 2`)).toBe(
      difference(
        'counts: The rows are the same in another order; rows are compared in order.',
        '  row  column   expected  found',
        '  ---  -------  --------  -----',
        "  1    user_id  'b'       'a'",
        '  1    n        1         2',
        "  2    user_id  'a'       'b'",
        '  2    n        2         1',
      ),
    );
  });

  test('fails on two empty results whose columns differ', async () => {
    expect(await outcome(`${EVENTS} where false`, 'select 1 as user_id, 1 as total, 1 as x where false')).toBe(
      failure('counts: The model gives no columns total, x. The test expects no column n.'),
    );
  });

  test('passes on two empty results of the same columns', async () => {
    expect(await outcome(`${EVENTS} where false`, 'select 1 as n, 1 as user_id where false')).toBe('');
  });

  test('shows ten cells and the number of the rest', async () => {
    const lines = (
      await outcome(
        'select range::varchar as user_id, 1 as n from range(8)',
        'select range::varchar as user_id, 0 as n from range(13) order by 1',
      )
    ).split('\n');
    expect(lines[1]).toBe('  counts: Expected 13 rows, found 8.');
    expect(lines.slice(4, -2)).toHaveLength(10);
    expect(lines.at(-2)).toBe('    and 9 more');
  });

  test('says which query the engine refused', async () => {
    expect(await outcome('select 1 as usr_id, 1 as n', 'select 1 as user_id, 1 as n')).toMatch(
      /^TEST_FAILED definitions\/totals\.sqlx:2:\d+\n {2}counts: The engine refused the query of the model: Binder Error: .*"user_id"/,
    );
    expect(await outcome(EVENTS, 'select nothing')).toMatch(
      /counts: The engine refused the expected query: Binder Error/,
    );
  });

  test('that was interrupted is no success', async () => {
    expect(await outcome(EVENTS, 'select 1 as n', AbortSignal.abort())).toBe(
      'RUN_CANCELLED\n  The tests were interrupted; 1 test did not end.\n  Run it again; finished actions are whole, unfinished ones were rolled back. (docs/errors.md#run_cancelled)',
    );
  });
});

test('an input replaces the ref that is written as it is, and no other', async () => {
  const projectDir = writeProject({
    ...PROJECT,
    'definitions/t.sqlx':
      'config { type: "test", dataset: "totals", name: "counts" }\ninput "events" { select 1 as n }\nselect 1 as n',
  });
  await expect(compileProject({ projectDir, engine: 'duckdb' })).rejects.toMatchObject({
    message:
      'COMPILE_FAILED definitions/t.sqlx:1\n  counts: the model reads ref("raw", "events") (definitions/totals.sqlx), for which the test gives no input. The test gives input "events".\n  Add input "raw", "events" { ... } to the test; an input replaces the ref that is written in the same way. (docs/errors.md#compile_failed)',
  });
});

test('an input that replaces nothing fails the test, which looks at something else than it seems to', async () => {
  const projectDir = writeProject({
    ...PROJECT,
    'definitions/t.sqlx': `config { type: "test", dataset: "totals", name: "counts" }
input "raw", "events" { ${EVENTS} }
input "raw", "event" { select 1 as n }
select 'a' as user_id, 2 as n union all select 'b', 1`,
  });
  const graph = await compileProject({ projectDir, engine: 'duckdb' });
  const results = await runTests(graph, warehouse, effects());
  expect(testProblems(results, graph, projectDir).map(formatProblem)).toEqual([
    failure(
      'counts: The input raw.event replaces nothing: the query of d.totals reads raw.events. Did you mean "raw.events"?',
    ),
  ]);
});

test('what cannot be tested is said with the nearest name', async () => {
  const projectDir = writeProject({
    ...PROJECT,
    'definitions/t.sqlx': 'config { type: "test", dataset: "totls" }\nselect 1 as n',
    'definitions/u.sqlx': 'config { type: "test", dataset: { schema: "raw", name: "users" } }\nselect 1 as n',
  });
  const hint =
    'Name a table, view or incremental table under dataset; declarations and operations have no query to test. (docs/errors.md#compile_failed)';
  await expect(compileProject({ projectDir, engine: 'duckdb' })).rejects.toMatchObject({
    message: `COMPILE_FAILED definitions/t.sqlx:1\n  t: tests "d.totls", which is no table or view of the project. Did you mean "totals"?\n  ${hint}\nCOMPILE_FAILED definitions/u.sqlx:1\n  u: tests "raw.users", which is no table or view of the project.\n  ${hint}`,
  });
});

test('integers beyond 2^53 are compared exactly, and null differs from everything else', () => {
  const result = (...values: Row[string][]) => ({
    columns: [{ name: 'a', type: '' }],
    rows: values.map((a) => ({ a })),
  });
  const cells = (a: Row[string], b: Row[string]) => compareRows(result(a), result(b)).differences.length;
  expect([cells(2n ** 60n, 2n ** 60n + 1n), cells(2n ** 60n, 2 ** 60), cells(0, -0), cells(NaN, NaN)]).toEqual([
    1, 0, 0, 0,
  ]);
  expect([cells(null, 0), cells(null, 'null'), cells(1, true), cells('1', 1), cells(null, null)]).toEqual([
    1, 1, 1, 1, 0,
  ]);
});
