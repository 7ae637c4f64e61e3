import type { Client } from 'pg';
import { joinStatements } from '../statement-end.ts';
import type { Statements } from '../statements.ts';
import type { Target } from '../target.ts';
import type { Connection, Fate, Row } from '../warehouse.ts';
import { appendRows } from './append.ts';
import { readColumns } from './columns.ts';
import { isCancelled, warehouseError } from './errors.ts';
import { fateOf } from './fate.ts';
import { isLoss, type Loss, lossOf, lostError } from './lost.ts';
import { changedRows, send, sendAll } from './query.ts';
import { streamRows } from './row-stream.ts';
import { toValue } from './values.ts';

/** One login: the socket, and the number under which the server knows it. */
export interface Session {
  readonly client: Client;
  readonly pid: number;
}

export interface ConnectionOptions {
  readonly statements: Statements;
  /** The server as messages name it, without a password. */
  readonly server: string;
  /** Makes a session like the first one. */
  readonly login: () => Promise<Session>;
  /** Asks the server, over another connection, to stop what a session is doing. */
  readonly cancelBackend: (pid: number) => Promise<unknown>;
}

/** One session of a Postgres server as a {@link Connection}. Everything that the engine throws becomes WAREHOUSE_FAILED with its text. */
export function postgresConnection(
  first: Session,
  { statements, server, login, cancelBackend }: ConnectionOptions,
): Connection {
  let { client, pid } = first;
  let gone = false;
  let closed = false;
  const watch = (watched: Client) =>
    watched.once('end', () => {
      if (watched === client) gone = true;
    });
  watch(client);
  let during: Loss['during'] = 'statement';
  let running = 0;
  let cancelling = false;

  const guard = async <T>(sql: string, work: () => Promise<T>, loss: Loss = { during }): Promise<T> => {
    // A session that was lost while nobody used it is found before anything is sent, so nothing can have been done.
    if (gone && during === 'statement')
      throw lostError(new Error('Connection terminated'), server, { during: 'nothing' });
    running++;
    try {
      return await work();
    } catch (error) {
      if (!isLoss(error)) throw warehouseError(error, sql, server);
      gone = true;
      throw lostError(error, server, loss);
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
  const commit = async (witness: Target | undefined) => {
    if (witness === undefined) return guard('commit', () => send(client, 'commit'), { during: 'commit' });
    const sql = 'select pg_current_xact_id_if_assigned()';
    const { rows } = await guard(sql, () => send(client, sql));
    const transaction = rows[0]![0];
    return guard('commit', () => send(client, 'commit'), {
      during: 'commit',
      witness,
      ...(transaction ? { transaction } : {}),
    });
  };

  return {
    execute: (sql, parameters) => guard(sql, async () => changedRows(await send(client, sql, parameters))),
    executeAll(statements) {
      const sql = joinStatements(statements);
      return guard(sql, async () => (await sendAll(client, sql)).map(changedRows));
    },
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
    bulk: {
      stream: (target, columns, work) => guard('', () => streamRows(client, statements, target, columns, work)),
    },
    async transaction(work, witness) {
      await guard('begin', () => send(client, 'begin'), { during: 'nothing' });
      during = 'transaction';
      try {
        const result = await work();
        await commit(witness);
        return result;
      } catch (error) {
        // A failed commit has ended the transaction already; the error that matters is the first one.
        if (!gone) await rollback().catch(() => undefined);
        throw error;
      } finally {
        during = 'statement';
      }
    },
    async revive() {
      if (!gone || closed) return;
      const session = await login();
      ({ client, pid } = session);
      gone = false;
      watch(client);
    },
    async fate(error): Promise<Fate> {
      const loss = lossOf(error);
      if (!loss || loss.during === 'nothing' || loss.during === 'transaction') return 'undone';
      if (loss.during === 'statement') return 'unknown';
      return guard('fate', () => fateOf(loss, client, statements));
    },
    cancel() {
      if (running === 0 || cancelling || gone) return;
      cancelling = true;
      cancelBackend(pid)
        // What cannot be cancelled ends by itself, and the caller asks again.
        .catch(() => undefined)
        .finally(() => {
          cancelling = false;
        });
    },
    async close() {
      closed = true;
      await client.end().catch(() => undefined);
    },
  };
}
