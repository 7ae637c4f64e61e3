import { cpSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256 } from '../../../core/files.ts';
import { latestRun } from '../../../runner/history.ts';
import { makeProject } from '../../support/project.ts';
import { must, plain, statuses, withCompiler } from '../../support/stock-project.ts';
import { expectSameFiles } from './same.ts';

const WORLD = ['--scenario', 'tiny'];

test('the stock CLI makes on DuckDB what our runner makes, twice; red is what is wrong, and a dry run changes nothing', async () => {
  const project = withCompiler(makeProject());
  await must(project, 'generate', ...WORLD);
  await must(project, 'load', ...WORLD);
  const file = project.path('data', 'synthetic-tiny.duckdb');
  const stock = project.path('data', 'stock.duckdb');
  cpSync(file, stock);
  await must(project, 'run', ...WORLD);
  const through = ['gateway', ...WORLD, '--database', stock, '--', 'dataform'];
  // The CLI gives up a compile after a minute, which a busy machine may need.
  const run = ['run', '--timeout=5m'];
  const first = await must(project, ...through, ...run);
  const { actions } = latestRun(project.path('reports', 'runs', 'synthetic-tiny'))!.record;
  expect(actions.length).toBeGreaterThan(100);
  expect(statuses(first)).toEqual(Object.fromEntries(actions.map(({ name, status }) => [name, status])));
  await must(project, ...through, ...run, '--disable-assertions');
  await expectSameFiles(file, stock);

  const before = sha256(readFileSync(stock));
  project.edit('definitions/dimensions/dim_date.sqlx', 'days.d = bounds.last_day', 'days.no_such_column');
  project.edit('definitions/dimensions/dim_plan.sqlx', '>= 0"]', '>= 0", "1 = 2"]');
  const dry = await project.tidemark(...through, ...run, '--dry-run', '--tags=dimensions');
  expect(dry.code).toBe(1);
  expect(plain(dry.stdout)).toMatch(/^Table dry run success: {2}analytics\.dim_plan \[table\]/m);
  expect(plain(dry.stderr)).toMatch(/^ {2}bigquery error: Binder Error: .*"no_such_column".* at \[\d+:5\]$/ms);
  expect(sha256(readFileSync(stock))).toBe(before);
  const broken = await project.tidemark(...through, ...run, '--tags=dimensions');
  expect(broken.code).toBe(1);
  expect(statuses(broken)).toMatchObject({
    'analytics.dim_date': 'FAILED',
    'analytics.dim_plan': 'SUCCESSFUL',
    'assertions.analytics_dim_plan_assertions_rowConditions': 'FAILED',
    'assertions.analytics_dim_date_assertions_uniqueKey_0': 'SKIPPED',
  });
  expect(plain(broken.stderr)).toMatch(/^ {2}bigquery error: Assertion failed: query returned \d row\(s\)\.$/m);
}, 300_000);
