import { type Problem, TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { textTable } from '../../core/text-table.ts';
import type { Workspace } from '../../core/workspace.ts';
import { readKnowledge } from '../../runner/changes.ts';
import { compileProject } from '../../runner/compile.ts';
import { explainPlan } from '../../runner/explain.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { type Plan, planRun } from '../../runner/plan.ts';
import { readColumns, refusal } from '../../runner/report.ts';
import type { Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import type { PlannedTask } from '../../runner/task.ts';
import { standIns, type Validation, validatePlan } from '../../runner/validate.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { terminated } from '../../warehouse/statement-end.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Reports, withReports } from '../ci-reports.ts';
import { type Context, giveResult } from '../context.ts';
import { openForReading } from '../open-for-reading.ts';
import { runStep } from '../step.ts';
import { warehouseOf } from '../warehouse.ts';
import { compileOptions, compileStep } from './compile.ts';
import type { RunFlags } from './run.ts';

/** `run --dry-run`: the engine checks each query, the statements are printed, and nothing is changed. */
export const dryRun = (context: Context, place: Workspace, flags: RunFlags, selection: Selection): Promise<void> =>
  withReports(context, 'run --dry-run', place, flags, (reports) => rehearse(context, place, flags, selection, reports));

async function rehearse(
  context: Context,
  place: Workspace,
  flags: RunFlags,
  selection: Selection,
  reports: Reports,
): Promise<void> {
  const graph = await compileStep(context, flags, reports);
  const { plan, validations, columns } = await runStep(context, 'dry run', async () => {
    // Postgres allows no temporary table to a session that may only read.
    const options = warehouseOf(context, flags, place);
    const warehouse = await (options.engine === 'duckdb'
      ? openForReading(context, flags, place)
      : openWarehouse(options));
    try {
      const plan = await planNow(graph, selection, flags, warehouse);
      const standIn = standIns(plan, warehouse.statements);
      const rehearsed = await compileProject({ ...(await compileOptions(context, flags)), standIn });
      const validations = await validatePlan(plan, rehearsed, warehouse, context.effects.signal);
      const n = (wanted: Validation['status']) => validations.filter(({ status }) => status === wanted).length;
      const summary = `${plural(n('VALID'), 'action')} valid, ${n('INVALID')} invalid, ${n('UNCHECKED')} not checked`;
      const columns = await readColumns(
        validations.filter(({ status }) => status === 'INVALID'),
        graph,
        warehouse,
      );
      return [{ plan, validations, columns }, summary, n('INVALID') > 0];
    } finally {
      await warehouse.close();
    }
  });
  if (context.json) giveResult(context, { ...plan, validations });
  else context.console.data(planText(plan, validations));
  const problems = new Map<string, Problem>(
    validations
      .filter(({ status }) => status === 'INVALID')
      .map((validation) => [
        validation.name,
        {
          code: 'ACTION_FAILED',
          file: validation.fileName,
          ...refusal(validation, validation.sql ?? '', graph, place.projectDir, columns),
        },
      ]),
  );
  const kinds = new Map(plan.actions.map(({ name, kind }) => [name, kind]));
  reports.add(({ validationCases }) =>
    validationCases(
      validations.map((validation) => ({ ...validation, kind: kinds.get(validation.name)! })),
      problems,
    ),
  );
  if (problems.size > 0) throw new TidemarkError([...problems.values()]);
}

/** What a run would do now; without what has not changed, when that was asked for. */
async function planNow(
  graph: CompiledGraph,
  selection: Selection,
  flags: Pick<RunFlags, 'changed'>,
  warehouse: Warehouse,
): Promise<Plan> {
  const state = await readState(warehouse, graph);
  const knowledge = flags.changed ? await readKnowledge(graph, selection, state, warehouse, true) : undefined;
  return planRun(graph, selection, state, warehouse, knowledge);
}

/** `run --explain`: why each action would run or be skipped. */
export async function explain(
  context: Context,
  place: Workspace,
  flags: RunFlags,
  selection: Selection,
): Promise<void> {
  const graph = await compileStep(context, flags);
  const warehouse = await openForReading(context, flags, place);
  try {
    const plan = await planNow(graph, selection, flags, warehouse);
    const explanations = explainPlan(plan, graph);
    if (context.json) return giveResult(context, explanations);
    const rows = explanations.map(({ name, disposition, why, selectedBecause }) => [
      name,
      disposition,
      why,
      selectedBecause,
    ]);
    context.console.data(`${textTable(['action', 'will', 'why', 'selected because'], rows)}\n`);
  } finally {
    await warehouse.close();
  }
}

/** The statements of a plan as SQL that could be sent by hand. */
function planText(plan: Plan, validations: readonly Validation[]): string {
  const blocks = plan.actions.map(({ name, why, tasks }, i) => {
    const { status, reason = '' } = validations[i]!;
    const notes = reason === '' || reason === why ? [] : [`-- ${status.toLowerCase()}: ${reason.split('\n')[0]}`];
    return [`-- ${name}: ${why}`, ...notes, ...tasks.flatMap(statementsOf).map((text) => terminated(text.trim()))].join(
      '\n',
    );
  });
  return `${[...plan.createSchemas.map((statement) => `${statement};`), ...blocks].join('\n\n')}\n`;
}

function statementsOf(task: PlannedTask): readonly string[] {
  if (task.type === 'comments') return task.statements.map(({ sql }) => sql);
  return 'statements' in task ? task.statements : [task.sql];
}
