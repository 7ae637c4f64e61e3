import { setTimeout as after } from 'node:timers/promises';
import type { Clock } from '../../core/effects.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { dryRun } from './dry-run.ts';
import { jobError, type RestError } from './rest-error.ts';
import { runScript, type ScriptContext, type ScriptOutcome } from './run-script.ts';

/** A statement or script that a client sent, and what became of it. */
export interface Job {
  readonly id: string;
  readonly location: string;
  /** As the client sent it, for it gets it back. */
  readonly configuration: object;
  readonly createdAt: Date;
  startedAt?: Date;
  endedAt?: Date;
  error?: RestError;
  outcome?: Pick<ScriptOutcome, 'changed' | 'type'> & { result?: ScriptOutcome['result'] };
  /** Resolves when the job has ended, however; never rejects. */
  readonly ended: Promise<void>;
  readonly abort: AbortController;
  /** How many clients wait for it now. */
  waiting: number;
}

/** Work on a connection, as a job does it. */
export type Work = (context: Pick<ScriptContext, 'connection' | 'signal'>) => Promise<NonNullable<Job['outcome']>>;

export interface Jobs {
  start(id: string, location: string, configuration: object, work: Work): Job;
  find(id: string): Job | undefined;
  cancel(job: Job): void;
  /** Until the job has ended or the time is over. A job whose last client is gone for some seconds is cancelled. */
  wait(job: Job, milliseconds: number, gone: AbortSignal): Promise<void>;
  /** Runs work on a connection of the pool. */
  withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How often the engine is asked again to stop: a request that comes between two statements is lost. */
const CANCEL_EVERY_MS = 50;
/** A client that polls is back sooner. */
const GONE_MS = 3000;
/** Jobs are kept for clients that ask again, results for the latest only. */
const KEPT_JOBS = 10_000;
const KEPT_RESULTS = 50;

/**
 * Runs jobs, as many at a time as there are connections, in the order in which they came. Each has a connection to itself, for it may make
 * temporary tables; DuckDB too runs statements of several connections at once, and readers do not wait for writers on either engine.
 */
export function makeJobs(warehouse: Warehouse, concurrency: number, clock: Clock): Jobs {
  const jobs = new Map<string, Job>();
  const idle: Connection[] = [];
  const queue: ((connection: Connection) => void)[] = [];
  const all: Connection[] = [];
  let made = 0;

  const acquire = async (): Promise<Connection> => {
    const free = idle.pop();
    if (free) return free;
    if (made >= concurrency) return new Promise((resolve) => queue.push(resolve));
    made++;
    try {
      const connection = await warehouse.connect();
      all.push(connection);
      return connection;
    } catch (error) {
      made--;
      throw error;
    }
  };
  const release = (connection: Connection) => {
    const next = queue.shift();
    if (next) next(connection);
    else idle.push(connection);
  };
  const withConnection = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await acquire();
    try {
      // One that was lost since it was last used is made anew.
      await connection.revive();
      return await work(connection);
    } finally {
      release(connection);
    }
  };

  const perform = async (job: Job, work: Work): Promise<void> => {
    const { signal } = job.abort;
    try {
      job.outcome = await withConnection(async (connection) => {
        signal.throwIfAborted();
        job.startedAt = clock.now();
        const stop = cancelOn(signal, connection);
        try {
          return await work({ connection, signal });
        } finally {
          stop();
        }
      });
    } catch (error) {
      job.error = jobError(error, signal.aborted);
    }
    job.startedAt ??= clock.now();
    job.endedAt = clock.now();
    forget(jobs);
  };

  return {
    start(id, location, configuration, work) {
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const job: Job = {
        id,
        location,
        configuration,
        createdAt: clock.now(),
        ended,
        abort: new AbortController(),
        waiting: 0,
      };
      jobs.set(id, job);
      void perform(job, work).then(end);
      return job;
    },
    find: (id) => jobs.get(id),
    cancel: (job) => job.abort.abort(),
    async wait(job, milliseconds, gone) {
      job.waiting++;
      const over = new AbortController();
      const left = () => over.abort();
      gone.addEventListener('abort', left);
      try {
        await Promise.race([job.ended, after(milliseconds, undefined, { signal: over.signal }).catch(() => undefined)]);
      } finally {
        gone.removeEventListener('abort', left);
        over.abort();
        job.waiting--;
      }
      if (!gone.aborted || job.endedAt) return;
      await Promise.race([job.ended, after(GONE_MS, undefined, { ref: false })]);
      if (job.waiting === 0) job.abort.abort();
    },
    withConnection,
    async close() {
      for (const job of jobs.values()) job.abort.abort();
      await Promise.all([...jobs.values()].map(({ ended }) => ended));
      await Promise.all(all.map((connection) => connection.close()));
    },
  };
}

/** Runs a script as a job does. */
export const scriptWork =
  (sql: string, context: Omit<ScriptContext, 'connection' | 'signal'>): Work =>
  (given) =>
    runScript(sql, { ...context, ...given });

/** Checks a script on a connection of the pool. */
export const check = (jobs: Jobs, sql: string, context: Omit<ScriptContext, 'connection'>): Promise<void> =>
  jobs.withConnection((connection) => dryRun(sql, { ...context, connection }));

function cancelOn(signal: AbortSignal, connection: Connection): () => void {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    connection.cancel();
    timer ??= setInterval(() => connection.cancel(), CANCEL_EVERY_MS);
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => {
    signal.removeEventListener('abort', cancel);
    clearInterval(timer);
  };
}

function forget(jobs: Map<string, Job>): void {
  const ended = [...jobs.values()].filter(({ endedAt }) => endedAt !== undefined);
  const results = ended.filter(({ outcome }) => (outcome?.result?.rows.length ?? 0) > 1);
  for (const { outcome } of results.slice(0, -KEPT_RESULTS)) delete outcome!.result;
  for (const { id } of ended.slice(0, -KEPT_JOBS)) jobs.delete(id);
}
