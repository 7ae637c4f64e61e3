import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../core/files.ts';
import type { DayDone, Done, Job } from './job.ts';
import { writeDays } from './write-days.ts';

/** What a thread says: days that are written, and at the end what came of its job. */
export type FromWorker = { readonly days: readonly DayDone[] } | { readonly done: Done };

/** What lives for a day should not be moved about as if it lived for long: the objects of a day fit in here. */
const YOUNG_MB = 64;

/**
 * Does the jobs at the same time, each in a thread of its own; a single one in this thread.
 *
 * The first error ends all of them, and so does the signal, with the error of `interrupted`. `onDays` must not throw.
 */
export async function doJobs(
  jobs: readonly Job[],
  signal: AbortSignal,
  onDays: (days: readonly DayDone[]) => void,
  interrupted: () => Error,
): Promise<Done[]> {
  if (jobs.length === 1) {
    const done = await writeDays(jobs[0]!, async (days) => {
      onDays(days);
      // Lets the signal in: generation itself never waits.
      await nextTurn();
      if (signal.aborted) throw interrupted();
    });
    return [done];
  }
  const threads: Worker[] = [];
  const stop = () => Promise.all(threads.map((thread) => thread.terminate()));
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) throw interrupted();
    return await Promise.all(
      jobs.map((job) => {
        const thread = new Worker(workerFile(), {
          workerData: job,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
        });
        threads.push(thread);
        return result(thread, onDays);
      }),
    );
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    signal.removeEventListener('abort', stop);
    await stop();
  }
}

function result(thread: Worker, onDays: (days: readonly DayDone[]) => void): Promise<Done> {
  return new Promise((resolve, reject) => {
    thread.on('message', (message: FromWorker) => {
      if ('done' in message) resolve(message.done);
      else onDays(message.days);
    });
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`a worker ended with code ${code} before its job was done`)));
  });
}

/** Threads run what is built, also when the tests run this file from its source: Node 20 reads no TypeScript. */
const workerFile = (): string => join(packageRoot(), 'dist', 'generators', 'writing', 'worker.js');
