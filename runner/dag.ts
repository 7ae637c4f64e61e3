import { targetName } from '../warehouse/target.ts';
import type { Action } from './graph.ts';

/** Actions by name, and who depends on whom. Dependencies that name no action (sources nobody declared) are left out. */
export interface Dag {
  readonly actions: ReadonlyMap<string, Action>;
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

export function dagOf(actions: readonly Action[]): Dag {
  const byName = new Map(actions.map((action) => [targetName(action.target), action]));
  const dependencies = new Map<string, string[]>();
  const dependents = new Map<string, string[]>([...byName.keys()].map((name) => [name, []]));
  for (const [name, action] of byName) {
    const known = action.dependencies.filter((dependency) => byName.has(dependency));
    dependencies.set(name, known);
    for (const dependency of known) dependents.get(dependency)!.push(name);
  }
  return { actions: byName, dependencies, dependents };
}

/** The names and everything that can be reached from them over the edges. */
export function closure(names: Iterable<string>, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set(names);
  for (const name of reached) for (const next of edges.get(name) ?? []) reached.add(next);
  return reached;
}

/** All names so that each comes after its dependencies; among those that could come next, in the order of the graph. */
export function topological({ actions, dependencies, dependents }: Dag): string[] {
  const waiting = new Map([...dependencies].map(([name, list]) => [name, list.length]));
  const order = [...actions.keys()].filter((name) => waiting.get(name) === 0);
  for (const name of order) {
    for (const dependent of dependents.get(name)!) {
      const left = waiting.get(dependent)! - 1;
      waiting.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}
