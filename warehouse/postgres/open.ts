import { Client } from 'pg';
import { TidemarkError } from '../../core/errors.ts';
import type { Statements } from '../statements.ts';
import type { ColumnInfo, Connection, Content, ListedRelation, Relation, Warehouse } from '../warehouse.ts';
import { postgresCapabilities } from './capabilities.ts';
import { type ClientPlan, clientPlan, type TlsDefaults, unreadable } from './client-config.ts';
import { postgresConnection, type Session } from './connection.ts';
import { isConflict, openError } from './errors.ts';
import { isLoss, lossOf } from './lost.ts';
import { SWEEP_ORPHANS } from './orphans.ts';
import { send } from './query.ts';
import { REPLACE_FUNCTION } from './replace.ts';
import { missingRights } from './rights.ts';
import { postgresStatements } from './statements.ts';

export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database`; what it does not say comes from PGHOST and the like, as libpq has it. */
  readonly connectionString?: string;
  readonly tls?: TlsDefaults;
  /** Stands before the name of every schema, so that several data sets can live in one database. */
  readonly schemaPrefix?: string;
  /** In milliseconds; a statement that takes longer is cancelled by the server. The server's own setting holds otherwise. */
  readonly statementTimeout?: number;
  /** The server refuses whatever would change something. */
  readonly readOnly?: boolean;
}

/** So much is read in about a second. */
const CHEAP_BYTES = 512 * 1024 * 1024;

/** `merge` is there from 15 on, `pg_input_is_valid`, which the macros of this project use, from 16 on. */
const OLDEST = 160000;

/** To make a connection; a server that does not answer in this time counts as one that is not there. */
const CONNECT_MS = 30_000;

/**
 * Has the server look, during a long statement, whether its client is still there: the statement of a killed run is rolled back within
 * seconds and holds no lock against the next run. Not every operating system can.
 */
const WATCH_CLIENT = `do $do$ begin set client_connection_check_interval = '2s'; exception when others then null; end $do$`;

/**
 * Opens a Postgres database. All sessions think in UTC; search_path is left as the role has it.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED when the server cannot be reached, refuses the role, or is older than 16. No error holds the
 *   password.
 */
export async function openPostgres({
  connectionString,
  tls,
  schemaPrefix = '',
  statementTimeout,
  readOnly = false,
}: PostgresOptions): Promise<Warehouse> {
  const statements = postgresStatements(schemaPrefix);
  const session = [
    "set time zone 'UTC'",
    "set datestyle = 'ISO, MDY'",
    'set standard_conforming_strings = on',
    'set client_min_messages = warning',
    ...(statementTimeout === undefined ? [] : [`set statement_timeout = ${Math.round(statementTimeout)}`]),
    WATCH_CLIENT,
    ...(readOnly ? ['set default_transaction_read_only = on'] : [REPLACE_FUNCTION]),
    'select pg_backend_pid()',
  ].join(';\n');
  const open = new Set<Connection>();
  const plan = clientPlan(connectionString, tls);

  const login = async (): Promise<Session> => {
    try {
      return await loginWith(plan.config);
    } catch (error) {
      if (!plan.plain || !/does not support SSL/.test(String(error))) throw error;
      return loginWith(() => plan.plain!);
    }
  };
  const loginWith = async (config: ClientPlan['config']): Promise<Session> => {
    let client: Client;
    try {
      client = new Client({
        ...config(() => client.host),
        application_name: 'tidemark',
        connectionTimeoutMillis: CONNECT_MS,
        // A peer that went away with no word is found in minutes, not never.
        keepAlive: true,
        keepAliveInitialDelayMillis: CONNECT_MS,
      });
    } catch {
      // What is thrown here quotes the URL, with the password in it.
      throw unreadable();
    }
    // Without a listener a connection that is lost between two statements would end the process; the next statement says it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return { client, pid: Number((await send(client, session)).rows[0]![0]) };
    } catch (error) {
      await client.end().catch(() => undefined);
      throw openError(error, serverOf(client));
    }
  };
  const first = await login();
  const server = serverOf(first.client);
  const wrap = (session: Session): Connection => {
    const connection = postgresConnection(session, { statements, server, login, cancelBackend });
    open.add(connection);
    return connection;
  };
  /** For questions beside a run, which may have gone on with new sessions. */
  const asking = async () => {
    await shared.revive();
    return shared;
  };
  let cancelled: Promise<unknown> = Promise.resolve();
  // Several connections may ask at once, and one session serves them.
  const cancelBackend = (pid: number) => {
    const ask = async () => (await asking()).rows('select pg_cancel_backend($1)', [pid]);
    cancelled = cancelled.then(ask, ask);
    return cancelled;
  };
  const shared = wrap(first);
  const [about] = await shared.rows<{ version: string; number: number }>(
    "select current_setting('server_version') as version, cast(current_setting('server_version_num') as integer) as number",
  );
  if (about!.number < OLDEST) {
    await shared.close();
    throw new TidemarkError({
      code: 'WAREHOUSE_FAILED',
      message: `${server} is Postgres ${about!.version}; expected 16 or newer`,
      hint: 'Use a newer server, or DuckDB, which needs none (--warehouse duckdb).',
    });
  }
  if (!readOnly) await shared.execute(SWEEP_ORPHANS);
  return {
    engine: 'postgres',
    version: about!.version,
    capabilities: postgresCapabilities,
    statements,
    connect: async () => wrap(await login()),
    describe: async (target) => (await describeAll(await asking(), [statements.relation(target)]))[0],
    describeAll: async (targets) => describeAll(await asking(), targets.map(statements.relation)),
    relations: async (schemas) => relations(await asking(), statements, schemas),
    missingRights: async (writes) => missingRights(await asking(), statements, writes),
    content: async (target, { onlyCheap = false } = {}) =>
      content(await asking(), statements.relation(target), onlyCheap),
    isConflict,
    isLost: (error) => lossOf(error) !== undefined || (error instanceof TidemarkError && isLoss(error.cause)),
    async close() {
      for (const connection of open) await connection.close();
    },
  };
}

/** `user@host:port/database`. */
const serverOf = ({ user, host, port, database }: Client): string => `${user}@${host}:${port}/${database}`;

async function describeAll(connection: Connection, relations: readonly string[]): Promise<(Relation | undefined)[]> {
  if (relations.length === 0) return [];
  const rows = await connection.rows<{ place: number; kind: string; name: string; type: string }>(
    `select w.place, c.relkind as kind, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from (values ${relations.map((_, i) => `(${i}, to_regclass($${i + 1}))`).join(', ')}) as w(place, oid)
     join pg_class as c on c.oid = w.oid
     join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     order by w.place, a.attnum`,
    relations,
  );
  const found: { type: Relation['type']; columns: ColumnInfo[] }[] = [];
  for (const { place, kind, name, type } of rows) {
    found[place] ??= { type: typeOf(kind), columns: [] };
    found[place].columns.push({ name, type });
  }
  return relations.map((_, i) => found[i]);
}

async function relations(
  connection: Connection,
  { catalog }: Statements,
  schemas: readonly string[],
): Promise<ListedRelation[]> {
  if (schemas.length === 0) return [];
  const logical = new Map(schemas.map((schema) => [catalog({ schema, name: '' }).schema, schema]));
  const rows = await connection.rows<{ schema: string; name: string; kind: string; id: string }>(
    `select n.nspname as schema, c.relname as name, c.relkind as kind, c.oid::text as id
     from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname in (${schemas.map((_, i) => `$${i + 1}`).join(', ')})
     order by n.nspname collate "C", c.relname collate "C"`,
    [...logical.keys()],
  );
  return rows.map(({ schema, name, kind, id }) => ({
    target: { schema: logical.get(schema)!, name },
    type: typeOf(kind),
    id,
  }));
}

/**
 * By the transactions that wrote the rows: each row carries its own, an update writes another row, and what is deleted is missing from the
 * sum. The statistics of the server know as much without reading, but late, and lose it in a crash.
 */
async function content(connection: Connection, relation: string, onlyCheap: boolean): Promise<Content | undefined> {
  // A partitioned table has the size of its partitions.
  const [about] = await connection.rows<{ kind: string; bytes: number }>(
    `select relkind as kind, (select coalesce(sum(pg_relation_size(t.relid)), 0)::bigint from pg_partition_tree(oid) as t)
       + case relkind when 'm' then pg_relation_size(oid) else 0 end as bytes
     from pg_class where oid = to_regclass($1)`,
    [relation],
  );
  if (!about || !['r', 'p', 'm'].includes(about.kind) || (onlyCheap && about.bytes > CHEAP_BYTES)) return undefined;
  const [row] = await connection.rows<{ rows: number; version: string }>(
    `select count(*) as rows, coalesce(sum(xmin::text::bigint), 0)::text as version from ${relation}`,
  );
  return row;
}

const typeOf = (kind: string): Relation['type'] =>
  kind === 'v' ? 'view' : kind === 'm' ? 'materialized view' : 'table';
