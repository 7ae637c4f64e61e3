import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';

const WAITING = 'Waiting for changes; Ctrl-C ends.\n';
/** Takes far longer than any test. */
const ENDLESS = 'select count(*) as n from range(1000000000000) as t(i) where i % 7 = 3';

let dir: string;
let child: ChildProcess;
let said: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-watch-'));
  mkdirSync(join(dir, 'definitions'));
  writeFileSync(join(dir, 'dataform.json'), '{ "defaultSchema": "s", "assertionSchema": "a" }');
  save('first', 'select 1 as id');
  save('second', 'select id from ${ref("first")}');
  save('other', 'select 2 as id');
});
afterEach(() => {
  if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

const save = (name: string, query: string) =>
  writeFileSync(join(dir, 'definitions', `${name}.sqlx`), `config { type: "table" }\n${query}\n`);

function start(): void {
  said = '';
  child = spawn(process.execPath, [join(packageRoot(), 'dist', 'cli', 'main.js'), 'run', '--watch'], {
    cwd: dir,
    env: { ...process.env, DATABASE_URL: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
}

/** Waits for a text, and gives all that was said before it ended; the next call begins after that. */
async function until(text: string): Promise<string> {
  for (;;) {
    const at = said.indexOf(text);
    if (at >= 0) {
      const before = said.slice(0, at + text.length);
      said = said.slice(at + text.length);
      return before;
    }
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function interrupt(): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  return ended;
}

async function rows(sql: string): Promise<unknown> {
  const warehouse = await openDuckdb({ file: join(dir, 'data', 'synthetic.duckdb'), readOnly: true });
  try {
    return await (await warehouse.connect()).rows(sql);
  } finally {
    await warehouse.close();
  }
}

test('each save runs what it changes; errors are shown and waited on; the database is free in between', async () => {
  start();
  expect(await until(WAITING)).toMatch(/3 models, 0 assertions passed/);

  save('first', 'select 7 as id');
  const edited = await until(WAITING);
  expect(edited).toMatch(/^\n\d\d:\d\d:\d\d changed: definitions\/first\.sqlx\n/);
  expect(edited).toMatch(/2 models, 0 assertions passed, 1 action unchanged/);
  expect(await rows('select id from s.second')).toEqual([{ id: 7 }]);

  save('second', 'select id from ${ref("frist")}');
  expect(await until(WAITING)).toMatch(/COMPILE_FAILED definitions\/second\.sqlx/);

  save('second.tmp', 'select id, 1 as more from ${ref("first")}');
  renameSync(join(dir, 'definitions', 'second.tmp.sqlx'), join(dir, 'definitions', 'second.sqlx'));
  expect(await until('2 actions unchanged')).toMatch(/1 model,/);
  await until(WAITING);
  expect(await rows('select * from s.second')).toEqual([{ id: 7, more: 1 }]);

  rmSync(join(dir, 'definitions', 'other.sqlx'));
  expect(await until(WAITING)).toMatch(/changed: definitions\/other\.sqlx[\s\S]*run +2 actions unchanged/);
  expect(await interrupt()).toBe(0);
});

test('a save in the middle of a run ends that run, and the newest is run', async () => {
  save('first', ENDLESS);
  start();
  await until('s.other');
  save('first', 'select 3 as id');
  const newest = await until(WAITING);
  expect(newest).toMatch(/FAIL run +1 model, 0 assertions passed, 2 cancelled/);
  expect(newest).not.toMatch(/RUN_CANCELLED/);
  expect(newest).toMatch(/2 models, 0 assertions passed, 1 action unchanged/);
  expect(await rows('select id from s.second')).toEqual([{ id: 3 }]);
  expect(await interrupt()).toBe(0);
});

test('Ctrl-C in the middle of a run cancels it and ends', async () => {
  save('first', ENDLESS);
  start();
  await until('s.other');
  expect(await interrupt()).toBe(0);
  expect(said).toMatch(/1 model, 0 assertions passed, 2 cancelled/);
  expect(said).not.toContain(WAITING.trim());
});
