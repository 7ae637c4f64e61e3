import { type Target, targetName } from '../warehouse/target.ts';
import type { Relation, Warehouse } from '../warehouse/warehouse.ts';
import type { CompiledGraph } from './graph.ts';

/** What stands in the warehouse, by `schema.name`, as far as the graph names it. Columns are known for incremental tables only. */
export interface WarehouseState {
  readonly [name: string]: {
    readonly type: Relation['type'];
    readonly columns?: Relation['columns'];
    /** As the engine lists it. */
    readonly id?: string;
  };
}

export async function readState(warehouse: Warehouse, graph: CompiledGraph): Promise<WarehouseState> {
  // An engine can hold a relation under a shorter name than the project gives it; spelt, both are the same.
  const { relation } = warehouse.statements;
  const actions = new Map(graph.actions.map((action) => [relation(action.target), action]));
  const schemas = [...new Set(graph.actions.map(({ target }) => target.schema))].sort();
  const state: { [name: string]: WarehouseState[string] } = {};
  for (const { target, type, id } of await warehouse.relations(schemas)) {
    const action = actions.get(relation(target));
    if (!action) continue;
    const columns =
      action.kind === 'incremental' && type === 'table' ? await columnsOf(warehouse, action.target) : undefined;
    state[targetName(action.target)] = {
      type,
      ...(columns ? { columns } : {}),
      ...(id === undefined ? {} : { id }),
    };
  }
  return state;
}

const columnsOf = async (warehouse: Warehouse, target: Target) => (await warehouse.describe(target))?.columns;
