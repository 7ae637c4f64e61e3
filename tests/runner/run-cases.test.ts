import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { WarehouseOptions } from '../../warehouse/open.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';
import { CASES } from './helpers.ts';
import { readCases, runCase } from './run-case.ts';

const cases = [
  ...readCases(join(CASES, 'run')),
  ...readCases(join(import.meta.dirname, 'upstream', 'run')).map((entry) => ({
    ...entry,
    name: `upstream ${entry.name}`,
  })),
];
const casesOn = (engine: WarehouseOptions['engine']) =>
  cases.filter(({ engines }) => engines?.includes(engine) ?? true);

test.each(casesOn('duckdb'))('$name on DuckDB', (entry) => runCase(entry, { engine: 'duckdb', file: ':memory:' }));

describe('on Postgres', () => {
  let database: Database;
  beforeAll(async () => {
    database = await makeDatabase();
  });
  afterAll(() => database.remove());

  test.each(casesOn('postgres'))('$name', async (entry) => {
    await administer(database.url, 'drop schema if exists d, checks, raw cascade');
    await runCase(entry, { engine: 'postgres', connectionString: database.url });
  });
});
