import { targetName } from '../warehouse/target.ts';
import { closure, dagOf } from './dag.ts';
import type { CompiledGraph } from './graph.ts';
import type { Plan } from './plan.ts';
import { EVERYTHING, type Selection, select } from './select.ts';

export interface Explanation {
  readonly name: string;
  readonly disposition: 'run' | 'skip';
  /** How it is run, or why it is not. */
  readonly why: string;
  /** How it came into the selection. */
  readonly selectedBecause: string;
}

/** Why each action of a plan runs or is skipped, and why it is in the plan at all; in the order of the plan. */
export function explainPlan(plan: Plan, graph: CompiledGraph): Explanation[] {
  const reasons = selectionReasons(graph, plan.selection);
  return plan.actions.map(({ name, disposition, why }) => ({
    name,
    disposition,
    why,
    selectedBecause: reasons.get(name) ?? 'everything was selected',
  }));
}

/** Empty when everything is selected. A selector comes before a dependency, that before a dependent. */
function selectionReasons(graph: CompiledGraph, selection: Selection): Map<string, string> {
  const reasons = new Map<string, string>();
  const add = (names: Iterable<string>, reason: string) => {
    for (const name of names) if (!reasons.has(name)) reasons.set(name, reason);
  };
  for (const pattern of selection.actions)
    add(select(graph, { ...EVERYTHING, actions: [pattern] }), `--actions ${pattern}`);
  for (const tag of selection.tags) add(select(graph, { ...EVERYTHING, tags: [tag] }), `--tags ${tag}`);
  const dag = dagOf(graph.actions.filter(({ kind }) => kind !== 'test'));
  if (selection.includeDependencies)
    for (const name of [...reasons.keys()]) add(closure([name], dag.dependencies), `${name} depends on it`);
  if (selection.includeDependents)
    for (const name of [...reasons.keys()]) add(closure([name], dag.dependents), `depends on ${name}`);
  return new Map(
    graph.actions
      .map(({ target }) => targetName(target))
      .flatMap((name) => (reasons.has(name) ? [[name, reasons.get(name)!]] : [])),
  );
}
