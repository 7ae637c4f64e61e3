import type { Connection, Relation, Warehouse } from '../warehouse/warehouse.ts';
import type { TableAction } from './graph.ts';

/** What all rows of an incremental table hold in a column when they were made by the project as it stands. */
export interface Generation {
  readonly column: string;
  readonly value: string;
}

/**
 * `generation` in the properties of an incremental table: a table that holds another value is built in full. For what makes old rows wrong
 * without changing any input, such as an edit of the rules by which they were made. Anything else there is not ours.
 */
export function generationOf({ kind, properties: { generation } }: TableAction): Generation | undefined {
  if (kind !== 'incremental' || typeof generation !== 'object' || generation === null || Array.isArray(generation)) {
    return undefined;
  }
  const { column, value } = generation;
  return typeof column === 'string' && typeof value === 'string' ? { column, value } : undefined;
}

/** The value that a row of each table holds, in one question; undefined for one that is empty or has no such column. */
export async function readGenerations(
  tables: readonly { readonly action: TableAction; readonly columns: Relation['columns'] }[],
  warehouse: Warehouse,
): Promise<ReadonlyMap<TableAction, string>> {
  const { identifier, relation } = warehouse.statements;
  const asked = tables.flatMap(({ action, columns }) => {
    const generation = generationOf(action);
    const found = columns.find(({ name }) => name.toLowerCase() === generation?.column.toLowerCase());
    return found ? [{ action, column: found.name }] : [];
  });
  if (asked.length === 0) return new Map();
  const parts = asked.map(
    ({ action, column }, place) =>
      `select ${place} as place, value from (select cast(${identifier(column)} as varchar) as value from ${relation(action.target)} limit 1) as one`,
  );
  const connection: Connection = await warehouse.connect();
  try {
    const rows = await connection.rows<{ place: number; value: string | null }>(parts.join('\nunion all\n'));
    return new Map(rows.flatMap(({ place, value }) => (value === null ? [] : [[asked[place]!.action, value]])));
  } finally {
    await connection.close();
  }
}
