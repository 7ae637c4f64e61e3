import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { emptyProject, makeProject, type Result, run } from '../support/project.ts';

let parent: string;
let project: string;

const tidemark = (...args: string[]): Promise<Result> =>
  run(process.execPath, [join(packageRoot(), 'dist', 'cli', 'main.js'), ...args], project);

/** Replaces a text of a file of the project, and gives back the way to undo it. */
function edit(file: string, from: string, to: string): () => void {
  const before = readFileSync(join(project, file), 'utf8');
  expect(before).toContain(from);
  writeFileSync(join(project, file), before.replace(from, to));
  return () => writeFileSync(join(project, file), before);
}

/** A copy for the stock CLI, which takes the compiler from the project's own packages instead of the registry. */
function makeStockProject(from: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'tidemark-stock-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(join(from, 'definitions'), join(copy, 'definitions'), { recursive: true });
  const settings = readFileSync(join(from, 'workflow_settings.yaml'), 'utf8');
  writeFileSync(join(copy, 'workflow_settings.yaml'), settings.replace(/^dataformCoreVersion.*\n/, ''));
  writeFileSync(join(copy, 'package.json'), '{ "dependencies": { "@dataform/core": "*" } }');
  cpSync(join(packageRoot(), 'node_modules', '@dataform', 'core'), join(copy, 'node_modules', '@dataform', 'core'), {
    recursive: true,
  });
  return copy;
}

/** Durations differ from run to run. */
const plain = (text: string) => text.replaceAll(/ \([\d.]+ m?s\)/g, '');

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'tidemark-init-'));
  project = parent;
  expect(await tidemark('init', 'mine')).toMatchObject({ code: 0, stdout: '' });
  project = join(parent, 'mine');
  expect(await tidemark('run')).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('a project made by init', () => {
  test('is documented, ignores what runs make, and runs at once with its test', async () => {
    expect(readFileSync(join(project, '.gitignore'), 'utf8')).toBe('node_modules/\ndata/\nreports/\n');
    expect(readFileSync(join(project, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(11);
    const { code, stderr } = await tidemark('run', '--run-tests');
    expect(code).toBe(0);
    // On a busy machine a list of the slowest actions follows.
    const lines = plain(stderr).split('\n');
    expect(lines.filter((line) => /^(ok|FAIL)/.test(line))).toEqual([
      'ok   compile   9 actions',
      'ok   test      3 unit tests passed',
      'ok   run       3 models, 3 assertions passed',
    ]);
    // One for each action, in the order in which they end.
    expect(lines.filter((line) => /^ {2}(ok|FAIL)/.test(line)).sort()).toEqual([
      '  ok   analytics.large_orders                               2 rows',
      '  ok   analytics.orders                                     4 rows',
      '  ok   analytics.revenue_daily                              view',
      '  ok   assertions.analytics_orders_assertions_rowConditions passed',
      '  ok   assertions.analytics_orders_assertions_uniqueKey_0   passed',
      '  ok   assertions.no_day_loses_money                        passed',
    ]);
  });

  test('is formatted, and the stock CLI compiles it with the version that it asks for', async () => {
    expect((await tidemark('format', '--check')).code).toBe(0);
    const settings = readFileSync(join(project, 'workflow_settings.yaml'), 'utf8');
    const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    expect(settings).toBe(
      `dataformCoreVersion: ${dependencies['@dataform/core']}\ndefaultProject: my-project\ndefaultLocation: US\ndefaultDataset: analytics\ndefaultAssertionDataset: assertions\n`,
    );
    const stock = makeStockProject(project);
    const cli = join(packageRoot(), 'node_modules', '@dataform', 'cli', 'bundle.js');
    const { code, stdout } = await run(process.execPath, [cli, 'compile', stock, '--json'], stock);
    expect([code, JSON.parse(stdout).graphErrors, JSON.parse(stdout).tables.length]).toEqual([0, {}, 3]);
  });

  test('takes the project and location of Google Cloud as the stock init does, and says what comes next', async () => {
    const folder = join(parent, 'cloud');
    const { code, stderr } = await run(
      process.execPath,
      [join(packageRoot(), 'dist', 'cli', 'main.js'), 'init', 'cloud', 'my-cloud', 'EU'],
      parent,
      { npm_command: 'exec' },
    );
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'workflow_settings.yaml'), 'utf8')).toContain(
      'defaultProject: my-cloud\ndefaultLocation: EU\n',
    );
    expect(stderr.slice(stderr.indexOf('Next:'))).toBe(
      `Next:
  cd cloud
  npx tidemark test
  npx tidemark run
  npx tidemark query 'select * from analytics.revenue_daily order by order_date'
`,
    );
  });

  test('is not made where something is', async () => {
    expect(await tidemark('init', '.')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error USAGE\n {2}.*mine is not empty: it holds \.gitignore, README\.md, data, \.\.\.\n/,
      ),
    });
    expect(await tidemark('init', 'README.md')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is a file'),
    });
  });
});

