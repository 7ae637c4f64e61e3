import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openRuns } from '../../runner/journal.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { makeProject, type Project, run } from '../support/project.ts';

const CLI = join(packageRoot(), 'dist', 'cli', 'main.js');

/** The project of a shop, in a folder of its own. */
function shop(models: Record<string, string>): Project {
  const project = makeProject();
  project.write('shop/dataform.json', '{ "defaultSchema": "d", "assertionSchema": "checks" }');
  for (const [name, text] of Object.entries(models)) project.write(`shop/definitions/${name}.sqlx`, text);
  return project;
}

const IN_SHOP = ['--project-dir', 'shop'];
const A = 'shop/definitions/a.sqlx';
const rows = (n: number) =>
  `config { type: "table" }\nselect i as id, md5(cast(i as varchar)) as word from range(${n}) as r(i)`;

test('a run in memory reads an attached file and leaves nothing behind', async () => {
  const project = shop({
    events: 'config { type: "declaration", database: "prod", schema: "silver", name: "events" }',
    a: `config { type: "table" }\nselect id from \${ref("silver", "events")}`,
  });
  const file = project.path('production.duckdb');
  const production = await openDuckdb({ file });
  await (await production.connect()).execute('create schema silver; create table silver.events as select 7 as id');
  await production.close();
  const before = readFileSync(file);

  const memory = ['--database', ':memory:', '--attach', 'prod=production.duckdb'];
  const { code, stderr } = await project.tidemark('run', ...IN_SHOP, ...memory);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('1 model');
  expect(await project.tidemark('run', ...IN_SHOP, ...memory, '--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('select id from "prod"."silver"."events"'),
    stderr: expect.stringContaining('1 action valid'),
  });
  expect(readFileSync(file)).toEqual(before);
  expect(() => readFileSync(project.path('shop/data/synthetic.duckdb'))).toThrow('ENOENT');

  expect(await project.tidemark('run', ...IN_SHOP, '--attach', 'prod=gone.duckdb')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      `${project.path('gone.duckdb')} (attached as prod): IO Error: Cannot open database`,
    ),
  });
  project.write('shop/definitions/b.sqlx', 'config { type: "table", database: "prod" }\nselect 1 as id');
  expect(await project.tidemark('run', ...IN_SHOP, ...memory)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'error COMPILE_FAILED definitions/b.sqlx\n  d.b is made in the database "prod", which is attached for reading only.\n',
    ),
  });
});

test('--database names the file, for a run and for those who read', async () => {
  const project = shop({ a: rows(3) });
  expect(await project.tidemark('run', ...IN_SHOP, '--database', 'elsewhere.duckdb')).toMatchObject({ code: 0 });
  const query = await project.tidemark(
    'query',
    ...IN_SHOP,
    '--database',
    'elsewhere.duckdb',
    '--csv',
    'select count(*) as n from d.a',
  );
  expect(query).toMatchObject({ code: 0, stdout: 'n\r\n3\r\n' });
});

test('DuckDB flags on Postgres are refused, all at once', async () => {
  const project = shop({ a: rows(3) });
  const flags = ['--warehouse', 'postgres', '--database', 'x.duckdb', '--memory-limit', '1GB'];
  const { code, stderr } = await project.tidemark('run', ...IN_SHOP, ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain('--database makes sense on DuckDB only; this is Postgres');
  expect(stderr).toContain('--memory-limit makes sense on DuckDB only; this is Postgres');
  expect(await project.tidemark('run', ...IN_SHOP, '--memory-limit', '50')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("argument '50' is invalid. expected a size with its unit, as 4GB"),
  });
});

