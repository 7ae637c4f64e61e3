import { type Command, Option } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { withTimeLimit } from '../../core/time-limit.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { readKnowledge } from '../../runner/changes.ts';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRY_LIMIT } from '../../runner/execute.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { latestRun, readRun, type SavedRun } from '../../runner/history.ts';
import { planRun } from '../../runner/plan.ts';
import type { RunRecord } from '../../runner/record.ts';
import { runRecorded } from '../../runner/recorded-run.ts';
import { makeRecorder } from '../../runner/recorder.ts';
import { readColumns, runProblems } from '../../runner/report.ts';
import { remaining } from '../../runner/resume.ts';
import type { Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Engine } from '../../warehouse/warehouse.ts';
import { credentialsFlag, refuseCredentials } from '../bigquery-access.ts';
import { type ReportFlags, type Reports, reportFlags, withReports } from '../ci-reports.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { integer, list } from '../flags.ts';
import { runProgress } from '../run-progress.ts';
import { runSummary, slowestLines } from '../run-summary.ts';
import { runStep } from '../step.ts';
import { reportUnendedRuns } from '../unended-runs.ts';
import { engineOf, warehouseOf } from '../warehouse.ts';
import { type CompileFlags, compileFlags, compileStep } from './compile.ts';
import { dryRun, explain } from './rehearse.ts';
import { testStep, throwFailures } from './test.ts';
import { watchProject } from './watch.ts';

export interface RunFlags extends CompileFlags, ReportFlags {
  readonly actions?: string[];
  readonly tags?: string[];
  readonly includeDeps?: boolean;
  readonly includeDependents?: boolean;
  readonly fullRefresh?: boolean;
  readonly concurrency?: number;
  readonly executionTimeout?: number;
  readonly dryRun?: boolean;
  readonly runTests?: boolean;
  readonly explain?: boolean;
  readonly actionRetryLimit?: number;
  /** A run id, or true for the last run. */
  readonly resume?: string | true;
  readonly changed?: boolean;
  readonly watch?: boolean;
}

type AnyRunFlags = Omit<RunFlags, 'warehouse'> & { readonly warehouse?: Engine; readonly credentials?: string };

export function registerRun(program: Command, context: Context): void {
  credentialsFlag(
    reportFlags(
      compileFlags(
        program
          .command('run')
          .description('Compile the Dataform project and run it on the warehouse, assertions included.'),
        'bigquery',
      ),
    ),
  )
    .option(
      '--actions <name,...>',
      'only these actions; schema.name, a bare name, or with * as a wildcard; repeatable',
      list,
    )
    .option('--tags <tag,...>', 'only actions with one of these tags; repeatable', list)
    .option('--include-deps', 'also what the selected actions depend on')
    .option('--include-dependents', 'also what depends on the selected actions')
    .option('--full-refresh', 'build incremental tables anew')
    .option('--concurrency <n>', 'actions that run at the same time', integer(1), DEFAULT_CONCURRENCY)
    .option('--execution-timeout <seconds>', 'cancel the run after this time', integer(1))
    .option('--run-tests', 'run the unit tests first; when one fails, nothing else runs')
    .option(
      '--action-retry-limit <n>',
      'send a statement again after a transient error, when it replaces what it makes',
      integer(0),
      DEFAULT_RETRY_LIMIT,
    )
    .option('--dry-run', 'let the engine check each query, print the statements and change nothing')
    .addOption(
      new Option('--explain', 'print why each action would run or be skipped, and change nothing').conflicts([
        'junit',
        'summary',
      ]),
    )
    .addOption(
      new Option(
        '--resume [run-id]',
        'go on with a run that failed or was killed (default: the last one): what it left and what changed since',
      ).conflicts(['actions', 'tags', 'fullRefresh', 'changed']),
    )
    .option('--changed', 'skip what is as it was when it last ran well: same SQL, same rows in all that it reads')
    .addOption(
      new Option('--watch', 'run what changed, now and after each save, until Ctrl-C').conflicts([
        'resume',
        'fullRefresh',
        'dryRun',
        'explain',
      ]),
    )
    .addHelpText(
      'after',
      `
Examples:
  tidemark run
  tidemark run --watch
  tidemark run --changed
  tidemark run --changed --explain
  tidemark run --resume
  tidemark run --actions gold.gold_user_features_daily --include-deps
  tidemark run --tags facts,gold --dataset oulad
  tidemark run --dry-run --actions 'dim_*'
  tidemark run --explain --tags gold --include-deps
  tidemark run --run-tests --junit reports/run.xml --summary reports/run.md
  tidemark run --warehouse bigquery --tags gold

On BigQuery the Dataform CLI does the run (docs/dataform-cli.md).
The JSON of a run and of a dry run is described in docs/json.md, what CI reads in docs/ci.md.`,
    )
    .action(async ({ warehouse, credentials, ...others }: AnyRunFlags) => {
      const place = workspace(projectFolder(context, others), others);
      if (warehouse === 'bigquery') {
        const { runOnBigquery } = await import('../bigquery-run.ts');
        return giveResult(
          context,
          await runOnBigquery(context, place, { ...others, credentials }, selectionOf(others)),
        );
      }
      refuseCredentials(credentials);
      const flags: RunFlags = { ...others, ...(warehouse === undefined ? {} : { warehouse }) };
      if (flags.dryRun) return dryRun(context, place, flags, selectionOf(flags));
      if (flags.explain) return explain(context, place, flags, selectionOf(flags));
      if (flags.watch) return watchProject(context, place, flags);
      giveResult(context, (await runModelsStep(context, place, flags)).record);
    });
}

