import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { count as formatCount } from '../core/format.ts';
import type { Connection, Row, Warehouse } from '../warehouse/warehouse.ts';
import type { PlannedAction } from './plan.ts';
import { loadStatements } from './plan-incremental.ts';
import type { ActionResult, TaskResult } from './record.ts';
import { schemaChange } from './schema-change.ts';
import { joinStatements } from './statement-end.ts';
import type { CommentsTask, LoadTask, PlannedTask, StatementTask } from './task.ts';

/** Before a statement is sent again; doubled each time, up to the longest. */
const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 10_000;

export interface ActionContext {
  readonly warehouse: Warehouse;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How often a statement that replaces what it makes is sent again after a conflict with another transaction. */
  readonly retryLimit: number;
}

/** What one task did: rows, and for an assertion some of them. */
interface Outcome {
  readonly rows?: number;
  readonly samples?: ActionResult['samples'];
}

type Executed = Pick<ActionResult, 'status' | 'reason' | 'rows' | 'samples' | 'tasks'>;

/** Runs the tasks of an action in order on one connection; the first failure skips the rest. Never throws. */
export async function executeAction(action: PlannedAction, context: ActionContext): Promise<Executed> {
  const tasks: TaskResult[] = [];
  let last: Outcome = {};
  for (const [index, task] of action.tasks.entries()) {
    const type = task.type === 'assertion' ? 'assertion' : 'statement';
    const sent: string[] = [];
    const started = context.clock.monotonic();
    const done = (status: TaskResult['status'], more: Partial<TaskResult> = {}) =>
      tasks.push({
        type,
        sql: joinStatements(sent),
        status,
        ...more,
        milliseconds: round(context.clock.monotonic() - started),
      });
    const stop = (status: 'FAILED' | 'CANCELLED', reason: string, outcome: Outcome = {}): Executed => {
      done(status, { errorMessage: reason, ...(outcome.rows === undefined ? {} : { rows: outcome.rows }) });
      for (const rest of action.tasks.slice(index + 1)) tasks.push(notRun(rest));
      return { status, reason, ...outcome, tasks };
    };
    try {
      const outcome = await run(task, context, sent);
      if (task.type === 'assertion' && outcome.rows! > 0) {
        const reason = `${formatCount(outcome.rows!)} ${outcome.rows === 1 ? 'row' : 'rows'} should not exist`;
        if (action.severity === 'error') return stop('FAILED', reason, outcome);
        done('SUCCESSFUL', { rows: outcome.rows! });
        return { status: 'WARNED', reason, ...outcome, tasks };
      }
      done('SUCCESSFUL', outcome.rows === undefined ? {} : { rows: outcome.rows });
      if (task.type === 'count' || task.type === 'assertion' || ('fills' in task && task.fills !== undefined))
        last = outcome;
    } catch (error) {
      return context.signal.aborted ? stop('CANCELLED', 'interrupted') : stop('FAILED', engineMessage(error));
    }
  }
  return { status: 'SUCCESSFUL', ...last, tasks };
}

async function run(task: PlannedTask, context: ActionContext, sent: string[]): Promise<Outcome> {
  const { connection } = context;
  switch (task.type) {
    case 'statement':
      return { rows: await send(task, context, sent) };
    case 'load':
      return { rows: await load(task, context, sent) };
    case 'comments':
      return comment(task, context, sent);
    case 'count':
      sent.push(task.sql);
      return { rows: await countRows(connection, task.sql) };
    case 'assertion': {
      sent.push(task.sql);
      const rows = await countRows(connection, task.sql);
      return rows === 0 ? { rows } : { rows, samples: (await connection.rows(task.sample)).map(plain) };
    }
  }
}

/** What is sent together: a task, or a part of one. */
type Message = Pick<StatementTask, 'statements' | 'repeatable' | 'fills'> & {
  /** One text that holds several statements. */
  readonly joined?: boolean;
};

