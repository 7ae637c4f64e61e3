import type { Effects } from '../core/effects.ts';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { textTable } from '../core/text-table.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { type CellDifference, compareRows, type Result } from './compare-rows.ts';
import { round } from './execute-action.ts';
import type { CompiledGraph, TestAction } from './graph.ts';
import { refusal } from './report.ts';

/** What came of one unit test. */
export interface TestResult {
  readonly name: string;
  readonly fileName: string;
  readonly status: 'SUCCESSFUL' | 'FAILED' | 'CANCELLED';
  /** Why it failed: the engine's text, or what the results differ in. */
  readonly reason?: string;
  /** What the engine refused. */
  readonly sql?: string;
  readonly differences?: readonly CellDifference[];
  readonly milliseconds: number;
}

/** More cells than this say nothing new to a person; the result for programs holds them all. */
const SHOWN_CELLS = 10;

/**
 * Runs the unit tests of a graph one after another: the query of the model over its inputs must give the rows of the expected query.
 * Only queries are sent, so the warehouse may be open for reading only. Failures are in the results.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED when no connection can be made.
 */
export async function runTests(graph: CompiledGraph, warehouse: Warehouse, effects: Effects): Promise<TestResult[]> {
  const { clock, signal } = effects;
  const tests = graph.actions.filter((action) => action.kind === 'test');
  const results: TestResult[] = [];
  const connection = await warehouse.connect();
  const cancel = () => connection.cancel();
  signal.addEventListener('abort', cancel);
  try {
    for (const test of tests) {
      const started = clock.monotonic();
      const outcome = signal.aborted ? CANCELLED : await runTest(test, connection, signal);
      results.push({
        name: test.target.name,
        fileName: test.fileName,
        ...outcome,
        milliseconds: round(clock.monotonic() - started),
      });
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    await connection.close();
  }
  return results;
}

type Outcome = Pick<TestResult, 'status' | 'reason' | 'sql' | 'differences'>;

const CANCELLED: Outcome = { status: 'CANCELLED', reason: 'interrupted' };

async function runTest(test: TestAction, connection: Connection, signal: AbortSignal): Promise<Outcome> {
  const results: Result[] = [];
  for (const [what, sql] of [
    ['the expected query', test.expectedQuery],
    ['the query of the model', test.query],
  ] as const) {
    try {
      results.push({ columns: await connection.describe(sql), rows: await connection.rows(sql) });
    } catch (error) {
      if (signal.aborted) return CANCELLED;
      const text = error instanceof TidemarkError ? error.problems[0]!.message : String(error);
      return { status: 'FAILED', reason: `The engine refused ${what}: ${text}`, sql };
    }
  }
  const [expected, found] = results as [Result, Result];
  const { missingColumns, extraColumns, differences, reordered } = compareRows(expected, found);
  const sentences = [
    ...(missingColumns.length > 0 ? [`The model gives no ${columnList(missingColumns)}.`] : []),
    ...(extraColumns.length > 0 ? [`The test expects no ${columnList(extraColumns)}.`] : []),
    ...(expected.rows.length === found.rows.length
      ? []
      : [`Expected ${plural(expected.rows.length, 'row')}, found ${found.rows.length}.`]),
    ...(reordered ? ['The rows are the same in another order; rows are compared in order.'] : []),
  ];
  if (sentences.length === 0 && differences.length === 0) return { status: 'SUCCESSFUL' };
  if (sentences.length === 0)
    sentences.push(`${plural(differences.length, 'cell')} differ${differences.length === 1 ? 's' : ''}.`);
  return { status: 'FAILED', reason: sentences.join(' '), ...(differences.length > 0 ? { differences } : {}) };
}

const columnList = (names: readonly string[]): string =>
  `${names.length === 1 ? 'column' : 'columns'} ${names.join(', ')}`;

/** The failed tests for people, each with its differing cells as a table, or with the place that the engine refused. */
export function testProblems(results: readonly TestResult[], graph: CompiledGraph, projectDir: string): Problem[] {
  const failed = results.filter(({ status }) => status === 'FAILED');
  const open = results.filter(({ status }) => status === 'CANCELLED').length;
  return [
    ...failed.map((result) => ({
      code: 'TEST_FAILED' as const,
      ...(result.fileName === '' ? {} : { file: result.fileName }),
      ...(result.sql === undefined
        ? { message: [`${result.name}: ${result.reason}`, ...cells(result.differences ?? [])].join('\n') }
        : refusal(result, result.sql, graph, projectDir)),
    })),
    ...(open > 0
      ? [
          {
            code: 'RUN_CANCELLED' as const,
            message: `The tests were interrupted; ${plural(open, 'test')} did not end.`,
          },
        ]
      : []),
  ];
}

function cells(differences: readonly CellDifference[]): string[] {
  if (differences.length === 0) return [];
  const table = textTable(
    ['row', 'column', 'expected', 'found'],
    differences
      .slice(0, SHOWN_CELLS)
      .map(({ row, column = '(whole row)', expected = '(no row)', found = '(no row)' }) => [
        String(row),
        column,
        expected,
        found,
      ]),
  );
  const rest = differences.length - SHOWN_CELLS;
  return [...table.split('\n').map((line) => `  ${line}`), ...(rest > 0 ? [`  and ${rest} more`] : [])];
}