test('a failing unit test shows its cells, ends with 1, and run --run-tests runs nothing', async () => {
  const undo = edit('definitions/tests/test_revenue_daily.sqlx', '1 AS orders', '2 AS orders');
  const found = await tidemark('test');
  expect(found.code).toBe(1);
  expect(plain(found.stderr)).toBe(`ok   compile   9 actions
FAIL test      2 unit tests passed, 1 failed
error TEST_FAILED definitions/tests/test_revenue_daily.sqlx:7:1
  a refund lowers the revenue and is no order: 1 cell differs.
    row  column  expected  found
    ---  ------  --------  -----
    1    orders  2         1
  The message shows the cells that differ; mend the model or the test. (docs/errors.md#test_failed)
`);
  const json = await tidemark('test', '--json', '--actions', 'revenue_daily');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toEqual([
    {
      name: 'a refund lowers the revenue and is no order',
      model: 'analytics.revenue_daily',
      fileName: 'definitions/tests/test_revenue_daily.sqlx',
      status: 'FAILED',
      reason: '1 cell differs.',
      differences: [{ row: 1, column: 'orders', expected: '2', found: '1' }],
      milliseconds: expect.any(Number),
    },
  ]);
  const refused = await tidemark('run', '--run-tests');
  expect(refused.code).toBe(1);
  expect(refused.stderr).not.toMatch(/^(ok|FAIL) +run /m);
  undo();
});

test('test runs the tests that are named, by their own name or by that of the model, or by tag', async () => {
  const names = async (...selectors: string[]) => {
    const { code, stdout } = await tidemark('test', '--json', ...selectors);
    expect(code).toBe(0);
    return JSON.parse(stdout).map(({ name, mode }: { name: string; mode?: string }) => [name, mode]);
  };
  const full = ['the first build takes every large order', 'full'];
  const again = ['a run corrects the newest day, adds later ones and leaves the rest alone', 'incremental'];
  expect(await names('--actions', 'large_orders')).toEqual([again, full]);
  expect(await names('--actions', 'analytics.large_*')).toEqual([again, full]);
  expect(await names('--actions', 'the first build*')).toEqual([full]);
  const undo = edit(
    'definitions/tests/test_revenue_daily.sqlx',
    'dataset: "revenue_daily",',
    'dataset: "revenue_daily",\n  tags: ["quick"],',
  );
  expect(await names('--tags', 'quick')).toEqual([['a refund lowers the revenue and is no order', undefined]]);
  const wrong = await tidemark('test', '--actions', 'large_order', '--tags', 'quik');
  undo();
  expect([wrong.code, plain(wrong.stderr)]).toEqual([
    2,
    `ok   compile   9 actions
error SELECTION_EMPTY
  no test matches "large_order". Near: large_orders, analytics.large_orders.
  The message lists the nearest names; \`tidemark compile\` lists all actions. (docs/errors.md#selection_empty)
error SELECTION_EMPTY
  no test with the tag matches "quik". Did you mean "quick"?
  The message lists the nearest names; \`tidemark compile\` lists all actions. (docs/errors.md#selection_empty)
`,
  ]);
});

test('a project without unit tests has nothing to test, and says so', async () => {
  const bare = emptyProject();
  bare.write('dataform.json', '{ "defaultSchema": "d" }');
  bare.write('definitions/a.sqlx', 'config { type: "view" }\nselect 1 as a');
  const { code, stderr } = await bare.tidemark('test');
  expect([code, plain(stderr)]).toEqual([
    1,
    `ok   compile   1 action
error TESTS_NOT_FOUND
  no unit test to run.
  Write one (\`type: "test"\`, docs/unit-tests.md), or leave the command out. (docs/errors.md#tests_not_found)
`,
  ]);
  expect((await bare.tidemark('run', '--run-tests')).code).toBe(0);
});