/** Runs the project and saves the record, also when the run fails; failures are thrown after everything has been accounted for. */
export const runModelsStep = (context: Context, place: Workspace, flags: RunFlags): Promise<ModelsRun> =>
  withReports(context, 'run', place, flags, (reports) => runModels(context, place, flags, reports));

interface ModelsRun {
  readonly graph: CompiledGraph;
  readonly record: RunRecord;
}

async function runModels(context: Context, place: Workspace, flags: RunFlags, reports: Reports): Promise<ModelsRun> {
  const graph = await compileStep(context, flags, reports);
  if (flags.runTests) throwFailures(await testStep(context, place, graph, flags, reports), graph, place);
  reportUnendedRuns(context, place, flags.resume !== undefined);
  const before = flags.resume === undefined ? undefined : runToResume(context, place, flags);
  const selection = before
    ? { ...before.record.selection, actions: remaining(before, graph), tags: [] }
    : selectionOf(flags);
  if (before && selection.actions.length === 0) {
    context.console.line(`Nothing is left of run ${before.record.runId}.`);
    return { graph, record: before.record };
  }
  const { record, columns } = await runStep(context, 'run', async (step) => {
    const warehouse = await openWarehouse(warehouseOf(context, flags, place));
    const seconds = flags.executionTimeout;
    const limit = withTimeLimit(context.effects.signal, seconds === undefined ? undefined : seconds * 1000);
    try {
      const state = await readState(warehouse, graph);
      const knowledge = await readKnowledge(graph, selection, state, warehouse, flags.changed ?? false);
      const plan = planRun(graph, selection, state, warehouse, flags.changed ? knowledge : undefined);
      const { concurrency, actionRetryLimit } = flags;
      const options = {
        recorder: makeRecorder(plan, knowledge, warehouse, context.effects.clock, (message) => {
          if (flags.changed)
            context.console.warn({
              code: 'WAREHOUSE_FAILED',
              message: `What this run does is not remembered, so the next --changed runs it again: ${message}`,
            });
        }),
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(actionRetryLimit === undefined ? {} : { actionRetryLimit }),
      };
      const run = { runsDir: place.runsDir, graph, plan, before };
      const limited = { ...context.effects, signal: limit.signal };
      const record = await runRecorded(run, warehouse, options, limited, runProgress(step));
      const note = before ? `; went on with ${before.record.runId}` : '';
      const columns = await readColumns(
        record.actions.filter(({ status, fromRun }) => status === 'FAILED' && fromRun === undefined),
        graph,
        warehouse,
      );
      return [{ record, columns }, `${runSummary(record)}${note}`, record.status !== 'SUCCESSFUL'];
    } finally {
      limit.clear();
      await warehouse.close();
    }
  });
  for (const line of slowestLines(record)) context.console.line(line);
  const { errors, warnings, byAction } = runProblems(record, graph, place.projectDir, columns);
  reports.add(({ runCases }) => runCases(record, byAction));
  for (const warning of warnings) context.console.warn(warning);
  if (errors.length > 0) throw new TidemarkError(errors);
  return { graph, record };
}

function runToResume(context: Context, place: Workspace, flags: RunFlags): SavedRun {
  const id = flags.resume === true ? undefined : flags.resume;
  const saved = id === undefined ? latestRun(place.runsDir) : readRun(place.runsDir, id);
  const problem = (message: string) => new TidemarkError({ code: 'USAGE', message });
  if (!saved) throw problem(id === undefined ? `${place.name} has no run to resume` : `${place.name} has no run ${id}`);
  if (saved.record.status === 'RUNNING')
    throw problem(`run ${saved.record.runId} is still going on and cannot be resumed`);
  const engine = engineOf(context, flags);
  if (saved.record.engine !== engine) {
    throw problem(`run ${saved.record.runId} was on ${saved.record.engine} and cannot be resumed on ${engine}`);
  }
  return saved;
}

const selectionOf = (flags: RunFlags): Selection => ({
  actions: flags.actions ?? [],
  tags: flags.tags ?? [],
  includeDependencies: flags.includeDeps ?? false,
  includeDependents: flags.includeDependents ?? false,
  fullRefresh: flags.fullRefresh ?? false,
});
