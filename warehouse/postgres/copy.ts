import { once } from 'node:events';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** What is sent to a `copy ... from stdin`. Either `end` or `fail` has to be called. */
export interface Copy {
  /** Resolves when the server takes more. */
  write(block: string | Buffer): Promise<void>;
  /** Resolves when all rows have arrived. */
  end(block: string | Buffer): Promise<void>;
  /** The rows ended with an error: the server is told to forget those that it got. */
  fail(error: unknown): Promise<void>;
}

export function copyInto(client: Client, sql: string): Copy {
  const copy = client.query(copyFrom(sql));
  let isOver = false;
  // Waits for the server's answer from the start: what it refuses in the middle must not become an unhandled event.
  const ended = new Promise<void>((resolve, reject) => {
    copy.once('finish', resolve);
    copy.once('error', (error) => {
      isOver = true;
      reject(error);
    });
  });
  ended.catch(() => undefined);
  return {
    async write(block) {
      if (!copy.write(block)) await Promise.race([once(copy, 'drain'), ended]);
    },
    async end(block) {
      copy.end(block);
      await ended;
    },
    async fail(error) {
      // A copy that the server has refused has no connection any more to say anything on.
      if (!isOver) copy.destroy(error instanceof Error ? error : new Error(String(error)));
      await ended.catch(() => undefined);
    },
  };
}
