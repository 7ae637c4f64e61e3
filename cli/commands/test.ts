import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { runTests, type TestResult, testProblems } from '../../runner/unit-test.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { openForReading } from '../open-for-reading.ts';
import { runStep } from '../step.ts';
import type { WarehouseFlags } from '../warehouse.ts';
import { type CompileFlags, compileFlags, compileStep } from './compile.ts';

export function registerTest(program: Command, context: Context): void {
  compileFlags(
    program
      .command('test')
      .description('Run the unit tests of the models: their queries over the inputs that the tests give.'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark test\n  tidemark test --dataset oulad\n  tidemark test --json\n\nThe JSON is described in docs/json.md.',
    )
    .action(async (flags: CompileFlags) => {
      const place = workspace(projectFolder(context, flags), flags);
      const graph = await compileStep(context, flags);
      const results = await testStep(context, place, graph, flags);
      giveResult(context, results);
      throwFailures(results, graph, place);
    });
}

/** Runs the unit tests of the graph on the warehouse, which is only read. */
export function testStep(
  context: Context,
  place: Workspace,
  graph: CompiledGraph,
  flags: WarehouseFlags,
): Promise<TestResult[]> {
  return runStep(context, 'test', async () => {
    const warehouse = await openForReading(context, flags, place);
    try {
      const results = await runTests(graph, warehouse, context.effects);
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
