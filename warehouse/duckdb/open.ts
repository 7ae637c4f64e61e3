import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import type { Target } from '../target.ts';
import type { Connection, Relation, Warehouse } from '../warehouse.ts';
import { duckdbCapabilities } from './capabilities.ts';
import { duckdbConnection } from './connection.ts';
import { openError } from './errors.ts';
import { duckdbStatements } from './statements.ts';

export interface DuckdbOptions {
  /** Path of the database file, made when it does not exist; or `:memory:`. */
  readonly file: string;
  /** With its unit: `4GB`. DuckDB's own default is 80 % of the machine. */
  readonly memoryLimit?: string;
  /** DuckDB's own default is the number of cores. */
  readonly threads?: number;
  /** Other processes can read the file at the same time, when they too open it for reading only. */
  readonly readOnly?: boolean;
}

/**
 * Opens a DuckDB database. All sessions think in UTC.
 *
 * A file that is open in this process already is shared, not opened twice: two instances on one file would damage it.
 *
 * @throws {TidemarkError} WAREHOUSE_LOCKED with the process that holds the file, or WAREHOUSE_FAILED.
 */
export async function openDuckdb({ file, memoryLimit, threads, readOnly = false }: DuckdbOptions): Promise<Warehouse> {
  const options = {
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(readOnly ? { access_mode: 'READ_ONLY' } : {}),
  };
  let instance: DuckDBInstance;
  try {
    if (file !== ':memory:' && !readOnly) mkdirSync(dirname(file), { recursive: true });
    instance =
      file === ':memory:' ? await DuckDBInstance.create(file, options) : await DuckDBInstance.fromCache(file, options);
  } catch (error) {
    throw openError(error, file);
  }
  // A connection that is never closed keeps the instance alive, and the next opening of the file waits for its end, so `close` closes all.
  const open: DuckDBConnection[] = [];
  // Beside the database, so that what a killed process leaves is overwritten by the next.
  const scratch = file === ':memory:' ? join(tmpdir(), `tidemark-${randomUUID()}`) : `${file}.lines`;
  const connect = async (): Promise<Connection> => {
    const connection = await instance.connect();
    open.push(connection);
    await connection.run("set TimeZone = 'UTC'");
    return duckdbConnection(connection, `${scratch}.${open.length}`);
  };
  const shared = await connect();
  return {
    engine: 'duckdb',
    version: version(),
    capabilities: duckdbCapabilities,
    statements: duckdbStatements,
    connect,
    describe: (target) => describe(shared, target),
    relations: (schemas) => relations(shared, schemas),
    isConflict: (error) => error instanceof Error && /write-write conflict|Transaction conflict/i.test(error.message),
    async close() {
      for (const connection of open) connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Names compare without case, as DuckDB compares them. */
async function describe(connection: Connection, { schema, name }: Target): Promise<Relation | undefined> {
  const rows = await connection.rows<{ type: string; column: string; data_type: string }>(
    `select t.table_type as type, c.column_name as "column", c.data_type
     from information_schema.tables as t
     join information_schema.columns as c using (table_catalog, table_schema, table_name)
     where table_catalog = current_database() and lower(table_schema) = lower($1) and lower(table_name) = lower($2)
     order by c.ordinal_position`,
    [schema, name],
  );
  const [first] = rows;
  if (!first) return undefined;
  return {
    type: first.type === 'VIEW' ? 'view' : 'table',
    columns: rows.map(({ column, data_type }) => ({ name: column, type: data_type })),
  };
}

async function relations(connection: Connection, schemas: readonly string[]) {
  if (schemas.length === 0) return [];
  const rows = await connection.rows<{ schema: string; name: string; type: string }>(
    `select table_schema as schema, table_name as name, table_type as type
     from information_schema.tables
     where table_catalog = current_database() and table_schema in (${schemas.map((_, i) => `$${i + 1}`).join(', ')})
     order by table_schema, table_name`,
    schemas,
  );
  return rows.map(({ schema, name, type }) => ({
    target: { schema, name },
    type: type === 'VIEW' ? ('view' as const) : ('table' as const),
  }));
}
