import { type Target, targetName } from '../warehouse/target.ts';
import type { Engine, Warehouse } from '../warehouse/warehouse.ts';
import { type Knowledge, verdictOn } from './changes.ts';
import { closure, type Dag, dagOf, topological } from './dag.ts';
import type { Action, CompiledGraph } from './graph.ts';
import { planTasks } from './plan-tasks.ts';
import type { ActionResult } from './record.ts';
import { type Selection, select } from './select.ts';
import type { WarehouseState } from './state.ts';
import type { PlannedTask } from './task.ts';

export const PLAN_VERSION = 1;

export interface PlannedAction {
  /** `schema.name`. */
  readonly name: string;
  readonly kind: Action['kind'];
  readonly fileName: string;
  /** What will be done: nothing at all when it is `skip`, for the reason in `why`. */
  readonly disposition: 'run' | 'skip';
  /** Why it runs in this way, or why it does not run; for people. */
  readonly why: string;
  /** The actions of this plan that have to end first. */
  readonly dependencies: readonly string[];
  /** A failed assertion of severity `warn` fails nothing. */
  readonly severity: 'error' | 'warn';
  readonly tasks: readonly PlannedTask[];
  /** The earlier result that still holds, when it is skipped for that. */
  readonly unchanged?: ActionResult;
}

/** What a run will do, in topological order: plain JSON, `plan.json` in the folder of a run. */
export interface Plan {
  readonly version: typeof PLAN_VERSION;
  readonly engine: Engine;
  readonly graphHash: string;
  readonly selection: Selection;
  /** Made before the first action. */
  readonly createSchemas: readonly string[];
  readonly actions: readonly PlannedAction[];
}

/**
 * Decides what a run does. Asks the engine nothing: `state` says what there is.
 *
 * @param knowledge when it is given, what has not changed since an earlier run is skipped.
 * @throws {TidemarkError} of {@link select}.
 */
export function planRun(
  graph: CompiledGraph,
  selection: Selection,
  state: WarehouseState,
  warehouse: Pick<Warehouse, 'engine' | 'statements' | 'capabilities'>,
  knowledge?: Knowledge,
): Plan {
  const selected = new Set(select(graph, selection));
  const planned = graph.actions.filter(
    (action) => selected.has(targetName(action.target)) && action.kind !== 'declaration',
  );
  const dag = dagOf(planned);
  const schemas = new Set<string>();
  const running = new Set<string>();
  const actions = topological(dag).map((name): PlannedAction => {
    const action = dag.actions.get(name)!;
    const base = {
      name,
      kind: action.kind,
      fileName: action.fileName,
      dependencies: dag.dependencies.get(name)!,
      severity: action.kind === 'assertion' ? action.severity : ('error' as const),
    };
    const reason = reasonToSkip(action);
    if (reason) return { ...base, disposition: 'skip', why: reason, tasks: [] };
    const verdict = knowledge && verdictOn(action, running, knowledge);
    if (verdict && 'unchanged' in verdict) {
      const { unchanged } = verdict;
      return { ...base, disposition: 'skip', why: `unchanged since run ${unchanged.fromRun}`, tasks: [], unchanged };
    }
    running.add(name);
    schemas.add(action.target.schema);
    const options = { fullRefresh: selection.fullRefresh, existing: state[name], remade: viewsAfter(name, dag) };
    const { why, tasks } = planTasks(action, options, warehouse);
    const how = action.kind === 'incremental' && verdict ? `${verdict.run}; ${why}` : (verdict?.run ?? why);
    return { ...base, disposition: 'run', why: how, tasks };
  });
  return {
    version: PLAN_VERSION,
    engine: warehouse.engine,
    graphHash: graph.hash,
    selection,
    createSchemas: [...schemas].sort().map((schema) => warehouse.statements.createSchema(schema)),
    actions,
  };
}

/** The views of the plan that depend on an action, directly or not: assertions are views too. */
function viewsAfter(name: string, { actions, dependents }: Dag): Target[] {
  return [...closure(dependents.get(name)!, dependents)]
    .map((dependent) => actions.get(dependent)!)
    .filter(({ kind, disabled }) => (kind === 'view' || kind === 'assertion') && !disabled)
    .map(({ target }) => target);
}

function reasonToSkip(action: Action): string | undefined {
  if (action.disabled) {
    const { disabledReason } = action.properties;
    return typeof disabledReason === 'string' ? `disabled: ${disabledReason}` : 'disabled in its config block';
  }
  if (action.kind === 'notebook') return 'notebooks are not run';
  if (action.kind === 'dataPreparation') return 'data preparations are not run';
  if (action.kind === 'jit') return 'just-in-time code is not run';
  return undefined;
}
