import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../core/files.ts';
import { openWarehouse } from '../../../warehouse/open.ts';
import type { Row } from '../../../warehouse/warehouse.ts';
import type { Project } from '../../support/project.ts';
import { plain, statuses, stockProject } from '../../support/stock-project.ts';

// After tests/integration/bigquery_project of dataform-co/dataform (Apache-2.0), and bigquery.spec.ts beside it.
const shop = () => stockProject(join(packageRoot(), 'tests', 'server', 'gateway', 'project'));
const dataform = (project: Project, ...args: string[]) =>
  project.tidemark('gateway', '--database', 'dev.duckdb', '--', 'dataform', ...args);

async function rowsOf(project: Project, sql: string): Promise<Row[]> {
  const warehouse = await openWarehouse({ engine: 'duckdb', file: project.path('dev.duckdb'), readOnly: true });
  try {
    return await (await warehouse.connect()).rows(sql);
  } finally {
    await warehouse.close();
  }
}

const FAILING = ['shop.operation_that_fails', 'shop_checks.one_article_a_shelf'];

test('a project written for BigQuery: 20 actions, of which two fail as they should; incremental tables grow and merge', async () => {
  const project = shop();
  const first = await dataform(project, 'run');
  expect(first.code).toBe(1);
  const ended = statuses(first);
  expect(Object.keys(ended)).toHaveLength(20);
  expect(
    Object.keys(ended)
      .filter((name) => ended[name] !== 'SUCCESSFUL')
      .sort(),
  ).toEqual(FAILING);
  const said = plain(first.stderr);
  expect(said).toContain('  bigquery error: Assertion failed: query returned 1 row(s).\n');
  expect(said).toContain(
    '  bigquery error: Binder Error: Referenced column "no_such_column" not found in FROM clause!\nCandidate bindings: "one" at [3:8]\n',
  );
  const counts = 'select (select count(*) from shop.visits) as visits, (select count(*) from shop.prices) as prices';
  expect(await rowsOf(project, counts)).toEqual([{ visits: 3, prices: 2 }]);
  expect(
    await rowsOf(
      project,
      `select table_name, column_name, comment from duckdb_columns() where schema_name = 'shop' and comment is not null
       union all select view_name, null, comment from duckdb_views() where schema_name = 'shop' and comment is not null order by all`,
    ),
  ).toEqual([
    { table_name: 'ratings_shown', column_name: 'stars', comment: 'from 1 to 5' },
    { table_name: 'ratings_shown', column_name: null, comment: 'One row per rating that is shown' },
    {
      table_name: 'visits',
      column_name: 'basket',
      comment: 'what was in the basket, with names that the table has too',
    },
    { table_name: 'visits', column_name: 'visited_at', comment: 'seconds since 1970' },
    { table_name: 'visits', column_name: 'visitor', comment: 'who' },
  ]);

  const again = await dataform(project, 'run', '--actions=visits,prices');
  expect(again.code, again.stderr).toBe(0);
  expect(await rowsOf(project, counts)).toEqual([{ visits: 5, prices: 2 }]);
}, 300_000);

test('unit tests compare as they do on BigQuery', async () => {
  const { code, stdout, stderr } = await dataform(shop(), 'test');
  expect(code).toBe(1);
  expect(plain(stdout).split('Running 6 unit tests...\n\n')[1]).toBe(
    [
      'agrees: passed',
      'has a row too few: failed',
      'has a column too many: failed',
      'has another column: failed',
      'has other values: failed',
      'agrees through a view: passed',
      '',
    ].join('\n'),
  );
  expect(stderr).toBe(
    [
      '  Expected 3 rows, but saw 2 rows.',
      '  Expected columns "article,n,stars", but saw "article,n,stars,is_new".',
      '  Expected columns "article,n,stars,is_new", but saw "article,n,stars,is_old".',
      '  For row 0 and column "n": expected "1", but saw "5".',
      '  For row 1 and column "stars": expected "4.5", but saw "12".',
      '  For row 2 and column "article": expected "tea?", but saw "WRONG".',
      '',
    ].join('\n'),
  );
}, 300_000);
