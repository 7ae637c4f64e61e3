import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileProject } from '../../../runner/compile.ts';
import { executePlan } from '../../../runner/execute.ts';
import type { CompiledGraph } from '../../../runner/graph.ts';
import { planRun } from '../../../runner/plan.ts';
import { EVERYTHING } from '../../../runner/select.ts';
import { readState } from '../../../runner/state.ts';
import { openWarehouse } from '../../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../../support/postgres.ts';
import { effects } from '../helpers.ts';
import { summary } from '../run-case.ts';

const POLICIES = ['IGNORE', 'FAIL', 'EXTEND', 'SYNCHRONIZE'] as const;
const WAYS = ['inserted', 'merged', 'overwritten'] as const;
type Engine = 'duckdb' | 'postgres';

/** The rows of the table afterwards; or why it failed. */
type Outcome = unknown[][] | string | Record<Engine, string>;
type Change = Record<(typeof POLICIES)[number], Outcome | Record<(typeof WAYS)[number], Outcome>> & {
  readonly name: string;
  readonly source: string;
};

const folder = join(import.meta.dirname, 'schema-change');
const changes = parse(readFileSync(join(folder, 'changes.yaml'), 'utf8')) as Change[];
const BEFORE = [
  [1, 'a', 10],
  [2, 'b', 20],
];

describe.each<Engine>(['duckdb', 'postgres'])('on %s', (engine) => {
  let database: Database | undefined;
  let warehouse: Warehouse;
  let connection: Connection;
  let graph: CompiledGraph;

  beforeAll(async () => {
    if (engine === 'postgres') database = await makeDatabase();
    warehouse = await openWarehouse(
      database ? { engine: 'postgres', connectionString: database.url } : { engine: 'duckdb', file: ':memory:' },
    );
    connection = await warehouse.connect();
    await connection.execute('create schema raw');
    graph = await compileProject({ projectDir: join(folder, 'project'), engine });
  });
  afterAll(async () => {
    await warehouse.close();
    await database?.remove();
  });

  const run = async (source: string): Promise<Record<string, string>> => {
    await connection.execute(`drop table if exists raw.source; create table raw.source as ${source}`);
    const plan = planRun(graph, EVERYTHING, await readState(warehouse, graph), warehouse);
    const { actions } = await executePlan(plan, warehouse, {}, effects());
    return Object.fromEntries(actions.map((result) => [result.name, summary(result)]));
  };
  const rows = async (name: string) =>
    (await connection.rows(`select * from ${name}`)).map((row) => Object.values(row)).sort();

  beforeEach(async () => {
    await connection.execute('drop schema if exists d cascade');
    const built = await run("select 1 as id, 'a' as word, 10 as n union all select 2, 'b', 20");
    expect([...new Set(Object.values(built))]).toEqual(['SUCCESSFUL 2']);
  });

  test.each(changes)('$name', async (change) => {
    const found = await run(change.source);
    for (const policy of POLICIES) {
      for (const way of WAYS) {
        const name = `d.${policy.toLowerCase()}_${way}`;
        const outcome = outcomeOf(change[policy], way);
        const failed = typeof outcome === 'string' ? `FAILED - ${outcome.replace('%', name)}` : undefined;
        expect([found[name], await rows(name)], name).toEqual(
          Array.isArray(outcome) ? [`SUCCESSFUL ${outcome.length}`, outcome] : [failed, BEFORE],
        );
      }
    }
  });

  function outcomeOf(outcomes: Change[(typeof POLICIES)[number]], way: (typeof WAYS)[number]): unknown {
    const outcome = typeof outcomes === 'object' && way in outcomes ? outcomes[way as never] : outcomes;
    return typeof outcome === 'object' && engine in outcome ? outcome[engine as never] : outcome;
  }
});