test('a dry run prints the statements, shows what the engine refuses with its line, and leaves the file as it was', async () => {
  const file = join(project, 'data', 'synthetic.duckdb');
  const before = readFileSync(file);
  const good = await tidemark('run', '--dry-run', '--actions', 'revenue_daily');
  expect(good.code).toBe(0);
  expect(plain(good.stderr)).toBe(
    'ok   compile   9 actions\nok   dry run   1 action valid, 0 invalid, 0 not checked\n',
  );
  expect(good.stdout).toMatch(
    /^create schema if not exists "analytics";\n\n-- analytics\.revenue_daily: view: replaced on every run\ncreate or replace view "analytics"\."revenue_daily" as\n/,
  );
  const undo = edit('definitions/revenue_daily.sqlx', 'SUM(amount_usd) AS', 'SUM(amount_eur) AS');
  const bad = await tidemark('run', '--dry-run');
  undo();
  expect(bad.code).toBe(1);
  expect(bad.stderr).toMatch(
    /ACTION_FAILED definitions\/revenue_daily\.sqlx:14:7\n {2}analytics\.revenue_daily: Binder Error: Referenced column "amount_eur"/,
  );
  expect(bad.stdout).toMatch(
    /-- assertions\.no_day_loses_money: .*\n-- unchecked: analytics\.revenue_daily is not valid\n/,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a dry run on no warehouse makes none', async () => {
  const fresh = makeProject();
  expect(await fresh.tidemark('run', '--dry-run', '--actions', 'dim_plan')).toMatchObject({ code: 0 });
  expect(existsSync(fresh.path('data'))).toBe(false);
});

test('run --explain says why, and runs nothing', async () => {
  const record = () => readFileSync(join(project, 'reports', 'runs', 'synthetic', 'latest.json'), 'utf8');
  const before = record();
  const { code, stdout } = await tidemark('run', '--explain', '--actions', 'revenue_daily', '--include-deps');
  expect(code).toBe(0);
  expect(record()).toBe(before);
  expect(stdout).toBe(
    `action                   will  why                           selected because
-----------------------  ----  ----------------------------  -------------------------------------
analytics.orders         run   table: replaced on every run  analytics.revenue_daily depends on it
analytics.revenue_daily  run   view: replaced on every run   --actions revenue_daily
`,
  );
});

describe('query', () => {
  const SQL = `select 'a,"b' as t, '' as e, null as n, 9007199254740993 as big from range(3)`;

  test('prints a table with numbers on the right, and says when there is more', async () => {
    const { code, stdout, stderr } = await tidemark(
      'query',
      'select * from analytics.revenue_daily order by order_date;',
      '--limit',
      '1',
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      'order_date  orders  revenue_usd\n----------  ------  -----------\n2026-01-01       2           55\n',
    );
    expect(stderr).toBe('Only the first 1 row; --limit <n> shows more.\n');
  });

  test('gives CSV and JSON whole', async () => {
    expect((await tidemark('query', SQL, '--csv')).stdout).toBe(
      `t,e,n,big\r\n${'"a,""b","",,9007199254740993\r\n'.repeat(3)}`,
    );
    expect(JSON.parse((await tidemark('query', SQL, '--json')).stdout)).toEqual(
      Array(3).fill({ t: 'a,"b', e: '', n: null, big: '9007199254740993' }),
    );
    expect((await tidemark('query', 'select 1 as a from range(150)', '--csv')).stdout.split('\r\n')).toHaveLength(152);
  });

  test('is read from standard input, and is not empty', async () => {
    const main = join(packageRoot(), 'dist', 'cli', 'main.js');
    const query = (input: string) =>
      spawnSync(process.execPath, [main, 'query', '-', '--csv'], { cwd: project, input, encoding: 'utf8' });
    expect(query('select 1 as a -- one\n;\n').stdout).toBe('a\r\n1\r\n');
    expect(query(' \n')).toMatchObject({ status: 2, stderr: expect.stringContaining('USAGE\n  the query is empty.') });
  });

  test('cannot write', async () => {
    const { code, stderr } = await tidemark('query', 'drop view analytics.revenue_daily');
    expect(code).toBe(1);
    expect(stderr).toContain('attached in read-only mode');
  });

  test('says that there is no warehouse yet', async () => {
    expect(await tidemark('query', 'select 1', '--scenario', 'other')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is no warehouse of synthetic-other yet: .*\n {2}Run `tidemark run` first\./),
    });
  });
});
