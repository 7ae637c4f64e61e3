import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { formatProblem, type Problem } from '../../core/errors.ts';
import { compileProject } from '../../runner/compile.ts';
import { executePlan } from '../../runner/execute.ts';
import { planRun } from '../../runner/plan.ts';
import type { ActionResult } from '../../runner/record.ts';
import { runProblems } from '../../runner/report.ts';
import { EVERYTHING, type Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { testProblems } from '../../runner/test-report.ts';
import { runTests } from '../../runner/unit-test.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import { effects } from './helpers.ts';

type Engine = WarehouseOptions['engine'];

interface Run {
  /** As of a case; the run is left out on the others. */
  readonly engines?: readonly Engine[];
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
  /** The unit tests, which are run after the actions: those that passed, and what a person reads about those that failed. */
  readonly tests?: string;
}

/** `case.yaml`: what is there before, and what each of several runs of the project gives. Only what is written is compared. */
export interface Case {
  readonly name: string;
  readonly projectDir: string;
  /** The engines on which the case runs; both when it is left out. */
  readonly engines?: readonly Engine[];
  readonly setup?: string;
  /** `postgres` replaces what that engine says or is asked in other words. */
  readonly runs: readonly (Run & { readonly postgres?: Partial<Run> })[];
}

/** The cases of a folder: each has a `case.yaml` and a `project`. */
export function readCases(folder: string): Case[] {
  return readdirSync(folder).map((name) => ({
    name,
    projectDir: join(folder, name, 'project'),
    ...(parse(readFileSync(join(folder, name, 'case.yaml'), 'utf8'), { merge: true }) as Pick<
      Case,
      'engines' | 'setup' | 'runs'
    >),
  }));
}

export async function runCase({ projectDir, setup, runs }: Case, where: WarehouseOptions): Promise<void> {
  const warehouse = await openWarehouse(where);
  try {
    const connection = await warehouse.connect();
    if (setup) await connection.execute(setup);
    for (const { postgres, ...both } of runs) {
      const run: Run = where.engine === 'postgres' ? { ...both, ...postgres } : both;
      if (run.engines?.includes(where.engine) === false) continue;
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
      await checkQueries(connection, run);
      const problems = runProblems(record, graph, projectDir);
      if (run.problems !== undefined) expect(text(problems.errors)).toBe(run.problems);
      if (run.warnings !== undefined) expect(text(problems.warnings)).toBe(run.warnings);
      if (run.tests !== undefined) {
        const results = await runTests(graph, warehouse, effects());
        const passed = results.filter(({ status }) => status === 'SUCCESSFUL').map(({ name }) => `passed: ${name}\n`);
        expect(passed.join('') + text(testProblems(results, graph, projectDir))).toBe(run.tests);
      }
    }
  } finally {
    await warehouse.close();
  }
}

async function checkQueries(connection: Connection, { queries = {} }: Run): Promise<void> {
  for (const [query, rows] of Object.entries(queries)) {
    expect(
      (await connection.rows(query)).map((row) => Object.values(row)),
      query,
    ).toEqual(rows);
  }
}

/** Sorted, because actions that run at the same time end in any order. */
const text = (problems: readonly Problem[]): string =>
  problems
    .map((problem) => `${formatProblem(problem)}\n`)
    .sort()
    .join('');

export function summary({ status, rows, reason }: ActionResult): string {
  return `${status}${rows === undefined ? '' : ` ${rows}`}${reason === undefined ? '' : ` - ${reason.split('\n')[0]}`}`;
}
