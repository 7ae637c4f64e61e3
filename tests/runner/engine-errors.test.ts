import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { compileProject } from '../../runner/compile.ts';
import { executePlan } from '../../runner/execute.ts';
import { planRun } from '../../runner/plan.ts';
import { readColumns, runProblems } from '../../runner/report.ts';
import { EVERYTHING } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { CASES, effects } from './helpers.ts';

/** Each model of the project is wrong in one way; what a person reads of it lies in `expected/<engine>/<model>.txt`. */
const folder = join(CASES, 'engine-errors');
const SETUP =
  "create schema raw; create table raw.events (user_id text, event_type text, n integer); insert into raw.events values ('u', 'click', 0)";

let database: Database;
beforeAll(async () => {
  database = await makeDatabase();
});
afterAll(() => database.remove());

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  test('every error points at its place in the source', async () => {
    const where: WarehouseOptions =
      engine === 'duckdb' ? { engine, file: ':memory:' } : { engine, connectionString: database.url };
    const warehouse = await openWarehouse(where);
    try {
      const connection = await warehouse.connect();
      await connection.execute(SETUP);
      const graph = await compileProject({ projectDir: folder, engine });
      const plan = planRun(graph, EVERYTHING, await readState(warehouse, graph), warehouse);
      const record = await executePlan(plan, warehouse, {}, effects());
      const failed = record.actions.filter(({ status }) => status === 'FAILED');
      const { errors } = runProblems(record, graph, folder, await readColumns(failed, graph, warehouse));
      expect(failed.length).toBeGreaterThan(10);
      mkdirSync(join(folder, 'expected', engine), { recursive: true });
      for (const [i, { name }] of failed.entries()) {
        const file = join(folder, 'expected', engine, `${name.split('.')[1]}.txt`);
        await expect(`${formatProblem(errors[i]!)}\n`).toMatchFileSnapshot(file);
      }
    } finally {
      await warehouse.close();
    }
  });
});
