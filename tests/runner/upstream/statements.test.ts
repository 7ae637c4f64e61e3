import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileProject } from '../../../runner/compile.ts';
import { executePlan } from '../../../runner/execute.ts';
import { planRun } from '../../../runner/plan.ts';
import { EVERYTHING } from '../../../runner/select.ts';
import { readState } from '../../../runner/state.ts';
import { openWarehouse } from '../../../warehouse/open.ts';
import { joinStatements } from '../../../warehouse/statement-end.ts';
import type { Connection, Warehouse } from '../../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../../support/postgres.ts';
import { effects, writeProject } from '../helpers.ts';

interface Statements {
  readonly name: string;
  readonly parts: readonly string[];
  readonly steps: readonly number[];
  readonly joined: string;
}

const cases = parse(readFileSync(join(import.meta.dirname, 'statements.yaml'), 'utf8')) as Statements[];

test.each(cases)('as one text: $name', ({ parts, joined }) => {
  expect(joinStatements(parts)).toBe(joined);
});

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  let database: Database | undefined;
  let warehouse: Warehouse;
  let connection: Connection;

  beforeAll(async () => {
    if (engine === 'postgres') database = await makeDatabase();
    warehouse = await openWarehouse(
      database ? { engine: 'postgres', connectionString: database.url } : { engine: 'duckdb', file: ':memory:' },
    );
    connection = await warehouse.connect();
  });
  afterAll(async () => {
    await warehouse.close();
    await database?.remove();
  });

  /** Runs the one action of a project and gives what `d.trace` holds then. */
  async function run(files: Record<string, string>): Promise<unknown[]> {
    await connection.execute('drop schema if exists d cascade; create schema d; create table d.trace (step integer)');
    const graph = await compileProject({ projectDir: writeProject(files), engine });
    const plan = planRun(graph, EVERYTHING, await readState(warehouse, graph), warehouse);
    const record = await executePlan(plan, warehouse, {}, effects());
    expect(record.actions.map(({ status, reason }) => `${status} ${reason ?? ''}`)).toEqual(['SUCCESSFUL ']);
    return (await connection.rows('select step from d.trace order by step')).map(({ step }) => step);
  }
  const sqlx = (parts: readonly string[]) => parts.join('\n---\n');
  const some = cases.filter(({ parts }) => parts.length > 0);

  test.each(some)('as parts of operations: $name', async ({ parts, steps }) => {
    expect(await run({ 'definitions/a.sqlx': `config { type: "operations" }\n${sqlx(parts)}` })).toEqual(steps);
  });

  test.each(some)('before and after a table: $name', async ({ parts, steps }) => {
    const pre = `config { type: "table" }\npre_operations {\n${sqlx(parts)}\n}\nselect 1 as a`;
    const post = `config { type: "table" }\nselect 1 as a\npost_operations {\n${sqlx(parts)}\n}`;
    expect(await run({ 'definitions/a.sqlx': pre })).toEqual(steps);
    expect(await run({ 'definitions/a.sqlx': post })).toEqual(steps);
  });

  test.each([
    ['table', 'tags: []'],
    ['view', 'tags: []'],
    ['incremental', 'tags: []'],
    ['incremental', 'uniqueKey: ["step"]'],
    ['incremental', 'onSchemaChange: "EXTEND"'],
    ['incremental', 'incrementalStrategy: "INSERT_OVERWRITE", bigquery: { partitionBy: "step" }'],
    ['assertion', 'tags: []'],
  ])('a query that ends with a semicolon and comments: %s, %s', async (type, settings) => {
    const query = 'select 1 as step from d.trace; -- ; the end\n/* of it; */';
    const project = writeProject({ 'definitions/a.sqlx': `config { type: "${type}", ${settings} }\n${query}` });
    const graph = await compileProject({ projectDir: project, engine });
    await connection.execute('drop schema if exists d cascade; create schema d; create table d.trace (step integer)');
    for (let i = 0; i < 2; i++) {
      const plan = planRun(graph, EVERYTHING, await readState(warehouse, graph), warehouse);
      const record = await executePlan(plan, warehouse, {}, effects());
      expect(record.actions.map(({ status, reason }) => `${status} ${reason ?? ''}`)).toEqual(['SUCCESSFUL ']);
    }
  });
});
