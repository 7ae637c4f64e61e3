import { TidemarkError } from '../core/errors.ts';
import type { Statements } from '../warehouse/statements.ts';
import { type Target, targetName } from '../warehouse/target.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { closure, dagOf } from './dag.ts';
import type { Action, CompiledGraph, TableAction } from './graph.ts';
import { messageOf } from './persist.ts';
import type { Plan, PlannedAction } from './plan.ts';
import { schemaChange } from './schema-change.ts';

/** What the engine says of an action without running it. */
export interface Validation {
  readonly name: string;
  readonly fileName: string;
  /** UNCHECKED: it cannot be known before the run, for the reason given. VALID with a reason: its query is, the rest is not known. */
  readonly status: 'VALID' | 'INVALID' | 'UNCHECKED';
  readonly reason?: string;
  /** The statement that the engine refused. */
  readonly sql?: string;
}

/**
 * The relations that stand for what a plan makes while it is checked: empty temporary tables, which only one session sees. The project is
 * compiled again with them, so that no SQL is rewritten.
 */
export function standIns(plan: Plan, statements: Statements): (target: Target) => string | undefined {
  const made = new Set(
    plan.actions
      .filter(({ disposition, kind }) => disposition === 'run' && kind !== 'operations')
      .map(({ name }) => name),
  );
  return (target) => {
    const name = targetName(target);
    return made.has(name) ? statements.temporary(name) : undefined;
  };
}

/**
 * Lets the engine check the queries of a plan and changes nothing.
 *
 * Each model is made as an empty temporary table with the columns of its query, so that models downstream are checked against what the run
 * would make and not against what is there. Real tables are only read, for a moment and without their rows, so that nobody has to wait.
 * Operations are not sent; what depends on them and is refused may only lack what they make, and counts as unchecked. Values are not
 * looked at: casts, keys and assertions can still fail.
 *
 * @param rehearsed The graph of the plan, compiled with its {@link standIns}.
 * @throws {TidemarkError} WAREHOUSE_FAILED when there can be no connection or temporary table; RUN_CANCELLED when the signal is aborted.
 */
export async function validatePlan(
  plan: Plan,
  rehearsed: CompiledGraph,
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<Validation[]> {
  const dag = dagOf(rehearsed.actions);
  const operated = operationsOf(plan);
  const found = new Map<string, Validation>();
  const connection = await warehouse.connect();
  const cancel = () => connection.cancel();
  signal.addEventListener('abort', cancel);
  try {
    // Where there can be no temporary table the reason is said once, and not at every action.
    await makeEmpty('tidemark_rehearsal', 'select 1 as a', connection, warehouse.statements);
    for (const planned of plan.actions) {
      const { name, fileName } = planned;
      const verdict = unchecked(planned, found);
      if (verdict) {
        found.set(name, { name, fileName, status: 'UNCHECKED', reason: verdict });
        continue;
      }
      const action = dag.actions.get(name)!;
      try {
        signal.throwIfAborted();
        await check(action, planned, connection, warehouse.statements);
        const half = operated.includes(name) ? { reason: 'its operations are not checked' } : {};
        found.set(name, { name, fileName, status: 'VALID', ...half });
      } catch (error) {
        if (signal.aborted)
          throw new TidemarkError({
            code: 'RUN_CANCELLED',
            message: 'The check was interrupted; nothing was changed.',
          });
        if (warehouse.isLost(error)) throw error;
        const text = withRealNames(messageOf(error), plan, dag.actions, warehouse.statements);
        const because = closure([name], dependenciesOf(plan));
        const operation = operated.find((other) => because.has(other));
        found.set(
          name,
          operation
            ? { name, fileName, status: 'UNCHECKED', reason: `the operations of ${operation} are not run: ${text}` }
            : { name, fileName, status: 'INVALID', reason: text, sql: queryOf(action, planned) },
        );
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    await connection.close();
  }
  return plan.actions.map(({ name }) => found.get(name)!);
}

const dependenciesOf = (plan: Plan) => new Map(plan.actions.map(({ name, dependencies }) => [name, dependencies]));

/** The actions that send SQL of the project besides their query. */
const operationsOf = (plan: Plan): string[] =>
  plan.actions
    .filter(({ tasks }) => tasks.some((task) => task.type === 'statement' && !task.repeatable))
    .map(({ name }) => name);

function unchecked(planned: PlannedAction, found: ReadonlyMap<string, Validation>): string | undefined {
  if (planned.disposition === 'skip') return planned.why;
  if (planned.kind === 'operations') return 'operations are not run, and cannot be checked one by one';
  for (const name of planned.dependencies) {
    const { status, reason = '' } = found.get(name)!;
    if (status === 'INVALID') return `${name} is not valid`;
    if (status === 'UNCHECKED' && reason.endsWith('is not valid')) return reason;
  }
  return undefined;
}

const isLoad = ({ tasks }: PlannedAction): boolean => tasks.some(({ type }) => type === 'load');

const queryOf = (action: Action, planned: PlannedAction): string =>
  isLoad(planned) ? (action as TableAction).incremental!.query : 'query' in action ? action.query : '';

async function makeEmpty(name: string, query: string, connection: Connection, statements: Statements): Promise<void> {
  const empty = `select * from (\n${query}\n) as rehearsed limit 0`;
  for (const sql of statements.createTemporary(name, empty)) await connection.execute(sql);
}

/** Checks the query, and leaves an empty table with the columns that the run would leave. */
async function check(
  action: Action,
  planned: PlannedAction,
  connection: Connection,
  statements: Statements,
): Promise<void> {
  const { name } = planned;
  const query = queryOf(action, planned);
  const load = planned.tasks.find((task) => task.type === 'load');
  if (!load) {
    // Its text points at the line in the query, which that of the statement around it would not.
    await connection.describe(query);
    return makeEmpty(name, query, connection, statements);
  }
  const relation = statements.relation(action.target);
  // First, because the query of new rows may read the table.
  await makeEmpty(name, `select * from ${relation}`, connection, statements);
  const columns = await connection.describe(query);
  const table = await connection.describe(`select * from ${relation}`);
  const given = new Set(columns.map((column) => column.name.toLowerCase()));
  const lacking = table.filter((column) => !given.has(column.name.toLowerCase())).map((column) => column.name);
  if (load.onSchemaChange === 'IGNORE' && lacking.length > 0) {
    throw new Error(`The query of ${name} gives no column ${lacking.join(', ')}, which the table has.`);
  }
  for (const sql of schemaChange(load, table, columns, statements))
    await connection.execute(sql.replace(relation, () => statements.temporary(name)));
}

/** The engine speaks of the stand-ins; people know the tables. */
function withRealNames(text: string, plan: Plan, actions: ReadonlyMap<string, Action>, statements: Statements): string {
  const standIn = standIns(plan, statements);
  let real = text;
  for (const { target } of actions.values()) {
    const name = standIn(target);
    if (name === undefined) continue;
    real = real.replaceAll(name, statements.relation(target));
  }
  return real;
}