test('too little memory fails the model with the way out, and the old table is there', async () => {
  const project = shop({ a: rows(3) });
  expect(await project.tidemark('run', ...IN_SHOP)).toMatchObject({ code: 0 });
  project.edit(
    A,
    /select[\s\S]*/,
    'select list(word order by word) as words from (select md5(cast(i as varchar)) as word from range(3000000) as r(i))',
  );
  const { code, stderr } = await project.tidemark('run', ...IN_SHOP, '--memory-limit', '60MB');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    / {2}d\.a: Out of Memory Error: [^\n]*\n {2}Raise --memory-limit, lower --concurrency, or name a folder with room for what does not fit: --temp-directory\.\n {2}The message holds/,
  );
  expect(await project.tidemark('query', ...IN_SHOP, '--csv', 'select count(*) as n from d.a')).toMatchObject({
    stdout: 'n\r\n3\r\n',
  });
});

test.skipIf(process.platform === 'win32')(
  'a file that cannot grow fails the model, keeps the old table, and the next run is well',
  async () => {
    const project = shop({ a: rows(100), b: `config { type: "table" }\nselect max(id) as id from \${ref("a")}` });
    expect(await project.tidemark('run', ...IN_SHOP)).toMatchObject({ code: 0 });
    project.edit(A, 'range(100)', 'range(3000000)');
    // In blocks of 512 bytes: 2 MB.
    const limited = `ulimit -f 4096; exec ${process.execPath} ${CLI} run --project-dir shop`;
    const { code, stderr } = await run('sh', ['-c', limited], project.dir);
    expect(code).toBe(1);
    expect(stderr).toContain('0 models, 0 assertions passed, 1 failed, 1 skipped');
    expect(stderr).toContain(
      `  d.a: IO Error: Could not write file "${project.path('shop/data/synthetic.duckdb')}": File too large\n` +
        '  The disk is full, or the file may not grow. The old table is whole; free space, or move the file and name it with --database.\n',
    );
    const counts = ['query', ...IN_SHOP, '--csv', 'select (select count(*) from d.a) as a, (select id from d.b) as b'];
    expect(await project.tidemark(...counts)).toMatchObject({ stdout: 'a,b\r\n100,99\r\n' });
    expect(await project.tidemark('run', ...IN_SHOP, '--resume')).toMatchObject({ code: 0 });
    expect(await project.tidemark(...counts)).toMatchObject({ stdout: 'a,b\r\n3000000,2999999\r\n' });
  },
);

test('while a run goes on, the next one names it and its process; when that was killed, the next one says so', async () => {
  const project = shop({
    a: 'config { type: "table" }\nselect count(*) as n from range(1000000000000) as a cross join range(1000000) as b',
  });
  const env = { ...process.env, DATABASE_URL: '' };
  const running = spawn(process.execPath, [CLI, 'run', ...IN_SHOP], { cwd: project.dir, env, stdio: 'ignore' });
  const ended = once(running, 'exit');
  try {
    const runs = project.path('shop/reports/runs/synthetic');
    await expect.poll(() => openRuns(runs), { timeout: 20_000 }).toHaveLength(1);
    const [id] = openRuns(runs);
    const { code, stderr } = await project.tidemark('run', ...IN_SHOP);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^Run ${id} is going on since \\d{4}-.{11} UTC: process ${running.pid} on ${hostname()}\\.$`, 'm'),
    );
    const command = process.platform === 'linux' ? `${process.execPath} ${CLI} run` : process.execPath;
    expect(stderr).toContain(
      `error WAREHOUSE_LOCKED\n  ${project.path('shop/data/synthetic.duckdb')} is held by ${command} (process ${running.pid})\n` +
        `  Wait for process ${running.pid} or end it; a DuckDB file has one writer at a time.`,
    );
    expect(await project.tidemark('run', ...IN_SHOP, '--resume', id!)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`run ${id} is still going on and cannot be resumed`),
    });
    running.kill('SIGKILL');
    await ended;
    project.edit(A, /select[\s\S]*/, 'select 1 as n');
    expect(await project.tidemark('run', ...IN_SHOP)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        new RegExp(
          `warning RUN_KILLED\\n  The run of .* \\(${id}\\) ended with no word: .* 0 of 1 action had ended; running: d\\.a\\.\\n`,
        ),
      ),
    });
  } finally {
    running.kill('SIGKILL');
    await ended;
  }
});
