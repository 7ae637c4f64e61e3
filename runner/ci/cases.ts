import type { Problem } from '../../core/errors.ts';
import { place } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import type { ActionStatus, RunRecord } from '../record.ts';
import type { TestResult } from '../unit-test.ts';
import type { Validation } from '../validate.ts';

/** `broken`: it could not be said whether it holds, because the engine or the compiler refused it. */
export type CaseState = 'passed' | 'warned' | 'failed' | 'broken' | 'skipped' | 'disabled';

/** One thing that a command did, as CI shows it: an action, an assertion, a unit test, a compile. */
export interface Case {
  /** What it is one of, in the plural: `tables`, `assertions`, `unit tests`. */
  readonly suite: string;
  readonly name: string;
  readonly state: CaseState;
  /** Undefined for what did not run now. */
  readonly milliseconds?: number;
  /** Relative to the project folder. */
  readonly file?: string;
  /** Of what is failed, broken or warned. */
  readonly problem?: Problem;
  /** Why it is skipped or disabled, or where an earlier result comes from. */
  readonly note?: string;
  readonly rows?: number;
}

/** What one command did, for the reports of CI. */
export interface Outcome {
  /** `tidemark run`. */
  readonly command: string;
  /** What it worked on: `synthetic-tiny on duckdb`. */
  readonly subject: string;
  /** ISO text, UTC. */
  readonly startedAt: string;
  readonly milliseconds: number;
  readonly cases: readonly Case[];
}

const STATES = {
  SUCCESSFUL: 'passed',
  WARNED: 'warned',
  FAILED: 'broken',
  SKIPPED: 'skipped',
  CANCELLED: 'skipped',
  KILLED: 'skipped',
  DISABLED: 'disabled',
} as const satisfies Record<ActionStatus, CaseState>;

const SUITES: Readonly<Record<string, string>> = {
  table: 'tables',
  view: 'views',
  incremental: 'incremental tables',
  assertion: 'assertions',
  notebook: 'notebooks',
  dataPreparation: 'data preparations',
};

const suiteOf = (kind: string): string => SUITES[kind] ?? kind;

/** The actions of a run, in the order of the plan. */
export function runCases({ actions }: RunRecord, problems: ReadonlyMap<string, Problem>): Case[] {
  return actions.map(({ name, kind, status, reason, fileName, fromRun, startedAt, milliseconds, rows }) => {
    const problem = problems.get(name);
    const state = problem?.code === 'ASSERTION_FAILED' && status === 'FAILED' ? 'failed' : STATES[status];
    const note = fromRun === undefined ? (problem ? undefined : reason) : `unchanged since run ${fromRun}`;
    return {
      suite: suiteOf(kind),
      name,
      state,
      ...(startedAt === undefined || fromRun !== undefined ? {} : { milliseconds }),
      ...fileOf(fileName),
      ...(problem ? { problem } : {}),
      ...(note === undefined ? {} : { note }),
      ...(rows === undefined || kind === 'assertion' ? {} : { rows }),
    };
  });
}

/** The unit tests that were run. */
export function testCases(results: readonly TestResult[], problems: ReadonlyMap<TestResult, Problem>): Case[] {
  return results.map((result) => {
    const { model, mode, name, fileName, status, sql, reason, milliseconds } = result;
    const problem = problems.get(result);
    const state = status === 'FAILED' ? (sql === undefined ? 'failed' : 'broken') : STATES[status];
    return {
      suite: 'unit tests',
      name: [model, mode === 'incremental' ? '(incremental)' : '', name].filter(Boolean).join(' '),
      state,
      ...(status === 'CANCELLED' ? {} : { milliseconds }),
      ...fileOf(fileName),
      ...(problem ? { problem } : {}),
      ...(problem || reason === undefined ? {} : { note: reason }),
    };
  });
}

/** What the engine said of the actions of a dry run. */
export function validationCases(
  validations: readonly (Validation & { readonly kind: string })[],
  problems: ReadonlyMap<string, Problem>,
): Case[] {
  const states = { VALID: 'passed', INVALID: 'broken', UNCHECKED: 'skipped' } as const;
  return validations.map(({ name, kind, fileName, status, reason }) => {
    const problem = problems.get(name);
    return {
      suite: suiteOf(kind),
      name,
      state: states[status],
      ...fileOf(fileName),
      ...(problem ? { problem } : reason === undefined ? {} : { note: reason }),
    };
  });
}

/** A compile that went well. */
export const compiledCase = (actions: number, milliseconds: number): Case => ({
  suite: 'compile',
  name: 'the project compiles',
  state: 'passed',
  milliseconds,
  note: plural(actions, 'action'),
});

const OF_CASES: ReadonlySet<string> = new Set(['ACTION_FAILED', 'ASSERTION_FAILED', 'TEST_FAILED']);

/** What ended a command besides its actions and tests: a project that does not compile, a server that is gone, a time limit. */
export function otherCases(problems: readonly Problem[], suite: string): Case[] {
  return problems
    .filter(({ code }) => !OF_CASES.has(code))
    .map((problem) => ({
      suite,
      name: [problem.code, place(problem)].filter(Boolean).join(' '),
      state: 'broken',
      ...(problem.file === undefined ? {} : { file: problem.file }),
      problem,
    }));
}

const fileOf = (fileName: string): Pick<Case, 'file'> => (fileName === '' ? {} : { file: fileName });
