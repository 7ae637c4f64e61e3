import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Statements } from '../statements.ts';
import type { Fate } from '../warehouse.ts';
import type { Loss } from './lost.ts';
import { send } from './query.ts';

/** A session whose client is gone ends its commit, or notices and rolls back, in about this time. */
const PATIENCE_MS = 5000;
const ASK_EVERY_MS = 100;

/**
 * Finds out whether a transaction was committed whose answer never came.
 *
 * The server remembers the outcome of a transaction by its number. After a crash, though, a number can be given again when the server had
 * written nothing of the transaction to disk, so that a later transaction answers for it. Therefore "committed" counts only when the table
 * that the transaction wrote to holds a row of this number. See `pg_xact_status` and "System Columns" in the Postgres manual.
 */
export async function fateOf(loss: Loss, client: Client, { relation }: Statements): Promise<Fate> {
  const { transaction, witness } = loss;
  if (!witness) return 'unknown';
  // It had written nothing, so committed and rolled back are the same.
  if (transaction === undefined) return 'committed';
  for (let waited = 0; ; waited += ASK_EVERY_MS) {
    const { rows } = await send(client, 'select pg_xact_status($1::xid8)', [transaction]);
    const status = rows[0]![0];
    if (status === 'aborted') return 'undone';
    if (status === 'committed') break;
    if (status !== 'in progress' || waited >= PATIENCE_MS) return 'unknown';
    await setTimeout(ASK_EVERY_MS);
  }
  const found = await send(client, `select exists (select from ${relation(witness)} where xmin = $1::xid8::xid)`, [
    transaction,
  ]);
  return found.rows[0]![0] === 't' ? 'committed' : 'unknown';
}
