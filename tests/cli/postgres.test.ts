import { hostname } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project } from '../support/project.ts';

test('DATABASE_URL picks Postgres; a server that is not there is named without its password, on every command', async () => {
  const project = makeProject().withEnv({ DATABASE_URL: 'postgresql://someone:top-secret@127.0.0.1:1/shop' });
  project.write('data/raw/synthetic/users/all.jsonl', '{}\n');
  const expected =
    'error WAREHOUSE_FAILED\n  someone@127.0.0.1:1/shop: connect ECONNREFUSED 127.0.0.1:1\n' +
    '  Check DATABASE_URL (postgresql://user:password@host:port/database) and that the server is up. (docs/errors.md#warehouse_failed)\n';
  for (const command of ['load', 'run', 'doctor']) {
    const { code, stdout, stderr } = await project.tidemark(command);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain(expected);
    expect(stdout + stderr).not.toContain('top-secret');
  }
  const json = await project.tidemark('run', '--json');
  expect(json.stdout + json.stderr).not.toContain('top-secret');
});

test('--warehouse duckdb wins over DATABASE_URL', async () => {
  const project = makeProject().withEnv({ DATABASE_URL: 'postgresql://someone:top-secret@127.0.0.1:1/shop' });
  const { code, stderr } = await project.tidemark('doctor', '--warehouse', 'duckdb');
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/ok +DuckDB +v/);
});

/** A project of its own models, and a database for it. */
async function shop(models: Record<string, string>): Promise<{ project: Project; database: Database }> {
  const database = await makeDatabase();
  onTestFinished(() => database.remove());
  const project = makeProject();
  project.write('shop/dataform.json', '{ "defaultSchema": "d", "assertionSchema": "checks" }');
  for (const [name, text] of Object.entries(models)) project.write(`shop/definitions/${name}.sqlx`, text);
  return { project, database };
}

const IN_SHOP = ['--project-dir', 'shop', '--warehouse', 'postgres'];
const ONE = { a: 'config { type: "table" }\nselect 1 as id' };

test('PG* variables and --warehouse postgres do without DATABASE_URL', async () => {
  const { project, database } = await shop(ONE);
  const { username, password, hostname, port, pathname } = new URL(database.url);
  const env = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: 'prefer',
  };
  const { code, stderr } = await project.withEnv(env).tidemark('run', ...IN_SHOP);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('1 model');
  const wrong = await project.withEnv({ ...env, PGSSLMODE: 'verify-ca' }).tidemark('run', ...IN_SHOP);
  expect(wrong.stderr).toContain('sslmode=verify-ca needs sslrootcert');
  expect(wrong.stderr).not.toContain(password);
});

test('--execution-timeout ends a statement on the server, also when the command no longer can', async () => {
  const { project, database } = await shop({
    a: 'config { type: "table" }\nselect current_setting(\'statement_timeout\') as a',
    b: `config { type: "table" }\nselect 1 as a from \${ref("a")}, pg_sleep(600)`,
  });
  const env = { DATABASE_URL: database.url };
  const { code, stderr } = await project.withEnv(env).tidemark('run', ...IN_SHOP, '--execution-timeout', '2');
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('1 model, 0 assertions passed, 1 cancelled'),
  });
  const { stdout } = await project.withEnv(env).tidemark('query', ...IN_SHOP, '--csv', 'select a from d.a');
  expect(stdout).toBe('a\r\n7s\r\n');
});

test('a run that lacks rights changes nothing, names all that it lacks, and leaves a record', async () => {
  const { project, database } = await shop({
    a: 'config { type: "table", schema: "one" }\nselect 1 as id',
    b: `config { type: "table", schema: "two" }\nselect id from \${ref("a")}`,
  });
  const role = `runner_${process.pid}`;
  await administer(database.url, `create role ${role} login password 'top-secret'; create schema one`);
  onTestFinished(() => administer(database.url, `drop role ${role}`));
  const env = { DATABASE_URL: database.urlOf(role, 'top-secret') };
  const { code, stderr } = await project.withEnv(env).tidemark('run', ...IN_SHOP);
  expect(code, stderr).toBe(1);
  const name = new URL(database.url).pathname.slice(1);
  expect(stderr).toContain(
    `error RIGHTS_MISSING\n  ${role} may not make tables in the schema one.\n` +
      `  Its owner or an administrator can run: grant usage, create on schema "one" to "${role}"; (docs/errors.md#rights_missing)\n` +
      `error RIGHTS_MISSING\n  The schema two does not exist, and ${role} may not make schemas in the database ${name}.\n` +
      `  Its owner or an administrator can run: create schema "two" authorization "${role}"; (docs/errors.md#rights_missing)\n`,
  );
  expect(stderr).not.toContain('top-secret');
  const runs = 'shop/reports/runs/synthetic';
  const { runId } = JSON.parse(project.read(`${runs}/latest.json`));
  expect(JSON.parse(project.read(`${runs}/${runId}/record.json`))).toMatchObject({
    status: 'FAILED',
    reason: expect.stringContaining('the schema one'),
  });
});

test('a run of a killed process is found by the next commands', async () => {
  const { project, database } = await shop(ONE);
  const tidemark = project.withEnv({ DATABASE_URL: database.url }).tidemark;
  expect(await tidemark('run', ...IN_SHOP)).toMatchObject({ code: 0 });
  const runs = 'shop/reports/runs/synthetic';
  const { runId } = JSON.parse(project.read(`${runs}/latest.json`));
  const later = runId.replace(/^\d{8}/, '29990101');
  for (const file of ['graph', 'plan'])
    project.write(`${runs}/${later}/${file}.json`, project.read(`${runs}/${runId}/${file}.json`));
  const start = {
    type: 'run',
    runId: later,
    startedAt: '2999-01-01T10:15:00.000Z',
    engine: 'postgres',
    engineVersion: '18',
    process: { pid: 2 ** 30, host: hostname() },
  };
  const lines = [start, { type: 'started', name: 'd.a', at: 3 }].map((line) => JSON.stringify(line));
  project.write(`${runs}/${later}/journal.jsonl`, lines.join('\n'));

  const message =
    `The run of 2999-01-01 10:15 UTC (${later}) ended with no word: its process was killed, or the machine stopped. 0 of 1 action had ended; running: d.a.\n` +
    '  `tidemark run --resume` goes on with it; `tidemark run` starts anew. (docs/errors.md#run_killed)';
  expect(await tidemark('doctor', ...IN_SHOP)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`error RUN_KILLED\n  ${message}`),
  });
  expect(await tidemark('run', ...IN_SHOP, '--resume')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`went on with ${later}`),
  });
  expect(JSON.parse(project.read(`${runs}/${later}/record.json`))).toMatchObject({ status: 'KILLED' });
});
