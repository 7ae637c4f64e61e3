import { type Target, targetName } from '../warehouse/target.ts';
import type { Relation, Warehouse } from '../warehouse/warehouse.ts';
import type { CompiledGraph } from './graph.ts';

/** What stands in the warehouse, by `schema.name`, as far as the graph names it. Columns are known for incremental tables only. */
export interface WarehouseState {
  readonly [name: string]: { readonly type: Relation['type']; readonly columns?: Relation['columns'] };
}

export async function readState(warehouse: Warehouse, graph: CompiledGraph): Promise<WarehouseState> {
  const actions = new Map(graph.actions.map((action) => [targetName(action.target), action]));
  const schemas = [...new Set(graph.actions.map(({ target }) => target.schema))].sort();
  const state: { [name: string]: WarehouseState[string] } = {};
  for (const { target, type } of await warehouse.relations(schemas)) {
    const name = targetName(target);
    const action = actions.get(name);
    if (!action) continue;
    const columns =
      action.kind === 'incremental' && type === 'table' ? await columnsOf(warehouse, action.target) : undefined;
    state[name] = { type, ...(columns ? { columns } : {}) };
  }
  return state;
}

const columnsOf = async (warehouse: Warehouse, target: Target) => (await warehouse.describe(target))?.columns;
