import type { Client } from 'pg';
import type { Statements } from '../statements.ts';
import type { Connection, Row } from '../warehouse.ts';
import { appendRows } from './append.ts';
import { appendLines } from './append-lines.ts';
import { readColumns } from './columns.ts';
import { isCancelled, warehouseError } from './errors.ts';
import { send } from './query.ts';
import { toValue } from './values.ts';

export interface ConnectionOptions {
  readonly statements: Statements;
  /** The server as messages name it, without a password. */
  readonly server: string;
  /** Asks the server, over another connection, to stop what this backend is doing. */
  readonly cancelBackend: () => Promise<unknown>;
}

/** One session of a Postgres server as a {@link Connection}. Everything that the engine throws becomes WAREHOUSE_FAILED with its text. */
export function postgresConnection(
  client: Client,
  { statements, server, cancelBackend }: ConnectionOptions,
): Connection {
  let running = 0;
  let cancelling = false;
  const guard = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    running++;
    try {
      return await work();
    } catch (error) {
      throw warehouseError(error, sql, server);
    } finally {
      running--;
    }
  };
  const rollback = async () => {
    try {
      await send(client, 'rollback');
    } catch (error) {
      // A request to cancel can come so late that it hits the rollback.
      if (isCancelled(warehouseError(error, 'rollback', server))) await send(client, 'rollback');
    }
  };

  return {
    execute: (sql, parameters) =>
      guard(sql, async () => {
        const { fields, rowCount } = await send(client, sql, parameters);
        return fields.length > 0 ? 0 : (rowCount ?? 0);
      }),
    rows: <T extends Row>(sql: string, parameters?: Parameters<Connection['rows']>[1]) =>
      guard(sql, async () => {
        const { fields, rows } = await send(client, sql, parameters);
        return rows.map(
          (row) =>
            Object.fromEntries(
              fields.map(({ name, dataTypeID }, i) => [name, row[i] === null ? null : toValue(row[i]!, dataTypeID)]),
            ) as T,
        );
      }),
    columns: (sql, parameters = []) => guard(sql, () => readColumns(client, sql, parameters)),
    describe(sql) {
      const wrapped = `select * from (\n${sql}\n) as described limit 0`;
      return guard(wrapped, async () => {
        const { fields } = await send(client, wrapped);
        const types = fields.map(
          ({ dataTypeID, dataTypeModifier }) => `format_type(${Number(dataTypeID)}, ${Number(dataTypeModifier)})`,
        );
        if (types.length === 0) return [];
        const { rows } = await send(client, `select ${types.join(', ')}`);
        return fields.map(({ name }, i) => ({ name, type: rows[0]![i]! }));
      });
    },
    append: (target, columns, rows) => guard('', () => appendRows(client, statements, target, columns, rows)),
    appendLines: (table, lines, fileNo) => guard('', () => appendLines(client, statements, table, lines, fileNo)),
    async transaction(work) {
      await guard('begin', () => send(client, 'begin'));
      try {
        const result = await work();
        await guard('commit', () => send(client, 'commit'));
        return result;
      } catch (error) {
        // A failed commit has ended the transaction already; the error that matters is the first one.
        await rollback().catch(() => undefined);
        throw error;
      }
    },
    cancel() {
      if (running === 0 || cancelling) return;
      cancelling = true;
      cancelBackend()
        // What cannot be cancelled ends by itself, and the caller asks again.
        .catch(() => undefined)
        .finally(() => {
          cancelling = false;
        });
    },
    async close() {
      await client.end().catch(() => undefined);
    },
  };
}
