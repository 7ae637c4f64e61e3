import { afterAll, beforeAll, describe } from 'vitest';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { usePostgres } from './harness.ts';

let database: Database;
beforeAll(async () => {
  database = await makeDatabase();
  usePostgres(database.url);
});
afterAll(() => database.remove());

// The same tests, registered here a second time.
describe('on Postgres', () => {
  describe('load', async () => {
    await import('./load.test.ts');
  });
  describe('CSV', async () => {
    await import('./load-csv.test.ts');
  });
  describe('files that change', async () => {
    await import('./load-growing.test.ts');
  });
  describe('formats', async () => {
    await import('./load-formats.test.ts');
  });
  describe('hostile files', async () => {
    await import('./hostile.test.ts');
  });
  describe('large files', async () => {
    await import('./load-large.test.ts');
  });
  describe('plain files', async () => {
    await import('./load-plain.test.ts');
  });
});
