import type { Problem } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { textTable } from '../core/text-table.ts';
import { targetName } from '../warehouse/target.ts';
import { type Place, queryPlace } from './assertion-place.ts';
import type { CellDifference } from './compare-rows.ts';
import type { CompiledGraph, TestAction } from './graph.ts';
import { refusal, sourceOf } from './report.ts';
import type { TestResult } from './unit-test.ts';

/** More cells than this say nothing new to a person; the result for programs holds them all. */
const SHOWN_CELLS = 10;

/** The failed tests for people, each with its differing cells as a table, or with the place that the engine refused. */
export function testProblems(results: readonly TestResult[], graph: CompiledGraph, projectDir: string): Problem[] {
  const open = results.filter(({ status }) => status === 'CANCELLED').length;
  return [
    ...problemsOfTests(results, graph, projectDir).values(),
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

/** The problem of each test that failed. */
export const problemsOfTests = (
  results: readonly TestResult[],
  graph: CompiledGraph,
  projectDir: string,
): Map<TestResult, Problem> =>
  new Map(
    results
      .filter(({ status }) => status === 'FAILED')
      .map((result) => [result, { code: 'TEST_FAILED', ...explain(result, graph, projectDir) }]),
  );

function explain(result: TestResult, graph: CompiledGraph, projectDir: string): Omit<Problem, 'code'> {
  const file = result.fileName === '' ? {} : { file: result.fileName };
  if (result.sql === undefined) {
    return {
      message: [`${result.name}: ${result.reason}`, ...cells(result.differences ?? [])].join('\n'),
      ...file,
      // What fails otherwise is not due to the rows that are expected.
      ...(result.differences === undefined ? {} : expectedPlace(result, graph, projectDir)),
    };
  }
  const refused = { ...refusal(result, result.sql, graph, projectDir), hint: 'Mend the SQL that the engine refused.' };
  if (refused.line !== undefined) return { ...file, ...refused };
  // The inputs stand in the file of the test, the query of the model in that of the model.
  const model = graph.actions.find(({ target }) => targetName(target) === result.model);
  if (!model || model.fileName === result.fileName) return { ...file, ...refused };
  const inModel = refusal({ ...result, fileName: model.fileName }, result.sql, graph, projectDir);
  return { ...file, ...refused, ...(inModel.line === undefined ? {} : { file: model.fileName, ...inModel }) };
}

/** Where the rows are written that a test expects. */
function expectedPlace(
  { name, fileName }: TestResult,
  graph: CompiledGraph,
  projectDir: string,
): Pick<Problem, 'line' | 'column'> {
  const source = sourceOf(fileName, projectDir);
  const test = graph.actions.find(({ kind, target }) => kind === 'test' && target.name === name);
  if (source === undefined || test?.kind !== 'test') return {};
  const place = ownPlace(source, test) ?? queryPlace(source, test.expectedQuery);
  return place ? { line: place.line + 1, column: place.column + 1 } : {};
}

/** In SQLX the query stands as it is; an input may begin with the same line, but is further in. */
function ownPlace(source: string, { fileName, expectedQuery }: TestAction): Place | undefined {
  const first = expectedQuery.split('\n').find((text) => text.trim() !== '');
  const lines = source.split('\n');
  const line = fileName.endsWith('.sqlx') ? lines.indexOf(first ?? '') : -1;
  return line < 0 ? undefined : { line, column: lines[line]!.search(/\S/) };
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
