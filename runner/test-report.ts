import type { Problem } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { textTable } from '../core/text-table.ts';
import type { CellDifference } from './compare-rows.ts';
import type { CompiledGraph } from './graph.ts';
import { refusal } from './report.ts';
import type { TestResult } from './unit-test.ts';

/** More cells than this say nothing new to a person; the result for programs holds them all. */
const SHOWN_CELLS = 10;

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
