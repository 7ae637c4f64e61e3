import type { Target } from '../../warehouse/target.ts';
import type { Connection, RelationType, Warehouse } from '../../warehouse/warehouse.ts';
import type { Statement } from './statement.ts';

interface Place {
  readonly warehouse: Warehouse;
  readonly connection: Connection;
}

/**
 * The statements, to be sent in one transaction, that put a table or a view in the place of what has the name now, also when that is of the
 * other kind. A materialized view is a plain one where the engine has no other.
 */
export async function replacementOf(
  { type: wanted, target }: Extract<Statement, { kind: 'replace' }>,
  query: string,
  place: Place,
): Promise<string[]> {
  const { statements, capabilities } = place.warehouse;
  const materialized = wanted === 'materialized view' && capabilities.materializedViews;
  const type = wanted === 'table' || materialized ? wanted : 'view';
  const drop = capabilities.replacesOtherTypes ? [] : await dropOther(target, type, place);
  const create = type === 'table' ? statements.createTableAs : statements.createView;
  return [...drop, ...create(target, query, { remade: await views(place), materialized })];
}

/** Asked on the connection of the script, which sees what the script has made. */
async function dropOther(target: Target, type: RelationType, { warehouse, connection }: Place): Promise<string[]> {
  const rows = await connection.rows<{ type: string }>(
    `select table_type as type from information_schema.tables
     where table_catalog = current_database() and lower(table_schema) = lower($1) and lower(table_name) = lower($2)`,
    [target.schema, target.name],
  );
  const existing: RelationType | undefined = rows[0] && (rows[0].type === 'VIEW' ? 'view' : 'table');
  return existing && existing !== type ? [warehouse.statements.drop(target, existing)] : [];
}

/**
 * Where a view can keep a table from being replaced, all views may show the old rows until they are made anew: on BigQuery none would be in
 * the way either, and which of them a run makes is not told.
 */
async function views({ warehouse, connection }: Place): Promise<Target[]> {
  if (warehouse.capabilities.createOrReplaceTable) return [];
  const prefix = warehouse.statements.catalog({ schema: '', name: '' }).schema;
  const rows = await connection.rows<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.views
     where table_schema not in ('information_schema', 'pg_catalog') order by 1, 2`,
  );
  return rows
    .filter(({ schema }) => schema.startsWith(prefix))
    .map(({ schema, name }) => ({ schema: schema.slice(prefix.length), name }));
}
