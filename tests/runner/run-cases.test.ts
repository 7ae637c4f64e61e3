import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatProblem, type Problem } from '../../core/errors.ts';
import { compileProject } from '../../runner/compile.ts';
import { executePlan } from '../../runner/execute.ts';
import { planRun } from '../../runner/plan.ts';
import type { ActionResult } from '../../runner/record.ts';
import { runProblems } from '../../runner/report.ts';
import { EVERYTHING, type Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';
import { CASES, effects } from './helpers.ts';

interface Run {
  readonly before?: string;
  readonly vars?: Record<string, string>;
  readonly select?: Partial<Selection>;
  readonly status: string;
  /** `STATUS rows - first line of the reason`; all actions of the run. */
  readonly actions: Record<string, string>;
  readonly why?: Record<string, string>;
  readonly tasks?: Record<string, string[]>;
  readonly queries?: Record<string, unknown[][]>;
  readonly problems?: string;
  readonly warnings?: string;
}

/** `case.yaml`: what is there before, and what each of several runs of the project gives. Only what is written is compared. */
interface Case {
  /** The engines on which the case runs; both when it is left out. */
  readonly engines?: readonly WarehouseOptions['engine'][];
  readonly setup?: string;
  /** `postgres` replaces what that engine says or is asked in other words. */
  readonly runs: readonly (Run & { readonly postgres?: Partial<Run> })[];
}

const folder = join(CASES, 'run');
const cases = readdirSync(folder).map((name) => ({
  name,
  spec: parse(readFileSync(join(folder, name, 'case.yaml'), 'utf8')) as Case,
}));
const casesOn = (engine: WarehouseOptions['engine']) =>
  cases.filter(({ spec }) => spec.engines?.includes(engine) ?? true);

test.each(casesOn('duckdb'))('$name on DuckDB', ({ name, spec }) =>
  runCase(name, spec, { engine: 'duckdb', file: ':memory:' }),
);

describe('on Postgres', () => {
  let database: Database;
  beforeAll(async () => {
    database = await makeDatabase();
  });
  afterAll(() => database.remove());

  test.each(casesOn('postgres'))('$name', async ({ name, spec }) => {
    await administer(database.url, 'drop schema if exists d, checks, raw cascade');
    await runCase(name, spec, { engine: 'postgres', connectionString: database.url });
  });
});

async function runCase(name: string, { setup, runs }: Case, where: WarehouseOptions): Promise<void> {
  const projectDir = join(folder, name, 'project');
  const warehouse = await openWarehouse(where);
  const connection = await warehouse.connect();
  if (setup) await connection.execute(setup);
  for (const { postgres, ...both } of runs) {
    const run: Run = where.engine === 'postgres' ? { ...both, ...postgres } : both;
    if (run.before) await connection.execute(run.before);
    const { engine } = where;
    const graph = await compileProject({ projectDir, engine, ...(run.vars ? { vars: run.vars } : {}) });
    const plan = planRun(graph, { ...EVERYTHING, ...run.select }, await readState(warehouse, graph), warehouse);
    const record = await executePlan(plan, warehouse, {}, effects());

    expect(Object.fromEntries(record.actions.map((result) => [result.name, summary(result)]))).toEqual(run.actions);
    expect(record.status).toBe(run.status);
    for (const [action, why] of Object.entries(run.why ?? {})) {
      expect(plan.actions.find((entry) => entry.name === action)?.why).toBe(why);
    }
    for (const [action, statuses] of Object.entries(run.tasks ?? {})) {
      expect(record.actions.find((entry) => entry.name === action)?.tasks.map(({ status }) => status)).toEqual(
        statuses,
      );
    }
    for (const [query, rows] of Object.entries(run.queries ?? {})) {
      expect(
        (await connection.rows(query)).map((row) => Object.values(row)),
        query,
      ).toEqual(rows);
    }
    const problems = runProblems(record, graph, projectDir);
    if (run.problems !== undefined) expect(text(problems.errors)).toBe(run.problems);
    if (run.warnings !== undefined) expect(text(problems.warnings)).toBe(run.warnings);
  }
  await warehouse.close();
}

/** Sorted, because actions that run at the same time end in any order. */
const text = (problems: readonly Problem[]): string =>
  problems
    .map((problem) => `${formatProblem(problem)}\n`)
    .sort()
    .join('');

function summary({ status, rows, reason }: ActionResult): string {
  return `${status}${rows === undefined ? '' : ` ${rows}`}${reason === undefined ? '' : ` - ${reason.split('\n')[0]}`}`;
}
