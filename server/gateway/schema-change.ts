import type { ColumnInfo, Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { targetOf } from './respell.ts';
import { readScript } from './script.ts';
import { readStatement } from './statement.ts';
import { type Token, textOf, trimmed, wordOf } from './tokens.ts';
import { fieldOf, googleType } from './types.ts';

/** What the procedure does that Dataform makes for an incremental table with `onSchemaChange`. */
export interface SchemaChange {
  readonly strategy: 'FAIL' | 'EXTEND' | 'SYNCHRONIZE';
  readonly parts: readonly string[];
  /** Gives the columns that the new rows have. */
  readonly query: readonly Token[];
  readonly uniqueKey: readonly string[];
}

/**
 * Reads the procedure. Its body is a program of GoogleSQL over arrays of structs that no other engine runs; what it says of the project is
 * the strategy, the table, the query and the unique key. Undefined when it does not look as the CLI 3.0.69 writes it.
 */
export function readSchemaChange(body: readonly Token[]): SchemaChange | undefined {
  const text = textOf(body);
  const strategy = /^-- Apply schema change strategy \((FAIL|EXTEND|SYNCHRONIZE)\)/m.exec(text)?.[1];
  const [first] = readScript(body);
  const empty = first?.kind === 'sql' ? readStatement(first.tokens) : undefined;
  const columns = body.find(({ kind, parts }) => kind === 'path' && parts!.at(-2) === 'INFORMATION_SCHEMA');
  const table = /INFORMATION_SCHEMA\.COLUMNS`\s+WHERE table_name = '([^']*)'/.exec(text)?.[1];
  if (!strategy || empty?.kind !== 'replace' || !columns || table === undefined) return undefined;
  return {
    strategy: strategy as SchemaChange['strategy'],
    parts: [...columns.parts!.slice(0, -2), table],
    query: withoutBrackets(empty.query),
    uniqueKey: JSON.parse(/WHERE col IN UNNEST\((\[.*?\])\)/.exec(text)?.[1] ?? '[]') as string[],
  };
}

/** `(select * from (q) as insertions limit 0)` needs no brackets to be described. */
function withoutBrackets(query: readonly Token[]): readonly Token[] {
  return query[0]?.text === '(' && query.at(-1)?.text === ')' && wordOf(trimmed(query.slice(1))[0]) === 'select'
    ? trimmed(query.slice(1, -1))
    : query;
}

/**
 * The statements that add and drop columns as the strategy says; none where the columns are the same. `query` is that of the change, spelt.
 *
 * @throws Error with the words of Dataform's procedure when the strategy forbids the change.
 */
export async function schemaChanges(
  { strategy, parts, uniqueKey }: SchemaChange,
  { connection, warehouse: { statements } }: { connection: Connection; warehouse: Warehouse },
  query: string,
): Promise<string[]> {
  const target = targetOf(parts);
  const given = await connection.describe(query);
  const table = await connection.describe(`select * from ${statements.relation(target)} limit 0`);
  const lacks = (columns: readonly ColumnInfo[]) => {
    const names = new Set(columns.map(({ name }) => name.toLowerCase()));
    return ({ name }: ColumnInfo) => !names.has(name.toLowerCase());
  };
  const added = given.filter(lacks(table));
  const removed = table.filter(lacks(given)).map(({ name }) => name);
  if (strategy === 'FAIL' && added.length + removed.length > 0) {
    throw new Error(
      `Schema mismatch defined by on_schema_change = 'FAIL'. Added columns: ${structs(added)}, removed columns: ${list(removed)}`,
    );
  }
  if (strategy === 'EXTEND' && removed.length > 0) {
    throw new Error(
      `Column removals are not allowed when on_schema_change = 'EXTEND'. Removed columns: ${list(removed)}`,
    );
  }
  const keys = removed.filter((name) => uniqueKey.includes(name));
  if (keys.length > 0) {
    const table = `\`${parts.join('.')}\``;
    throw new Error(`Cannot drop columns ${list(keys)} as they are part of the unique key for table ${table}`);
  }
  return [
    ...removed.map((name) => statements.dropColumn(target, name)),
    ...added.map((column) => statements.addColumn(target, column)),
  ];
}

/** As `format('%T')` of BigQuery writes arrays. */
const list = (names: readonly string[]): string => `[${names.map((name) => JSON.stringify(name)).join(', ')}]`;
const structs = (columns: readonly ColumnInfo[]): string =>
  `[${columns.map(({ name, type }) => `(${JSON.stringify(name)}, ${JSON.stringify(googleType(fieldOf(name, type)))})`).join(', ')}]`;
