import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { DEFAULT_CONCURRENCY, executePlan } from '../../runner/execute.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { saveRun } from '../../runner/history.ts';
import { type Plan, planRun } from '../../runner/plan.ts';
import type { RunRecord } from '../../runner/record.ts';
import { runProblems } from '../../runner/report.ts';
import type { Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import type { PlannedTask } from '../../runner/task.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { integer, list } from '../flags.ts';
import { runStep } from '../step.ts';
import { warehouseOf } from '../warehouse.ts';
import { type CompileFlags, compileFlags, compileStep } from './compile.ts';

export interface RunFlags extends CompileFlags {
  readonly actions?: string[];
  readonly tags?: string[];
  readonly includeDeps?: boolean;
  readonly includeDependents?: boolean;
  readonly fullRefresh?: boolean;
  readonly concurrency?: number;
  readonly executionTimeout?: number;
  readonly dryRun?: boolean;
}

export function registerRun(program: Command, context: Context): void {
  compileFlags(
    program
      .command('run')
      .description('Compile the Dataform project and run it on the warehouse, assertions included.'),
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
    .option('--dry-run', 'print the statements and change nothing')
    .addHelpText(
      'after',
      `
Examples:
  tidemark run
  tidemark run --actions gold.gold_user_features_daily --include-deps
  tidemark run --tags facts,gold --dataset oulad
  tidemark run --dry-run --actions 'dim_*'`,
    )
    .action(async (flags: RunFlags) => {
      const place = workspace(projectFolder(context, flags), flags);
      if (flags.dryRun) return printPlan(context, await planOnly(context, place, flags));
      giveResult(context, (await runStepOf(context, place, flags)).record);
    });
}

/** Runs the project and saves the record, also when the run fails; failures are thrown after everything has been accounted for. */
export async function runStepOf(
  context: Context,
  place: Workspace,
  flags: RunFlags,
): Promise<{ graph: CompiledGraph; record: RunRecord }> {
  const graph = await compileStep(context, flags);
  const signal =
    flags.executionTimeout === undefined
      ? context.effects.signal
      : AbortSignal.any([context.effects.signal, AbortSignal.timeout(flags.executionTimeout * 1000)]);
  const record = await runStep(context, 'run', async (step) => {
    const warehouse = await openWarehouse(warehouseOf(context, flags, place));
    try {
      const plan = planRun(graph, selectionOf(flags), await readState(warehouse, graph), warehouse);
      const options = flags.concurrency === undefined ? {} : { concurrency: flags.concurrency };
      const record = await executePlan(plan, warehouse, options, { ...context.effects, signal }, (event) => {
        if (event.type === 'started') step.update(event.name, event);
      });
      saveRun(place.runsDir, graph, plan, record);
      return [record, summary(record), record.status !== 'SUCCESSFUL'];
    } finally {
      await warehouse.close();
    }
  });
  const { errors, warnings } = runProblems(record, graph, place.projectDir);
  for (const warning of warnings) context.console.warn(warning);
  if (errors.length > 0) throw new TidemarkError(errors);
  return { graph, record };
}

async function planOnly(context: Context, place: Workspace, flags: RunFlags): Promise<Plan> {
  const graph = await compileStep(context, flags);
  const warehouse = await openWarehouse({ ...warehouseOf(context, flags, place), readOnly: true });
  try {
    return planRun(graph, selectionOf(flags), await readState(warehouse, graph), warehouse);
  } finally {
    await warehouse.close();
  }
}

/** The statements of a plan as SQL that could be sent by hand. */
function printPlan(context: Context, plan: Plan): void {
  if (context.json) {
    giveResult(context, plan);
    return;
  }
  const blocks = plan.actions.map(({ name, why, tasks }) =>
    [`-- ${name}: ${why}`, ...tasks.flatMap(statementsOf).map((text) => `${text.trim()};`)].join('\n'),
  );
  context.console.data(`${[...plan.createSchemas.map((statement) => `${statement};`), ...blocks].join('\n\n')}\n`);
}

function statementsOf(task: PlannedTask): readonly string[] {
  if (task.type === 'comments') return task.statements.map(({ sql }) => sql);
  return 'statements' in task ? task.statements : [task.sql];
}

const selectionOf = (flags: RunFlags): Selection => ({
  actions: flags.actions ?? [],
  tags: flags.tags ?? [],
  includeDependencies: flags.includeDeps ?? false,
  includeDependents: flags.includeDependents ?? false,
  fullRefresh: flags.fullRefresh ?? false,
});

/** `18 tables, 30 assertions passed, 2 disabled`: what ended in which state. */
function summary(record: RunRecord): string {
  const n = (test: (action: RunRecord['actions'][number]) => boolean) => record.actions.filter(test).length;
  const made = n(({ kind, status }) => status === 'SUCCESSFUL' && kind !== 'assertion' && kind !== 'declaration');
  const parts = [
    plural(made, 'model'),
    `${plural(
      n(({ kind, status }) => kind === 'assertion' && status === 'SUCCESSFUL'),
      'assertion',
    )} passed`,
  ];
  for (const status of ['WARNED', 'FAILED', 'SKIPPED', 'CANCELLED', 'DISABLED'] as const) {
    const actions = n((action) => action.status === status);
    if (actions > 0) parts.push(`${actions} ${status.toLowerCase()}`);
  }
  return parts.join(', ');
}
