import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import type { CompiledGraph, TestAction } from '../../runner/graph.ts';
import { selectTests } from '../../runner/select.ts';
import { problemsOfTests, testProblems } from '../../runner/test-report.ts';
import { runTests, type TestResult } from '../../runner/unit-test.ts';
import { type ReportFlags, type Reports, reportFlags, withReports } from '../ci-reports.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { list } from '../flags.ts';
import { openForReading } from '../open-for-reading.ts';
import { runStep } from '../step.ts';
import type { WarehouseFlags } from '../warehouse.ts';
import { type CompileFlags, compileFlags, compileStep } from './compile.ts';

interface TestFlags extends CompileFlags, ReportFlags {
  readonly actions?: string[];
  readonly tags?: string[];
}

export function registerTest(program: Command, context: Context): void {
  reportFlags(
    compileFlags(
      program
        .command('test')
        .description('Run the unit tests of the models: their queries over the inputs that the tests give.'),
    ),
  )
    .option('--actions <name,...>', 'only tests of this name, or of this model; * is a wildcard; repeatable', list)
    .option('--tags <tag,...>', 'only tests with one of these tags; repeatable', list)
    .addHelpText(
      'after',
      `
A test that gives its incremental table as an input tests a run on a table that holds those rows (docs/unit-tests.md).

Examples:
  tidemark test
  tidemark test --actions fct_billing_daily
  tidemark test --actions 'gold_*' --dataset oulad
  tidemark test --json
  tidemark test --junit reports/test.xml

The JSON is described in docs/json.md, what CI reads in docs/ci.md.`,
    )
    .action(async (flags: TestFlags) => {
      const place = workspace(projectFolder(context, flags), flags);
      await withReports(context, 'test', place, flags, async (reports) => {
        const graph = await compileStep(context, flags, reports);
        const tests = selectTests(graph, { actions: flags.actions ?? [], tags: flags.tags ?? [] });
        if (tests.length === 0) throw new TidemarkError({ code: 'TESTS_NOT_FOUND', message: 'no unit test to run.' });
        const results = await testStep(context, place, graph, flags, reports, tests);
        giveResult(context, results);
        throwFailures(results, graph, place);
      });
    });
}

/** Runs the unit tests of the graph, or these of them, on the warehouse, which is only read. */
export function testStep(
  context: Context,
  place: Workspace,
  graph: CompiledGraph,
  flags: WarehouseFlags,
  reports: Reports,
  tests?: readonly TestAction[],
): Promise<TestResult[]> {
  return runStep(context, 'test', async () => {
    const warehouse = await openForReading(context, flags, place);
    try {
      const results = await runTests(graph, warehouse, context.effects, tests);
      reports.add(({ testCases }) => testCases(results, problemsOfTests(results, graph, place.projectDir)));
      const failed = results.filter(({ status }) => status !== 'SUCCESSFUL').length;
      const passed = `${plural(results.length - failed, 'unit test')} passed`;
      return [results, failed > 0 ? `${passed}, ${failed} failed` : passed, failed > 0];
    } finally {
      await warehouse.close();
    }
  });
}

/** @throws {TidemarkError} TEST_FAILED for each test that failed. */
export function throwFailures(results: readonly TestResult[], graph: CompiledGraph, { projectDir }: Workspace): void {
  const problems = testProblems(results, graph, projectDir);
  if (problems.length > 0) throw new TidemarkError(problems);
}
