import { setTimeout } from 'node:timers/promises';
import { TidemarkError } from '../core/errors.ts';
import type { Connection, Fate, Warehouse } from '../warehouse/warehouse.ts';

/** Before work is done again; doubled each time, up to the longest. A rival ends in milliseconds, a server takes seconds to start. */
const AFTER_CONFLICT_MS = 10;
const AFTER_LOSS_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

/** When work may be done again. Work that was never sent, or was surely rolled back with its connection, always may. */
export interface Safety {
  /** After it lost against another transaction. */
  readonly afterConflict: boolean;
  /** After its connection was lost and it may have been committed: twice is then the same as once. */
  readonly whenUnknown: boolean;
}

/** Replaces what it makes, or only reads. */
export const REPEATABLE: Safety = { afterConflict: true, whenUnknown: true };
/** Merges and overwritten partitions: the same rows end in the same place, however often. */
export const IDEMPOTENT: Safety = { afterConflict: false, whenUnknown: true };
/** Operations and inserts. */
export const ONCE: Safety = { afterConflict: false, whenUnknown: false };

export interface PersistContext {
  readonly warehouse: Warehouse;
  readonly connection: Connection;
  readonly signal: AbortSignal;
  /** How often work is done again, and a new session asked for. */
  readonly retryLimit: number;
}

export interface Work<T> {
  readonly safety: Safety;
  attempt(): Promise<T>;
  /** What `attempt` would have returned, had the answer to its commit come. */
  outcome?(): T;
  /** Called before another attempt on a new session, in which nothing temporary is left. */
  onNewSession?(): void;
}

/**
 * Does work, and does it again after a conflict with another transaction, or on a new session after its connection was lost, when that is
 * safe. Where the engine can tell what became of a commit whose answer never came, that decides.
 *
 * @throws what the work threw; with a sentence about it when nobody can know whether it was committed.
 */
export async function persist<T>(work: Work<T>, context: PersistContext): Promise<T> {
  const { warehouse, connection, signal, retryLimit } = context;
  let retries = 0;
  const pause = (first: number) =>
    setTimeout(Math.min(first * 2 ** (retries - 1), LONGEST_WAIT_MS), undefined, { signal });
  /** Gets a new session, and what became of the work on the old one. */
  const afterLoss = async (lost: unknown): Promise<Fate> => {
    let reason: unknown;
    while (retries < retryLimit && !signal.aborted) {
      // The first time at once: one session may have been ended while the server is up.
      if (retries++ > 0) await pause(AFTER_LOSS_MS);
      try {
        await connection.revive();
        return await connection.fate(lost);
      } catch (error) {
        reason = error;
        if (!warehouse.isLost(error)) break;
      }
    }
    const fate = await connection.fate(lost).catch((): Fate => 'unknown');
    throw withSentences(lost, [
      ...(reason === undefined ? [] : [`It could not be made again: ${messageOf(reason)}`]),
      ...(fate === 'unknown' && !work.safety.whenUnknown ? [UNKNOWN] : []),
    ]);
  };
  for (;;) {
    try {
      return await work.attempt();
    } catch (error) {
      if (warehouse.isLost(error)) {
        const fate = await afterLoss(error);
        if (fate === 'committed' && work.outcome) return work.outcome();
        if (fate !== 'undone' && !work.safety.whenUnknown) throw withSentences(error, [UNKNOWN]);
        work.onNewSession?.();
      } else {
        const again = work.safety.afterConflict && warehouse.isConflict(error);
        if (!again || retries++ >= retryLimit || signal.aborted) throw error;
        await pause(AFTER_CONFLICT_MS);
      }
    }
  }
}

const UNKNOWN =
  'Whether it was committed before that is not known: look at what it changes before it is run again, and undo it there if it was.';

/** The error of a lost connection with more about it. */
function withSentences(lost: unknown, sentences: readonly string[]): unknown {
  if (sentences.length === 0) return lost;
  return new TidemarkError(
    { code: 'WAREHOUSE_FAILED', message: [messageOf(lost), ...sentences].join('\n') },
    { cause: lost },
  );
}

/** The engine's own text, without our code and hint around it. */
export const messageOf = (error: unknown): string =>
  error instanceof TidemarkError ? error.problems[0]!.message : error instanceof Error ? error.message : String(error);
