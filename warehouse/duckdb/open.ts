import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import { ansiSpelling } from '../spelling.ts';
import type { Target } from '../target.ts';
import type { ColumnInfo, Connection, Content, Relation, Warehouse } from '../warehouse.ts';
import { duckdbCapabilities } from './capabilities.ts';
import { duckdbConnection } from './connection.ts';
import { openError } from './errors.ts';
import { spillFolder, sweepSpill } from './spill.ts';
import { duckdbStatements, statementsFor } from './statements.ts';

/** Another DuckDB file, opened for reading only. */
export interface Attached {
  readonly name: string;
  readonly file: string;
}

export interface DuckdbOptions {
  /** Path of the database file, made when it does not exist; or `:memory:`. */
  readonly file: string;
  /** With its unit: `4GB`. DuckDB's own default is 80 % of the machine. */
  readonly memoryLimit?: string;
  /** For what does not fit into memory; it gets a folder there. Default: a folder beside the file. */
  readonly tempDirectory?: string;
  /** Other databases, to read from under their names. */
  readonly attach?: readonly Attached[];
  /** DuckDB's own default is the number of cores. */
  readonly threads?: number;
  /** Other processes can read the file at the same time, when they too open it for reading only. */
  readonly readOnly?: boolean;
}

/**
 * The format of a new file: DuckDB since this version can read it. Texts are written in three quarters of the time that the format of 1.0
 * takes, which is DuckDB's own default. An old file keeps its format.
 */
const STORAGE_VERSION = 'v1.4.0';
/** So many are hashed in about a second. */
const CHEAP_ROWS = 10_000_000;

/**
 * Opens a DuckDB database. All sessions think in UTC.
 *
 * A file that is open in this process already is shared, not opened twice: two instances on one file would damage it.
 *
 * @throws {TidemarkError} WAREHOUSE_LOCKED with the process that holds the file, or WAREHOUSE_FAILED.
 */
export async function openDuckdb({
  file,
  memoryLimit,
  tempDirectory,
  attach = [],
  threads,
  readOnly = false,
}: DuckdbOptions): Promise<Warehouse> {
  const options = {
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    temp_directory: spillFolder(file, tempDirectory),
    ...(readOnly ? {} : { storage_compatibility_version: STORAGE_VERSION }),
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
  const users = (openFiles.get(file) ?? 0) + 1;
  openFiles.set(file, users);
  if (file === ':memory:' || (users === 1 && !readOnly)) sweepSpill(file, tempDirectory);
  // A connection that is never closed keeps the instance alive, and the next opening of the file waits for its end, so `close` closes all.
  const open: DuckDBConnection[] = [];
  let closed = false;
  // Beside the database, so that what a killed process leaves is overwritten by the next.
  const scratch = file === ':memory:' ? join(tmpdir(), `tidemark-${randomUUID()}`) : `${file}.lines`;
  const connect = async (): Promise<Connection> => {
    const connection = await instance.connect();
    open.push(connection);
    await connection.run("set TimeZone = 'UTC'");
    return duckdbConnection(connection, `${scratch}.${open.length}`, () => instance.connect());
  };
  const shared = await connect();
  const [storage] = await shared.rows<{ version: string | null }>(
    "select tags['storage_version'] as version from duckdb_databases() where database_name = current_database()",
  );
  const statements = statementsFor(storage?.version ?? undefined);
  for (const other of attach) {
    try {
      await open[0]!.run(attachment(other));
    } catch (error) {
      for (const connection of open) connection.closeSync();
      instance.closeSync();
      openFiles.set(file, users - 1);
      throw openError(error, `${other.file} (attached as ${other.name})`);
    }
  }
  return {
    engine: 'duckdb',
    version: version(),
    capabilities: duckdbCapabilities,
    statements,
    connect,
    describe: async (target) => (await describeAll(shared, [target]))[0],
    describeAll: (targets) => describeAll(shared, targets),
    relations: (schemas) => relations(shared, schemas),
    content: (target, { onlyCheap = false } = {}) => content(shared, target, onlyCheap),
    isConflict: (error) => error instanceof Error && /write-write conflict|Transaction conflict/i.test(error.message),
    isLost: () => false,
    // Whoever may write to the file may do everything.
    missingRights: async () => [],
    async close() {
      for (const connection of open) connection.closeSync();
      instance.closeSync();
      if (!closed) openFiles.set(file, openFiles.get(file)! - 1);
      closed = true;
    },
  };
}

/** How many have a file open in this process: one instance serves them all. */
const openFiles = new Map<string, number>();

/** `if not exists`: a file that is open in this process has it already. */
const attachment = ({ name, file }: Attached): string =>
  `attach if not exists ${ansiSpelling.literal(file)} as ${ansiSpelling.identifier(name)} (read_only)`;

/** Names compare without case, as DuckDB compares them. */
async function describeAll(connection: Connection, targets: readonly Target[]): Promise<(Relation | undefined)[]> {
  if (targets.length === 0) return [];
  const rows = await connection.rows<{ place: number; type: string; column: string; data_type: string }>(
    `select w.place, t.table_type as type, c.column_name as "column", c.data_type
     from (values ${targets.map((_, i) => `(${i}, $${2 * i + 1}, $${2 * i + 2})`).join(', ')}) as w(place, schema, name)
     join information_schema.tables as t on lower(t.table_schema) = lower(w.schema) and lower(t.table_name) = lower(w.name)
     join information_schema.columns as c using (table_catalog, table_schema, table_name)
     where table_catalog = current_database()
     order by w.place, c.ordinal_position`,
    targets.flatMap(({ schema, name }) => [schema, name]),
  );
  const found: { type: Relation['type']; columns: ColumnInfo[] }[] = [];
  for (const { place, type, column, data_type } of rows) {
    found[place] ??= { type: type === 'VIEW' ? 'view' : 'table', columns: [] };
    found[place].columns.push({ name: column, type: data_type });
  }
  return targets.map((_, i) => found[i]);
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

/**
 * By the hashes of the rows: DuckDB counts no changes of a table, an update leaves row ids as they are, and object ids are given anew
 * whenever a file is opened. A hash takes about 0.1 s a million rows.
 */
async function content(connection: Connection, target: Target, onlyCheap: boolean): Promise<Content | undefined> {
  const [relation] = await describeAll(connection, [target]);
  if (!relation) return undefined;
  if (onlyCheap && !(await isSmallTable(connection, target))) return undefined;
  const [row] = await connection.rows<{ rows: number; version: string }>(
    `select count(*) as rows, cast(coalesce(sum(hash(t)), 0) as varchar) as version from ${duckdbStatements.relation(target)} as t`,
  );
  return row;
}

/** A view can be anything. */
async function isSmallTable(connection: Connection, { schema, name }: Target): Promise<boolean> {
  const rows = await connection.rows<{ rows: number }>(
    `select estimated_size as rows from duckdb_tables()
     where database_name = current_database() and lower(schema_name) = lower($1) and lower(table_name) = lower($2)`,
    [schema, name],
  );
  return rows.length > 0 && Number(rows[0]!.rows) <= CHEAP_ROWS;
}
