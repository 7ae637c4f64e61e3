import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { count, plural } from '../core/format.ts';
import { nearestFew } from '../core/nearest.ts';
import { targetName } from '../warehouse/target.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { type CellDifference, compareRows, type Pairing, type Result } from './compare-rows.ts';
import { round } from './execute-action.ts';
import type { CompiledGraph, TableAction, TestAction } from './graph.ts';
import { EVERYTHING, selectTests } from './select.ts';
import { tableAfter } from './table-after.ts';

/** What came of one unit test. */
export interface TestResult {
  readonly name: string;
  /** The tested table or view; empty where the compiler of a project is too old to say it. */
  readonly model: string;
  /** Of incremental tables: the first build, or a run on a table that exists. */
  readonly mode?: 'full' | 'incremental';
  readonly fileName: string;
  readonly status: 'SUCCESSFUL' | 'FAILED' | 'CANCELLED';
  /** Why it failed: the engine's text, or what the results differ in. */
  readonly reason?: string;
  /** What the engine refused. */
  readonly sql?: string;
  readonly differences?: readonly CellDifference[];
  readonly milliseconds: number;
}

/**
 * Runs unit tests one after another: the query of the model over its inputs must give the rows of the expected query, in their order; for a
 * run on an incremental table that exists, the table must hold those rows after it, in any order. Only queries are sent, so the warehouse may
 * be open for reading only. Failures are in the results.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED when no connection can be made.
 */
export async function runTests(
  graph: CompiledGraph,
  warehouse: Warehouse,
  effects: Effects,
  tests: readonly TestAction[] = selectTests(graph, EVERYTHING),
): Promise<TestResult[]> {
  const { clock, signal } = effects;
  const models = new Map(graph.actions.map((action) => [targetName(action.target), action]));
  const results: TestResult[] = [];
  if (tests.length === 0) return results;
  const connection = await warehouse.connect();
  const cancel = () => connection.cancel();
  signal.addEventListener('abort', cancel);
  try {
    for (const test of tests) {
      const started = clock.monotonic();
      const model = models.get(test.model);
      const table = model?.kind === 'incremental' ? model : undefined;
      const outcome = signal.aborted ? CANCELLED : await runTest(test, table, connection, warehouse, signal);
      results.push({
        name: test.target.name,
        model: test.model,
        ...(table ? { mode: test.before === undefined ? 'full' : 'incremental' } : {}),
        fileName: test.fileName,
        ...outcome,
        milliseconds: round(clock.monotonic() - started),
      });
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    await connection.close();
  }
  return results;
}

type Outcome = Pick<TestResult, 'status' | 'reason' | 'sql' | 'differences'>;

const CANCELLED: Outcome = { status: 'CANCELLED', reason: 'interrupted' };
const failed = (reason: string): Outcome => ({ status: 'FAILED', reason });

/** A query that the engine does not take. */
class Refusal extends Error {
  readonly sql: string;

  constructor(message: string, sql: string) {
    super(message);
    this.sql = sql;
  }
}

async function runTest(
  test: TestAction,
  table: TableAction | undefined,
  connection: Connection,
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<Outcome> {
  if (test.inputs.unused.length > 0) return failed(unusedInputs(test));
  const ask = async <T>(what: string, sql: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const text = error instanceof TidemarkError ? error.problems[0]!.message : String(error);
      throw new Refusal(`The engine refused ${what}: ${text}`, sql);
    }
  };
  const described = (what: string, sql: string) =>
    ask(what, sql, async () => ({ sql, columns: await connection.describe(sql) }));
  const result = (what: string, sql: string): Promise<Result> =>
    ask(what, sql, async () => ({ columns: await connection.describe(sql), rows: await connection.rows(sql) }));
  try {
    const expected = await result('the expected query', test.expectedQuery);
    if (test.before === undefined || !table)
      return compare(expected, await result('the query of the model', test.query));
    const before = await described(`the input ${test.model}`, test.before);
    const newRows = await described('the query of the model', test.query);
    const { query, checks } = tableAfter(table, before, newRows, warehouse.statements);
    for (const { sql, problem } of checks) {
      const [row] = await ask('the check of the unique key', sql, () => connection.rows<{ n: number }>(sql));
      if (row!.n > 0) return failed(`The run would fail: ${count(row!.n)} ${problem}`);
    }
    const after = await result('to bring the new rows into the table', query);
    return compare(expected, after, { by: 'content', key: table.incremental!.uniqueKey });
  } catch (error) {
    if (signal.aborted) return CANCELLED;
    if (error instanceof Refusal) return { ...failed(error.message), sql: error.sql };
    // Anything else is thrown by the policy for columns, whose words are made for people.
    return failed(`The run would fail: ${(error as Error).message}`);
  }
}

/** Such a test looks at something else than its author thinks. */
function unusedInputs({ inputs: { used, unused }, model }: TestAction): string {
  const near = nearestFew(unused[0]!, used);
  const reads = used.length > 0 ? `reads ${used.join(', ')}` : 'reads no ref';
  const question = near.length > 0 ? ` Did you mean "${near[0]}"?` : '';
  return `${unused.length === 1 ? 'The input' : 'The inputs'} ${unused.join(', ')} ${unused.length === 1 ? 'replaces' : 'replace'} nothing: the query of ${model} ${reads}.${question}`;
}

function compare(expected: Result, found: Result, pairing?: Pairing): Outcome {
  const { missingColumns, extraColumns, differences, reordered } = compareRows(expected, found, pairing);
  const subject = pairing ? 'The table has' : 'The model gives';
  const sentences = [
    ...(missingColumns.length > 0 ? [`${subject} no ${columnList(missingColumns)}.`] : []),
    ...(extraColumns.length > 0 ? [`The test expects no ${columnList(extraColumns)}.`] : []),
    ...(expected.rows.length === found.rows.length
      ? []
      : [`Expected ${plural(expected.rows.length, 'row')}, found ${found.rows.length}.`]),
    ...(reordered ? ['The rows are the same in another order; rows are compared in order.'] : []),
  ];
  if (sentences.length === 0 && differences.length === 0) return { status: 'SUCCESSFUL' };
  if (sentences.length === 0)
    sentences.push(`${plural(differences.length, 'cell')} differ${differences.length === 1 ? 's' : ''}.`);
  return { ...failed(sentences.join(' ')), ...(differences.length > 0 ? { differences } : {}) };
}

const columnList = (names: readonly string[]): string =>
  `${names.length === 1 ? 'column' : 'columns'} ${names.join(', ')}`;