/** Several statements go into one transaction. Returns the rows that the one changed that fills the table, else the last. */
async function send(
  { statements, repeatable, fills = statements.length - 1, joined = false }: Message,
  context: ActionContext,
  sent: string[],
): Promise<number> {
  const { connection, warehouse, signal, retryLimit } = context;
  sent.push(...statements);
  const attempt = async () => {
    let rows = 0;
    for (const [index, sql] of statements.entries()) {
      signal.throwIfAborted();
      const changed = await connection.execute(sql);
      if (index === fills) rows = changed;
    }
    return rows;
  };
  for (let retry = 0; ; retry++) {
    try {
      return await (joined || statements.length > 1 ? connection.transaction(attempt) : attempt());
    } catch (error) {
      if (!repeatable || retry >= retryLimit || signal.aborted || !warehouse.isConflict(error)) throw error;
      await setTimeout(Math.min(FIRST_RETRY_MS * 2 ** retry, LONGEST_RETRY_MS), undefined, { signal });
    }
  }
}

/** When the table's columns may follow the query's, they are read now: an earlier action of this run can have changed the query. */
async function load(task: LoadTask, context: ActionContext, sent: string[]): Promise<number> {
  const { warehouse, connection } = context;
  if (task.onSchemaChange === 'IGNORE') {
    await check(task, connection, sent);
    return send({ statements: task.statements, repeatable: false }, context, sent);
  }
  const table = await connection.describe(`select * from ${warehouse.statements.relation(task.target)}`);
  const query = await connection.describe(task.query);
  const changes = schemaChange(task, table, query, warehouse.statements);
  await check(task, connection, sent);
  const columns = query.map(({ name }) => name);
  // Together, so that a column is not dropped for rows that the table then does not take.
  const statements = [...changes, ...loadStatements(task, columns, warehouse.statements)];
  return send({ statements, repeatable: false }, context, sent);
}

async function check({ checks }: LoadTask, connection: Connection, sent: string[]): Promise<void> {
  for (const { sql, problem } of checks) {
    sent.push(sql);
    const rows = await countRows(connection, sql);
    if (rows > 0) throw new Error(`${formatCount(rows)} ${problem}`);
  }
}

/** All in one message. When the engine refuses it, the columns are looked at: a description may name one that there is not. */
async function comment({ target, statements }: CommentsTask, context: ActionContext, sent: string[]): Promise<Outcome> {
  const { connection, warehouse, signal } = context;
  const sendAll = (comments: CommentsTask['statements']) =>
    send(
      { statements: [joinStatements(comments.map(({ sql }) => sql))], repeatable: true, joined: true },
      context,
      sent,
    );
  try {
    await sendAll(statements);
  } catch (error) {
    const columns = await connection
      .describe(`select * from ${warehouse.statements.relation(target)}`)
      .catch(() => Promise.reject(error));
    const existing = new Set(columns.map(({ name }) => name.toLowerCase()));
    const known = statements.filter(({ column }) => column === undefined || existing.has(column.toLowerCase()));
    if (signal.aborted || known.length === statements.length) throw error;
    sent.length = 0;
    if (known.length > 0) await sendAll(known);
  }
  return {};
}

async function countRows(connection: Connection, sql: string): Promise<number> {
  const [row] = await connection.rows<{ n: number }>(sql);
  return Number(row!.n);
}

function notRun(task: PlannedTask): TaskResult {
  const sql =
    task.type === 'comments'
      ? task.statements.map((entry) => entry.sql)
      : 'statements' in task
        ? task.statements
        : [task.sql];
  return {
    type: task.type === 'assertion' ? 'assertion' : 'statement',
    sql: joinStatements(sql),
    status: 'SKIPPED',
    milliseconds: 0,
  };
}

/** The engine's own text, without our code and hint around it. */
const engineMessage = (error: unknown): string =>
  error instanceof TidemarkError ? error.problems[0]!.message : error instanceof Error ? error.message : String(error);

/** Records are JSON, which has no bigint. */
const plain = (row: Row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );

export const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
