import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import type { RunRecord } from '../../runner/record.ts';
import { type Result, run } from '../support/project.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-changed-'));
  mkdirSync(join(dir, 'definitions'));
  writeFileSync(join(dir, 'dataform.json'), '{ "defaultSchema": "s", "assertionSchema": "a" }');
  writeFileSync(join(dir, 'definitions', 'first.sqlx'), 'config { type: "table" }\nselect 1 as id');
  writeFileSync(join(dir, 'definitions', 'second.sqlx'), 'config { type: "view" }\nselect id from ${ref("first")}');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const tidemark = (...args: string[]): Promise<Result> =>
  run(process.execPath, [join(packageRoot(), 'dist', 'cli', 'main.js'), ...args], dir);
const summary = async (...args: string[]) => /^\S+ +run +(.*) \(/m.exec((await tidemark('run', ...args)).stderr)?.[1];

test('what is remembered goes with the database, and not with the reports', async () => {
  expect(await summary()).toBe('2 models, 0 assertions passed');
  expect(await summary('--changed')).toBe('2 actions unchanged');

  rmSync(join(dir, 'reports'), { recursive: true });
  const { stdout } = await tidemark('run', '--changed', '--json');
  const { actions, status } = JSON.parse(stdout) as RunRecord;
  expect(status).toBe('SUCCESSFUL');
  expect(actions.map(({ name, rows, fromRun }) => [name, rows, typeof fromRun])).toEqual([
    ['s.first', 1, 'string'],
    ['s.second', undefined, 'string'],
  ]);

  const database = join(dir, 'data', 'synthetic.duckdb');
  copyFileSync(database, `${database}.backup`);
  writeFileSync(join(dir, 'definitions', 'first.sqlx'), 'config { type: "table" }\nselect 2 as id');
  expect(await summary('--changed')).toBe('2 models, 0 assertions passed');
  copyFileSync(`${database}.backup`, database);
  expect(await summary('--changed')).toBe('2 models, 0 assertions passed');

  rmSync(database);
  expect((await tidemark('run', '--changed', '--explain')).stdout).toMatch(
    /^s\.first +run +was never run +everything was selected\ns\.second +run +was never run /m,
  );
  expect(await summary('--changed')).toBe('2 models, 0 assertions passed');
});

test.each([
  [['--changed', '--resume'], /'--resume \[run-id\]' cannot be used with option '--changed'/],
  [['--watch', '--dry-run'], /'--watch' cannot be used with option '--dry-run'/],
])('run %j is refused', async (args, message) => {
  expect(await tidemark('run', ...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
