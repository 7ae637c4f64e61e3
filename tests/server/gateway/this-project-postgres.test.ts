import { expect, test } from 'vitest';
import { writeWorld } from '../../models/world.ts';
import { makeDatabase } from '../../support/postgres.ts';
import { makeProject } from '../../support/project.ts';
import { must, plain, statuses, withCompiler } from '../../support/stock-project.ts';
import { expectSameRows } from './same.ts';

const days = Array.from({ length: 40 }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString());
const USERS = ['anna', 'bob', 'Zoë'];

test('the stock CLI makes on Postgres what our runner makes on DuckDB, twice', async () => {
  const database = await makeDatabase();
  const project = withCompiler(makeProject());
  const there = project.withEnv({ DATABASE_URL: database.url });
  writeWorld(project, {
    events: days.flatMap((at, i) => USERS.slice(i % 2).map((user) => ({ user, at, value: i }))),
    billing: USERS.map((user, i) => `${days[i]!.slice(0, 10)},${user},start,pro`),
    users: USERS.map((user_id) => ({ user_id, country: 'DE', created_ts: days[0], updated_ts: days[0] })),
  });
  try {
    await must(project, 'load');
    await must(there, 'load');
    await must(project, 'run');
    const first = await must(there, 'gateway', '--', 'dataform', 'run', '--timeout=5m', '--disable-assertions');
    expect(Object.values(statuses(first)).filter((status) => status === 'SUCCESSFUL').length).toBeGreaterThan(20);
    const again = await must(
      there,
      'gateway',
      '--',
      'dataform',
      'run',
      '--timeout=5m',
      '--disable-assertions',
      '--run-tests',
    );
    expect(plain(again.stdout)).toMatch(/Unit tests completed successfully\./);
    expect(statuses(again)).toEqual(statuses(first));
    await expectSameRows(
      { engine: 'duckdb', file: project.path('data', 'synthetic.duckdb') },
      { engine: 'postgres', connectionString: database.url },
    );
  } finally {
    await database.remove();
  }
}, 300_000);
