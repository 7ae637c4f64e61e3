import { DatabaseError } from 'pg';
import { TidemarkError } from '../../core/errors.ts';
import type { Target } from '../target.ts';
import { textOf } from './errors.ts';

/** What was under way when a connection was lost. */
export interface Loss {
  /** `commit`: the answer to a commit is missing. */
  readonly during: 'nothing' | 'transaction' | 'statement' | 'commit';
  /** Of a commit: the transaction's number, when it had written something, and the table whose rows bear witness. */
  readonly transaction?: string;
  readonly witness?: Target;
}

const losses = new WeakMap<object, Loss>();

/** What is known of the loss; undefined for an error that is none. */
export const lossOf = (error: unknown): Loss | undefined =>
  typeof error === 'object' && error !== null ? losses.get(error) : undefined;

/** What the driver says of a socket that was closed, now or before. */
const CLOSED = /^Connection terminated|^timeout expired|not queryable$/;
/** Classes 08 (connection exceptions) and 57P (shutdown, crash, starting up), and a server that has no session left. */
const GONE = /^08|^57P0[1-5]|^53300/;

/** The server ended the session or is not up, the network is gone, or the driver found the socket closed; only the last has no code. */
export function isLoss(thrown: unknown): boolean {
  if (thrown instanceof DatabaseError) return GONE.test(thrown.code ?? '');
  if (thrown instanceof AggregateError) return thrown.errors.every(isLoss);
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  return /^E(PIPE|CONN|TIMEDOUT|HOST|NET)/.test(code ?? '') || CLOSED.test(thrown.message);
}

/** The error of a connection that is gone, and with it the transaction that was open. */
export function lostError(thrown: unknown, server: string, loss: Loss): TidemarkError {
  const text = textOf(thrown);
  const error = new TidemarkError(
    {
      code: 'WAREHOUSE_FAILED',
      message: `The connection to ${server} was lost: ${CLOSED.test(text) ? 'the server or the network closed it' : text}`,
      hint: 'What was not committed was rolled back; see whether the server is up, then run the command again.',
    },
    { cause: thrown },
  );
  losses.set(error, loss);
  return error;
}
