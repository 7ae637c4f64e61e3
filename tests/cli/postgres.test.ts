import { expect, test } from 'vitest';
import { makeProject } from '../support/project.ts';

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
