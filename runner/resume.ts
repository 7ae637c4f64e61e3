import { targetName } from '../warehouse/target.ts';
import { closure, dagOf } from './dag.ts';
import type { Action, CompiledGraph } from './graph.ts';
import type { SavedRun } from './history.ts';
import type { ActionResult, RunRecord } from './record.ts';

const DONE: ReadonlySet<ActionResult['status']> = new Set(['SUCCESSFUL', 'WARNED', 'DISABLED']);

/**
 * The actions that a run left undone, and those that say something else in `graph` than they did then, with everything that depends on
 * them; sorted. What the run was not asked for stays out. That sources hold other rows by now is not looked at: a new run sees to that.
 */
export function remaining({ graph: before, record }: SavedRun, graph: CompiledGraph): string[] {
  const everything = record.selection.actions.length === 0 && record.selection.tags.length === 0;
  const results = new Map(record.actions.map((result) => [result.name, result.status]));
  const known = new Map(before.actions.map((action) => [targetName(action.target), JSON.stringify(action)]));
  const { actions, dependents } = dagOf(graph.actions.filter(isRun));
  const again = [...actions].filter(([name, action]) => {
    const status = results.get(name);
    return (status === undefined ? everything : !DONE.has(status)) || known.get(name) !== JSON.stringify(action);
  });
  const names = closure(
    again.map(([name]) => name),
    dependents,
  );
  return [...names].filter((name) => everything || results.has(name)).sort();
}

/** The record of a resumed run with the results that it took over from the run before, each marked with where it comes from. */
export function withTakenOver(record: RunRecord, { record: before }: SavedRun): RunRecord {
  const made = new Set(record.actions.map(({ name }) => name));
  const takenOver = before.actions
    .filter(({ name }) => !made.has(name))
    .map((result) => ({ ...result, fromRun: result.fromRun ?? before.runId }));
  return {
    ...record,
    resumedFrom: before.runId,
    selection: before.selection,
    actions: [...takenOver, ...record.actions],
  };
}

const isRun = ({ kind }: Action): boolean => kind !== 'test' && kind !== 'declaration';
