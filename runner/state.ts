import { targetName } from '../warehouse/target.ts';
import type { Relation, Warehouse } from '../warehouse/warehouse.ts';
import { readGenerations } from './generation.ts';
import type { CompiledGraph, TableAction } from './graph.ts';

/** What stands in the warehouse, by `schema.name`, as far as the graph names it. Columns are known for incremental tables only. */
export interface WarehouseState {
  readonly [name: string]: {
    readonly type: Relation['type'];
    readonly columns?: Relation['columns'];
    /** Of incremental tables: what a row holds in the column that their `generation` names. */
    readonly generation?: string;
    /** As the engine lists it. */
    readonly id?: string;
  };
}

export async function readState(warehouse: Warehouse, graph: CompiledGraph): Promise<WarehouseState> {
  // An engine can hold a relation under a shorter name than the project gives it; spelt, both are the same.
  const { relation } = warehouse.statements;
  const actions = new Map(graph.actions.map((action) => [relation(action.target), action]));
  const schemas = [...new Set(graph.actions.map(({ target }) => target.schema))].sort();
  const found = (await warehouse.relations(schemas)).flatMap(({ target, type, id }) => {
    const action = actions.get(relation(target));
    return action ? [{ action, type, id }] : [];
  });
  const tables = found.filter(({ action, type }) => action.kind === 'incremental' && type === 'table');
  const described = await warehouse.describeAll(tables.map(({ action }) => action.target));
  const columns = new Map(tables.map(({ action }, i) => [action, described[i]?.columns]));
  const generations = await readGenerations(
    tables.map(({ action }) => ({ action: action as TableAction, columns: columns.get(action) ?? [] })),
    warehouse,
  );
  return Object.fromEntries(
    found.map(({ action, type, id }) => {
      const known = columns.get(action);
      const generation = generations.get(action as TableAction);
      return [
        targetName(action.target),
        {
          type,
          ...(known ? { columns: known } : {}),
          ...(generation === undefined ? {} : { generation }),
          ...(id === undefined ? {} : { id }),
        },
      ];
    }),
  );
}
