import { setTimeout } from 'node:timers/promises';
import {
  type DuckDBConnection,
  DuckDBPendingResultState,
  type DuckDBResult,
  type DuckDBType,
  StatementType,
} from '@duckdb/node-api';
import type { Connection, Row, Value } from '../warehouse.ts';
import { appendRows } from './append.ts';
import { readColumns } from './columns.ts';
import { warehouseError } from './errors.ts';
import { type Reading, withLines } from './lines.ts';
import { bindingTypes, toValue } from './values.ts';

const WAIT_MS = 3;

/**
 * One DuckDB connection as a {@link Connection}. Everything that the engine throws becomes WAREHOUSE_FAILED with its text.
 *
 * @param scratch path with which the names of files begin that it may write and remove.
 * @param sibling makes another connection to the same database.
 */
export function duckdbConnection(
  connection: DuckDBConnection,
  scratch: string,
  sibling: () => Promise<DuckDBConnection>,
): Connection {
  const run = (sql: string, parameters: readonly Value[]) =>
    parameters.length > 0
      ? connection.run(sql, [...parameters], bindingTypes(parameters) as DuckDBType[])
      : connection.run(sql);

  /** Leaves a statement to the threads of the engine: one that asks for a result looks for work in a loop, however little there is. */
  const waitFor = async (sql: string, parameters: readonly Value[]) => {
    const pending = await connection.start(sql, [...parameters], bindingTypes(parameters) as DuckDBType[]);
    try {
      do await setTimeout(WAIT_MS);
      while (pending.runTask() !== DuckDBPendingResultState.RESULT_READY);
    } catch (error) {
      throw new Error((error as Error).message.replace(/^Failure running pending result task: /, ''), { cause: error });
    }
    return pending.getResult();
  };

  const transaction = async <T>(work: () => Promise<T>): Promise<T> => {
    await guard(() => connection.run('begin transaction'));
    try {
      const result = await work();
      await guard(() => connection.run('commit'));
      return result;
    } catch (error) {
      // A failed commit has ended the transaction already; the error that matters is the first one.
      await connection.run('rollback').catch(() => undefined);
      throw error;
    }
  };
  const execute: Connection['execute'] = (sql, parameters = []) =>
    guard(async () => rowsOf(await run(sql, parameters)));

  return {
    execute,
    executeAll: (statements) =>
      transaction(async () => {
        const changed: number[] = [];
        for (const sql of statements) changed.push(await execute(sql));
        return changed;
      }),
    rows: <T extends Row>(sql: string, parameters: readonly Value[] = []) =>
      guard(async () => {
        const result = await run(sql, parameters);
        const names = result.columnNames();
        const rows = await result.getRows();
        return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, toValue(row[i]!)])) as T);
      }),
    columns: (sql, parameters = []) => guard(() => readColumns(connection, sql, parameters)),
    describe: (sql) =>
      guard(async () => {
        const prepared = await connection.prepare(sql);
        try {
          return Array.from({ length: prepared.columnCount }, (_, i) => ({
            name: prepared.columnName(i),
            type: prepared.columnType(i).toString(),
          }));
        } finally {
          prepared.destroySync();
        }
      }),
    append: (target, columns, rows) => guard(() => appendRows(connection, target, columns, rows)),
    bulk: {
      executeOnLines: (files, statement, parameters = []) =>
        guard(async () =>
          withLines(
            files,
            scratch,
            Number(await settingOf(connection, 'threads')),
            async ({ lines, settings, isLarge }) => {
              const sql = statement(lines);
              const read = async () => rowsOf(await (isLarge ? waitFor(sql, parameters) : run(sql, parameters)));
              return withSettings(settings, sibling, read);
            },
          ),
        ),
    },
    transaction,
    // The engine lives in this process: there is nothing to lose.
    revive: async () => {},
    fate: async () => 'undone',
    cancel: () => connection.interrupt(),
    async close() {
      connection.closeSync();
    },
  };
}

/** `create table as` changes no row by DuckDB's account, and says in its result how many it made. */
async function rowsOf(result: DuckDBResult): Promise<number> {
  if (result.statementType !== StatementType.CREATE) return result.rowsChanged;
  const [row] = await result.getRows();
  return Number(row?.[0] ?? 0);
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw warehouseError(error);
  }
}

/** Settings hold for all connections, and one whose transaction has failed could not take them back. */
async function withSettings<T>(
  settings: Reading['settings'],
  connect: () => Promise<DuckDBConnection>,
  work: () => Promise<T>,
): Promise<T> {
  const names = Object.keys(settings);
  if (names.length === 0) return work();
  const other = await connect();
  const before = new Map<string, string>();
  try {
    for (const name of names) {
      before.set(name, await settingOf(other, name));
      await other.run(`set ${name} = ${settings[name]}`);
    }
    return await work();
  } finally {
    for (const [name, value] of before) await other.run(`set ${name} = ${value}`);
    other.closeSync();
  }
}

async function settingOf(connection: DuckDBConnection, name: string): Promise<string> {
  const [row] = await (await connection.run('select current_setting($1)', [name])).getRows();
  return String(row![0]);
}
