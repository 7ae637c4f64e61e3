import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import type { RunRecord } from '../../runner/record.ts';
import { stockProject } from '../support/stock-project.ts';

const main = join(packageRoot(), 'dist', 'cli', 'main.js');

test('run --warehouse bigquery hands over to the Dataform CLI, and keeps what it says as the record of a run', async () => {
  const project = stockProject(join(packageRoot(), 'tests', 'server', 'gateway', 'project'));
  const run = ['run', '--warehouse', 'bigquery'];
  // The gateway stands for the service.
  const through = ['gateway', '--database', 'dev.duckdb', '--', process.execPath, main, ...run];
  const { code, stderr } = await project.tidemark(...through);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^FAIL run +14 models, 4 assertions passed, 2 failed; by dataform 3\.0\.69/m);
  expect(stderr).toContain(
    'error ACTION_FAILED definitions/operation_that_fails.sqlx:3\n  shop.operation_that_fails: Binder Error: Referenced column "no_such_column" not found in FROM clause!',
  );
  const id = JSON.parse(project.read('reports/runs/synthetic/latest.json')).runId;
  const record: RunRecord = JSON.parse(project.read(`reports/runs/synthetic/${id}/record.json`));
  expect(record).toMatchObject({ status: 'FAILED', engine: 'bigquery', engineVersion: 'dataform 3.0.69' });
  expect(record.actions).toHaveLength(20);
  const failed = record.actions.filter(({ status }) => status !== 'SUCCESSFUL');
  expect(failed).toMatchObject([
    {
      name: 'shop.operation_that_fails',
      kind: 'operations',
      status: 'FAILED',
      tasks: [
        {
          type: 'statement',
          status: 'FAILED',
          sql: 'select 1 as one;\n\nselect no_such_column from (select 1 as one);',
        },
      ],
    },
    {
      name: 'shop_checks.one_article_a_shelf',
      kind: 'assertion',
      status: 'FAILED',
      rows: 1,
      reason: 'Assertion failed: query returned 1 row(s).',
    },
  ]);

  const wrong = await project.tidemark(...run, '--resume');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    'error USAGE\n  --resume is no flag of a run on BigQuery, which the Dataform CLI does\n' +
      '  Read `tidemark <command> --help`; the message names the nearest match. (docs/errors.md#usage)\n',
  ]);
}, 300_000);
