import { existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { csvLine } from '../../core/csv.ts';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { textTable } from '../../core/text-table.ts';
import { engineProblem } from '../../runner/engine-problem.ts';
import type { Connection, Row, Value } from '../../warehouse/warehouse.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { integer, projectFlags } from '../flags.ts';
import { openForReading } from '../open-for-reading.ts';
import { databaseFile, engineOf, type WarehouseFlags, warehouseFlags } from '../warehouse.ts';

interface QueryFlags extends WarehouseFlags {
  readonly csv?: boolean;
  readonly limit?: number;
}

/** A table is read by people; programs get all rows unless they say how many. */
const SHOWN_ROWS = 100;

export function registerQuery(program: Command, context: Context): void {
  warehouseFlags(
    projectFlags(
      program
        .command('query')
        .description(
          'Read from the warehouse: a table for people, or CSV, or JSON. The warehouse cannot be changed so.',
        )
        .argument('<sql>', 'one query, or - to read it from standard input'),
    ),
  )
    .addOption(new Option('--csv', 'comma-separated values with a header (RFC 4180)').conflicts('json'))
    .option('--limit <n>', `at most so many rows (default: ${SHOWN_ROWS} in a table, all otherwise)`, integer(1))
    .addHelpText(
      'after',
      `
Examples:
  tidemark query 'select * from gold.gold_churn_by_plan_daily order by date_day desc' --limit 5
  tidemark query 'select * from silver.rejects_events' --csv > rejects.csv
  tidemark query - < report.sql
  tidemark query 'show all tables'`,
    )
    .action((sql: string, flags: QueryFlags) => query(context, sql === '-' ? readFileSync(0, 'utf8') : sql, flags));
}

async function query(context: Context, sql: string, flags: QueryFlags): Promise<void> {
  if (sql.trim() === '') throw new TidemarkError({ code: 'USAGE', message: 'the query is empty.' });
  const place = projectWorkspace(context, flags);
  const { name } = place;
  const file = databaseFile(context, flags, place);
  if (engineOf(context, flags) === 'duckdb' && file !== ':memory:' && !existsSync(file)) {
    throw new TidemarkError({
      code: 'WAREHOUSE_FAILED',
      message: `there is no warehouse of ${name} yet: ${file} does not exist.`,
      hint: 'Run `tidemark run` first.',
    });
  }
  const limit = flags.limit ?? (flags.csv || context.json ? undefined : SHOWN_ROWS);
  const warehouse = await openForReading(context, flags, place);
  const { signal } = context.effects;
  try {
    const connection = await warehouse.connect();
    signal.addEventListener('abort', () => connection.cancel());
    const { columns, rows, more } = await read(connection, sql, limit);
    if (context.json) giveResult(context, rows.map(withoutBigints));
    else if (flags.csv) context.console.data(csv(columns, rows));
    else context.console.data(table(columns, rows));
    if (more) context.console.line(`Only the first ${plural(limit!, 'row')}; --limit <n> shows more.`);
  } finally {
    await warehouse.close();
  }
}

/** One row more than the limit is asked for, to know whether there are more; what is no query (`show tables`) is read whole. */
async function read(connection: Connection, text: string, limit: number | undefined) {
  const sql = text.trim().replace(/(\s*;)+$/, '');
  const isQuery = /^(\s|--.*\n)*(select|with|from|values|\()/i.test(sql);
  const limited = isQuery ? `select * from (\n${sql}\n) as result${limit ? ` limit ${limit + 1}` : ''}` : sql;
  const { columns, rows } = await ask(connection, limited, text);
  return { columns, rows: rows.slice(0, limit), more: limit !== undefined && rows.length > limit };
}

/** @throws {TidemarkError} with the place in the SQL as the user wrote it. */
async function ask(connection: Connection, sql: string, source: string): Promise<{ columns: string[]; rows: Row[] }> {
  try {
    return { columns: (await connection.describe(sql)).map(({ name }) => name), rows: await connection.rows(sql) };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const problems = error.problems.map((problem) => ({
      ...problem,
      ...engineProblem({ reason: problem.message, sent: sql, source }),
    }));
    throw new TidemarkError(problems, { cause: error.cause });
  }
}

function table(columns: readonly string[], rows: readonly Row[]): string {
  const numeric = columns.map((column) =>
    rows.every((row) => row[column] === null || ['number', 'bigint'].includes(typeof row[column])),
  );
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? 'null')));
  return `${textTable(columns, cells, numeric)}\n`;
}

const csv = (columns: readonly string[], rows: readonly Row[]): string =>
  [columns, ...rows.map((row) => columns.map((column) => cell(row[column] ?? null)))]
    .map((line) => csvLine(line))
    .join('');

const cell = (value: Value): string | null => (value === null ? null : String(value));

/** JSON has no bigint: integers beyond 2^53 become text, as in run records. */
const withoutBigints = (row: Row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );
