import { targetName } from '../warehouse/target.ts';
import type { Content, Warehouse } from '../warehouse/warehouse.ts';
import { type Dag, dagOf } from './dag.ts';
import { sqlOf } from './fingerprint.ts';
import type { Action, CompiledGraph } from './graph.ts';
import type { Memory } from './memory.ts';
import { sqlInputs } from './sql-inputs.ts';
import type { WarehouseState } from './state.ts';

/** What relations held that no run makes, by name; undefined where the engine cannot tell. */
export type Contents = ReadonlyMap<string, Content | undefined>;

/** What an action reads, by name, each with a text that differs when it holds other rows. */
export interface Versions {
  readonly [name: string]: string;
}

/** Nothing is known of it: never equal to anything that was remembered. */
export const UNKNOWN = 'unknown';
/** It is not there. */
export const ABSENT = 'absent';

/**
 * The names of everything whose rows an action reads. Through a view it reads what the view reads, for the view itself says nothing about
 * rows. Assertions are waited for and not read.
 */
export function readsOf(name: string, dag: Dag): string[] {
  const reads = new Set(dag.dependencies.get(name));
  for (const read of reads) {
    const { kind } = dag.actions.get(read)!;
    if (kind === 'assertion') reads.delete(read);
    else if (kind === 'view') for (const further of dag.dependencies.get(read)!) reads.add(further);
  }
  return [...reads].sort();
}

/** All actions with their dependencies but unit tests, which nothing reads. */
export const wholeDag = (graph: CompiledGraph): Dag => dagOf(graph.actions.filter(({ kind }) => kind !== 'test'));

/**
 * Reads what those relations hold that the named actions read and no run makes: declared sources, and what is disabled. A run that nobody
 * asked for what has changed (`onlyCheap`) leaves out what is large, as it must not wait for that.
 */
export async function readContents(
  names: readonly string[],
  dag: Dag,
  state: WarehouseState,
  warehouse: Warehouse,
  onlyCheap: boolean,
): Promise<Contents> {
  const contents = new Map<string, Content | undefined>();
  for (const name of new Set(names.flatMap((name) => readsOf(name, dag)))) {
    const action = dag.actions.get(name)!;
    if (state[name] && !isMade(action)) contents.set(name, await warehouse.content(action.target, { onlyCheap }));
  }
  return contents;
}

/** The version of what stands under a name: that of its rows, or for what runs make the run that made it last. */
export function versionOf(action: Action, memory: Memory, state: WarehouseState, contents: Contents): string {
  const name = targetName(action.target);
  if (isMade(action)) return memory.get(name)?.runId ?? UNKNOWN;
  if (!state[name]) return ABSENT;
  const content = contents.get(name);
  return content ? `${content.rows} ${content.version}` : UNKNOWN;
}

/** Why the same SQL over the same rows can give something else, or undefined. */
export function unsteadiness(
  action: Action,
  dag: Dag,
  { statements }: Pick<Warehouse, 'statements'>,
): string | undefined {
  if (action.kind === 'operations' && !action.hasOutput) return 'what its operations did cannot be seen';
  const { relations, unsteady } = sqlInputs(sqlOf(action).join(';\n'));
  if (unsteady !== undefined) return `its SQL does not give the same every time (${unsteady})`;
  const name = targetName(action.target);
  const known = new Set(
    [name, ...dag.dependencies.get(name)!].map((known) => {
      const { schema, name } = statements.catalog(dag.actions.get(known)!.target);
      return `${schema}.${name}`.toLowerCase();
    }),
  );
  const foreign = relations.find((parts) => !known.has(parts.slice(-2).join('.').toLowerCase()));
  return foreign && `it reads ${foreign.join('.')}, which is no dependency`;
}

const isMade = ({ kind, disabled }: Action): boolean =>
  !disabled && ['table', 'view', 'incremental', 'operations', 'assertion'].includes(kind);
