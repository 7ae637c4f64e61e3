import type { Clock } from '../core/effects.ts';
import { count as formatCount } from '../core/format.ts';
import type { Connection, Row, Warehouse } from '../warehouse/warehouse.ts';
import { IDEMPOTENT, messageOf, ONCE, persist, REPEATABLE } from './persist.ts';
import type { PlannedAction } from './plan.ts';
import { loadStatements } from './plan-incremental.ts';
import type { ActionResult, TaskResult } from './record.ts';
import { schemaChange } from './schema-change.ts';
import { joinStatements } from './statement-end.ts';
import type { CommentsTask, LoadTask, PlannedTask, StatementTask } from './task.ts';

export interface ActionContext {
  readonly warehouse: Warehouse;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How often a statement is sent again, and a lost connection made again. */
  readonly retryLimit: number;
}

/** What one task did: rows, and for an assertion some of them. */
interface Outcome {
  readonly rows?: number;
  readonly samples?: ActionResult['samples'];
}

type Executed = Pick<ActionResult, 'status' | 'reason' | 'rows' | 'samples' | 'tasks'>;

/** What the tasks of one action share. */
interface TaskContext extends ActionContext {
  /** The statements that made the temporary table of new rows, to be made again on a new session. */
  staging: readonly string[];
  /** Operations that have ended well: what they left in the session is lost with it. */
  operations: number;
  lostOperations: boolean;
  /** In the task that runs. */
  newSessions: number;
}

/** Runs the tasks of an action in order on one connection; the first failure skips the rest. Never throws. */
export async function executeAction(action: PlannedAction, actionContext: ActionContext): Promise<Executed> {
  const context: TaskContext = { ...actionContext, staging: [], operations: 0, lostOperations: false, newSessions: 0 };
  const tasks: TaskResult[] = [];
  let last: Outcome = {};
  for (const [index, task] of action.tasks.entries()) {
    const type = task.type === 'assertion' ? 'assertion' : 'statement';
    const sent: string[] = [];
    context.newSessions = 0;
    const started = context.clock.monotonic();
    const done = (status: TaskResult['status'], more: Partial<TaskResult> = {}) =>
      tasks.push({
        type,
        sql: joinStatements(sent),
        status,
        ...more,
        ...(context.newSessions > 0 ? { newSessions: context.newSessions } : {}),
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
      if (context.signal.aborted) return stop('CANCELLED', 'interrupted');
      return stop('FAILED', messageOf(error) + (context.lostOperations ? LOST_OPERATIONS : ''));
    }
  }
  return { status: 'SUCCESSFUL', ...last, tasks };
}

const LOST_OPERATIONS =
  '\nThe connection was lost and made again in the middle of this action: what its first operations left in the session is gone.';

async function run(task: PlannedTask, context: TaskContext, sent: string[]): Promise<Outcome> {
  const { connection } = context;
  switch (task.type) {
    case 'statement': {
      const rows = await send(task, context, sent);
      if (task.staging) context.staging = task.statements;
      if (!task.repeatable) context.operations++;
      return { rows };
    }
    case 'load':
      return { rows: await load(task, context, sent) };
    case 'comments':
      return comment(task, context, sent);
    case 'count':
      sent.push(task.sql);
      return { rows: await countRows(task.sql, context) };
    case 'assertion': {
      sent.push(task.sql);
      const rows = await countRows(task.sql, context);
      return rows === 0
        ? { rows }
        : { rows, samples: (await read(() => connection.rows(task.sample), context)).map(plain) };
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
  context: TaskContext,
  sent: string[],
): Promise<number> {
  const { connection, signal } = context;
  sent.push(...statements);
  let rows = 0;
  const all = async () => {
    for (const [index, sql] of statements.entries()) {
      signal.throwIfAborted();
      const changed = await connection.execute(sql);
      if (index === fills) rows = changed;
    }
    return rows;
  };
  const attempt = () => (joined || statements.length > 1 ? connection.transaction(all) : all());
  const safety = repeatable ? REPEATABLE : ONCE;
  return persist({ safety, attempt, outcome: () => rows, onNewSession: () => noteNewSession(context) }, context);
}

/** A question, which can be asked again. */
const read = <T>(ask: () => Promise<T>, context: TaskContext): Promise<T> =>
  persist({ safety: REPEATABLE, attempt: ask, onNewSession: () => noteNewSession(context) }, context);

function noteNewSession(context: TaskContext): void {
  context.newSessions++;
  if (context.operations > 0) context.lostOperations = true;
}

/**
 * Brings new rows into a table, in one transaction. When the connection is lost before its commit, the new rows are computed again. When
 * the columns of the table may follow those of the query, they are read now: an earlier action of this run can have changed the query.
 */
async function load(task: LoadTask, context: TaskContext, sent: string[]): Promise<number> {
  const { warehouse, connection, signal } = context;
  const { statements } = warehouse;
  let rows = 0;
  let staged = true;
  const attempt = async () => {
    sent.length = 0;
    if (!staged) for (const sql of context.staging) await connection.execute(sql);
    staged = true;
    const follows = task.onSchemaChange !== 'IGNORE';
    const query = follows ? await connection.describe(task.query) : [];
    const table = follows ? await connection.describe(`select * from ${statements.relation(task.target)}`) : [];
    const load = follows
      ? loadStatements(
          task,
          query.map(({ name }) => name),
          statements,
        )
      : task.statements;
    const changes = schemaChange(task, table, query, statements);
    await check(task, connection, sent);
    sent.push(...changes, ...load);
    // Together, so that a column is not dropped for rows that the table then does not take.
    return connection.transaction(async () => {
      for (const sql of [...changes, ...load]) {
        signal.throwIfAborted();
        rows = await connection.execute(sql);
      }
      return rows;
    }, task.target);
  };
  return persist(
    {
      // A filter narrows what a merge finds again, so that a row could be inserted twice.
      safety: task.strategy === 'INSERT' || task.filter ? ONCE : IDEMPOTENT,
      attempt,
      outcome: () => rows,
      onNewSession() {
        staged = false;
        noteNewSession(context);
      },
    },
    context,
  );
}

async function check({ checks }: LoadTask, connection: Connection, sent: string[]): Promise<void> {
  for (const { sql, problem } of checks) {
    sent.push(sql);
    const rows = Number((await connection.rows<{ n: number }>(sql))[0]!.n);
    if (rows > 0) throw new Error(`${formatCount(rows)} ${problem}`);
  }
}

/** All in one message. When the engine refuses it, the columns are looked at: a description may name one that there is not. */
async function comment({ target, statements }: CommentsTask, context: TaskContext, sent: string[]): Promise<Outcome> {
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
    const relation = `select * from ${warehouse.statements.relation(target)}`;
    const columns = await read(() => connection.describe(relation), context).catch(() => Promise.reject(error));
    const existing = new Set(columns.map(({ name }) => name.toLowerCase()));
    const known = statements.filter(({ column }) => column === undefined || existing.has(column.toLowerCase()));
    if (signal.aborted || known.length === statements.length) throw error;
    sent.length = 0;
    if (known.length > 0) await sendAll(known);
  }
  return {};
}

async function countRows(sql: string, context: TaskContext): Promise<number> {
  const [row] = await read(() => context.connection.rows<{ n: number }>(sql), context);
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

/** Records are JSON, which has no bigint. */
const plain = (row: Row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );

export const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
