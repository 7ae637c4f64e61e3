import type { Engine } from '../warehouse/warehouse.ts';
import type { Action } from './graph.ts';
import type { Selection } from './select.ts';

export const RUN_RECORD_VERSION = 1;

/** KILLED: it was running when the process was killed or the machine stopped; what it had not committed was rolled back. */
export type ActionStatus = 'SUCCESSFUL' | 'FAILED' | 'SKIPPED' | 'DISABLED' | 'CANCELLED' | 'WARNED' | 'KILLED';
export type TaskStatus = 'SUCCESSFUL' | 'FAILED' | 'SKIPPED' | 'CANCELLED';

export interface TaskResult {
  readonly type: 'statement' | 'assertion';
  readonly sql: string;
  readonly status: TaskStatus;
  readonly errorMessage?: string;
  /** Rows changed by a statement, or rows found by an assertion. */
  readonly rows?: number;
  /** How often its connection was lost and it went on with a new one. */
  readonly newSessions?: number;
  readonly milliseconds: number;
}

export interface ActionResult {
  /** `schema.name`. */
  readonly name: string;
  readonly kind: Action['kind'];
  readonly status: ActionStatus;
  /** Why: the failed dependency of a skipped action, the reason of a disabled one, the first error of a failed one. */
  readonly reason?: string;
  readonly fileName: string;
  /** The earlier run whose result this is, in the record of a resumed run; undefined when this run made it. */
  readonly fromRun?: string;
  /** Milliseconds since the start of the run. */
  readonly startedAt?: number;
  readonly milliseconds: number;
  /** Rows of the table afterwards, or rows that an assertion found. */
  readonly rows?: number;
  /** Up to three of the rows that an assertion found; integers beyond 2^53 as text. */
  readonly samples?: readonly { readonly [column: string]: string | number | boolean | null }[];
  readonly tasks: readonly TaskResult[];
}

/** What happened in one run: versioned JSON in `reports/runs/<data set>/<run id>/record.json`, written when the run ends. */
export interface RunRecord {
  readonly version: typeof RUN_RECORD_VERSION;
  /** Sortable: `20260301T101500Z-0fa1b2`. */
  readonly runId: string;
  /** KILLED: the run ended with no word. RUNNING is never written: it is what a reader finds of a run that goes on in another process. */
  readonly status: 'SUCCESSFUL' | 'FAILED' | 'CANCELLED' | 'KILLED' | 'RUNNING';
  /** Why the run failed before or beside its actions: a schema that cannot be made, a server that is gone. */
  readonly reason?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly milliseconds: number;
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly graphHash: string;
  /** The failed or killed run that this one went on with. */
  readonly resumedFrom?: string;
  readonly selection: Selection;
  /** In the order of the plan: dependencies first. */
  readonly actions: readonly ActionResult[];
}
