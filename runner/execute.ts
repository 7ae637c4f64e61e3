import type { Effects } from '../core/effects.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { executeAction, round } from './execute-action.ts';
import { runId } from './history.ts';
import { persist, REPEATABLE } from './persist.ts';
import type { Plan, PlannedAction } from './plan.ts';
import { type ActionResult, RUN_RECORD_VERSION, type RunRecord } from './record.ts';
import type { Recorder } from './recorder.ts';
import { joinStatements } from './statement-end.ts';

export interface ExecuteOptions {
  /** How many actions run at the same time, each on a connection of its own. */
  readonly concurrency?: number;
  /** How often a statement is sent again after a transient error; only statements that replace what they make are. */
  readonly actionRetryLimit?: number;
  /** Default: a new one. */
  readonly runId?: string;
  /** Keeps in the warehouse what the run does. */
  readonly recorder?: Recorder;
}

/** Told while a run goes on. `done` counts the actions that have ended, of whatever status. */
export type RunEvent =
  | {
      readonly type: 'started';
      readonly name: string;
      readonly kind: PlannedAction['kind'];
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: 'ended'; readonly result: ActionResult; readonly done: number; readonly total: number };

export const DEFAULT_CONCURRENCY = 2;
export const DEFAULT_RETRY_LIMIT = 5;

/** How often the engine is asked again to stop: a request that comes between two statements is lost. */
const CANCEL_EVERY_MS = 50;

/**
 * Runs a plan. An action starts when all its dependencies in the plan have ended well; what depends on a failed one, directly or not, is
 * skipped. When `effects.signal` is aborted, running statements are interrupted and all that has not ended is CANCELLED.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED when schemas or connections cannot be made. Failures of actions are in the record.
 */
export async function executePlan(
  plan: Plan,
  warehouse: Warehouse,
  {
    concurrency = DEFAULT_CONCURRENCY,
    actionRetryLimit = DEFAULT_RETRY_LIMIT,
    runId: givenId,
    recorder,
  }: ExecuteOptions,
  effects: Effects,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<RunRecord> {
  const { clock, signal } = effects;
  const startedAt = clock.now();
  const start = clock.monotonic();
  const id = givenId ?? runId(clock);
  const results = new Map<string, ActionResult>();
  const total = plan.actions.length;

  const end = (action: PlannedAction, result: Omit<ActionResult, 'name' | 'kind' | 'fileName'>) => {
    const full = { name: action.name, kind: action.kind, fileName: action.fileName, ...result };
    results.set(action.name, full);
    recorder?.ended(full);
    onEvent({ type: 'ended', result: full, done: results.size, total });
  };
  const execute = async (action: PlannedAction, connection: Connection) => {
    const began = clock.monotonic();
    onEvent({ type: 'started', name: action.name, kind: action.kind, done: results.size, total });
    const executed = await executeAction(action, {
      warehouse,
      connection,
      clock,
      signal,
      retryLimit: actionRetryLimit,
    });
    end(action, { ...executed, startedAt: round(began - start), milliseconds: round(clock.monotonic() - began) });
  };

  await withConnections(
    warehouse,
    warehouse.capabilities.concurrentStatements ? concurrency : 1,
    async (connections) => {
      const connection = connections[0]!;
      const context = { warehouse, connection, signal, retryLimit: actionRetryLimit };
      if (!signal.aborted) {
        if (plan.createSchemas.length > 0) {
          const sql = joinStatements(plan.createSchemas);
          await persist({ safety: REPEATABLE, attempt: () => connection.execute(sql) }, context);
        }
        await recorder?.begin(id);
      }
      const stopCancelling = cancelOn(signal, connections);
      try {
        await schedule(plan.actions, results, connections, signal, execute, (action, result) =>
          end(action, { milliseconds: 0, tasks: [], ...result }),
        );
      } finally {
        stopCancelling();
        await recorder?.close();
      }
    },
  );

  const actions = plan.actions.map(({ name }) => results.get(name)!);
  return {
    version: RUN_RECORD_VERSION,
    runId: id,
    status: signal.aborted ? 'CANCELLED' : actions.some(({ status }) => status === 'FAILED') ? 'FAILED' : 'SUCCESSFUL',
    startedAt: startedAt.toISOString(),
    finishedAt: clock.now().toISOString(),
    milliseconds: round(clock.monotonic() - start),
    engine: plan.engine,
    engineVersion: warehouse.version,
    graphHash: plan.graphHash,
    selection: plan.selection,
    actions,
  };
}

/** How an action ended that did not run. */
type Ended = Pick<ActionResult, 'status' | 'reason'> & Partial<ActionResult>;

/**
 * Starts every action as soon as it may and a connection is free, earlier ones of the plan first. Actions that do not run are ended at
 * once, when that is decided.
 */
async function schedule(
  actions: readonly PlannedAction[],
  results: ReadonlyMap<string, ActionResult>,
  connections: readonly Connection[],
  signal: AbortSignal,
  execute: (action: PlannedAction, connection: Connection) => Promise<void>,
  endWithout: (action: PlannedAction, result: Ended) => void,
): Promise<void> {
  let pending = [...actions];
  const idle = [...connections];
  const running = new Set<Promise<void>>();
  while (pending.length > 0 || running.size > 0) {
    const waiting: PlannedAction[] = [];
    // The plan is in topological order, so one pass carries a failure to all that depend on it.
    for (const action of pending) {
      const fate = decide(action, results, signal);
      if (fate === 'wait' || (fate === 'run' && idle.length === 0)) waiting.push(action);
      else if (fate === 'run') {
        const connection = idle.pop()!;
        const work: Promise<void> = execute(action, connection).finally(() => {
          running.delete(work);
          idle.push(connection);
        });
        running.add(work);
      } else endWithout(action, fate);
    }
    pending = waiting;
    if (running.size > 0) await Promise.race(running);
  }
}

/** Whether an action may run now, has to wait, or ends without running. */
function decide(
  action: PlannedAction,
  results: ReadonlyMap<string, ActionResult>,
  signal: AbortSignal,
): 'run' | 'wait' | Ended {
  if (action.unchanged) return action.unchanged;
  if (action.disposition === 'skip') return { status: 'DISABLED', reason: action.why };
  if (signal.aborted) return { status: 'CANCELLED', reason: 'the run was interrupted' };
  let waits = false;
  for (const name of action.dependencies) {
    const result = results.get(name);
    if (result?.status === 'FAILED') return { status: 'SKIPPED', reason: `${name} failed` };
    if (result?.status === 'SKIPPED') return { status: 'SKIPPED', reason: result.reason! };
    if (!result) waits = true;
  }
  return waits ? 'wait' : 'run';
}

async function withConnections(
  warehouse: Warehouse,
  n: number,
  work: (connections: Connection[]) => Promise<void>,
): Promise<void> {
  const connections: Connection[] = [];
  try {
    for (let i = 0; i < Math.max(1, n); i++) connections.push(await warehouse.connect());
    await work(connections);
  } finally {
    for (const connection of connections) await connection.close();
  }
}

/** Interrupts all connections when the signal is aborted, until the returned function is called. */
function cancelOn(signal: AbortSignal, connections: readonly Connection[]): () => void {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    for (const connection of connections) connection.cancel();
    timer ??= setInterval(cancel, CANCEL_EVERY_MS);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return () => {
    clearInterval(timer);
    signal.removeEventListener('abort', cancel);
  };
}
