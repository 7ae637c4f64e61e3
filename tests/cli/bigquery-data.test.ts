import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { makeProject } from '../support/project.ts';
import { must } from '../support/stock-project.ts';

const MAIN = join(packageRoot(), 'dist', 'cli', 'main.js');
const TINY = ['--scenario', 'tiny'];
const BIGQUERY = ['--warehouse', 'bigquery', ...TINY];

/** What the line of a step says, without its time. */
const said = (stderr: string, step: string) =>
  new RegExp(`^\\w+ +${step} +(.*?)(?: \\([\\d.]+ m?s\\))?$`, 'm').exec(stderr)?.[1];

test('load, train and score with --warehouse bigquery do what they do on the engine below the gateway', async () => {
  const project = makeProject();
  // The gateway stands for the service.
  const through = (...args: string[]) =>
    must(project, 'gateway', '--database', 'dev.duckdb', '--', process.execPath, MAIN, ...args);
  const directly = (...args: string[]) => must(project, ...args, ...TINY, '--database', 'dev.duckdb');
  await must(project, 'generate', ...TINY);
  const first = said((await through('load', ...BIGQUERY)).stderr, 'load');
  expect(first).toMatch(
    /^[\d,]{6,} rows from [\d,]+ files: [\d,]+ new, \d+ duplicates, \d+ malformed, \d+ files unchanged$/,
  );
  expect(first).toBe(said((await must(project, 'load', ...TINY)).stderr, 'load'));
  // The other loader finds the hashes and the manifest that it would have written.
  for (const { stderr } of [await directly('load'), await through('load', ...BIGQUERY, '--prune')])
    expect(said(stderr, 'load')).toMatch(/^nothing new, 1,\d\d\d files unchanged$/);

  await directly('run', '--tags', 'gold', '--include-deps');
  const expected = JSON.parse((await directly('train', '--json')).stdout);
  const found = JSON.parse((await through('train', ...BIGQUERY, '--json')).stdout);
  expect(found).toEqual({ ...expected, reused: true });
  const scores = await directly('score', '--json');
  expect(JSON.parse((await through('score', ...BIGQUERY, '--json')).stdout)).toEqual(JSON.parse(scores.stdout));
}, 300_000);

test('flags of other engines, and credentials that are none', async () => {
  const project = makeProject();
  const refusal = async (...args: string[]) => {
    const { code, stderr } = await project.tidemark(...args);
    return [code, stderr.replace(/^FAIL .*\n/gm, '')];
  };
  const usage = (message: string) =>
    `error USAGE\n  ${message}\n  Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)\n`;
  expect(await refusal('load', '--credentials', 'x.json')).toEqual([
    2,
    usage('--credentials makes sense on BigQuery only'),
  ]);
  expect(await refusal('train', ...BIGQUERY, '--database', 'x', '--schema-prefix', 'y')).toEqual([
    2,
    usage('--database makes sense on DuckDB only; this is BigQuery') +
      usage('--schema-prefix makes sense on Postgres only; this is BigQuery'),
  ]);
  expect(await refusal('load', ...BIGQUERY, '--watch')).toEqual([
    2,
    usage('--watch is no flag of a load into BigQuery'),
  ]);
  expect(await refusal('score', ...BIGQUERY, '--credentials', 'gone.json')).toEqual([
    2,
    `error CONFIG_NOT_FOUND\n  there is no credentials file ${project.path('gone.json')}\n` +
      '  Let `npx dataform init-creds` write one. (docs/errors.md#config_not_found)\n',
  ]);
  project.write('.df-credentials.json', '{"projectId":"p","credentials":"secret"}');
  const [code, text] = await refusal('load', ...BIGQUERY);
  expect([code, text]).toEqual([
    2,
    `error CONFIG_SYNTAX\n  ${project.path('.df-credentials.json')} is no credentials file of the Dataform CLI\n` +
      '  Let `npx dataform init-creds` write one. (docs/errors.md#config_syntax)\n',
  ]);
});
