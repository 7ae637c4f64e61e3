import { TidemarkError } from '../core/errors.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { closure, dagOf } from './dag.ts';
import type { Action, CompiledGraph, TableAction } from './graph.ts';
import type { Plan, PlannedAction } from './plan.ts';
import { schemaChange } from './schema-change.ts';
import type { WarehouseState } from './state.ts';

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
 * Lets the engine check the queries of a plan and changes nothing: all happens in a transaction that is rolled back.
 *
 * In it each model is made as an empty table with the columns of its query, so that models downstream are checked against what the run
 * would make and not against what is there. Operations are not sent, for they could reach beyond the transaction; what depends on them and
 * is refused may only lack what they make, and counts as unchecked. Values are not looked at: casts, keys and assertions can still fail.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED when no transaction can be had; RUN_CANCELLED when the signal is aborted.
 */
export async function validatePlan(
  plan: Plan,
  graph: CompiledGraph,
  state: WarehouseState,
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<Validation[]> {
  const dag = dagOf(graph.actions);
  const operated = operationsOf(plan);
  const found = new Map<string, Validation>();
  const connection = await warehouse.connect();
  try {
    // Engines may abort a transaction at the first error, so each error that is found starts another one, without its action.
    for (let open = true; open; ) {
      await rolledBack(connection, async () => {
        for (const sql of plan.createSchemas) await connection.execute(sql);
        for (const planned of plan.actions) {
          if (signal.aborted)
            throw new TidemarkError({
              code: 'RUN_CANCELLED',
              message: 'The check was interrupted; nothing was changed.',
            });
          if (['INVALID', 'UNCHECKED'].includes(found.get(planned.name)?.status ?? '')) continue;
          const { name, fileName } = planned;
          const verdict = unchecked(planned, found);
          if (verdict) {
            found.set(name, { name, fileName, status: 'UNCHECKED', reason: verdict });
            continue;
          }
          try {
            await check(dag.actions.get(name)!, planned, state[name], connection, warehouse);
            const half = operated.includes(name) ? { reason: 'its operations are not checked' } : {};
            found.set(name, { name, fileName, status: 'VALID', ...half });
          } catch (error) {
            const text = engineText(error);
            const because = closure([name], dependenciesOf(plan));
            const operation = operated.find((other) => because.has(other));
            found.set(
              name,
              operation
                ? { name, fileName, status: 'UNCHECKED', reason: `the operations of ${operation} are not run: ${text}` }
                : { name, fileName, status: 'INVALID', reason: text, sql: queryOf(dag.actions.get(name)!, planned) },
            );
            return;
          }
        }
        open = false;
      });
    }
  } finally {
    await connection.close();
  }
  return plan.actions.map(({ name }) => found.get(name)!);
}

async function rolledBack(connection: Connection, work: () => Promise<void>): Promise<void> {
  const onPurpose = new Error('rolled back on purpose');
  try {
    await connection.transaction(async () => {
      await work();
      throw onPurpose;
    });
  } catch (error) {
    if (error !== onPurpose) throw error;
  }
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

/** Checks the query, and leaves an empty table in place of what the action makes. */
async function check(
  action: Action,
  planned: PlannedAction,
  existing: WarehouseState[string] | undefined,
  connection: Connection,
  { statements }: Warehouse,
): Promise<void> {
  const query = queryOf(action, planned);
  const columns = await connection.describe(query);
  const load = planned.tasks.find((task) => task.type === 'load');
  if (load) {
    const table = await connection.describe(`select * from ${statements.relation(action.target)}`);
    const given = new Set(columns.map(({ name }) => name.toLowerCase()));
    const lacking = table.filter(({ name }) => !given.has(name.toLowerCase())).map(({ name }) => name);
    if (load.onSchemaChange === 'IGNORE' && lacking.length > 0) {
      throw new Error(`The query of ${planned.name} gives no column ${lacking.join(', ')}, which the table has.`);
    }
    for (const sql of schemaChange(load, table, columns, statements)) await connection.execute(sql);
    return;
  }
  if (existing) await connection.execute(statements.drop(action.target, existing.type));
  const empty = `select * from (\n${query}\n) as rehearsed limit 0`;
  for (const sql of statements.createTableAs(action.target, empty)) await connection.execute(sql);
}

const engineText = (error: unknown): string =>
  error instanceof TidemarkError ? error.problems[0]!.message : error instanceof Error ? error.message : String(error);
