import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { TidemarkError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { type Target, targetName } from '../target.ts';
import type { Value } from '../warehouse.ts';

type Rows = AsyncIterable<readonly Value[]> | Iterable<readonly Value[]>;

/**
 * Appends rows through DuckDB's appender, which converts each value to the type of its column as a cast would. Columns that are not
 * named get their default. All rows arrive or none does.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED for a column that the table does not have; anything that the engine throws otherwise.
 */
export async function appendRows(
  connection: DuckDBConnection,
  target: Target,
  columns: readonly string[],
  rows: Rows,
): Promise<number> {
  const positions = await columnPositions(connection, target, columns);
  const appender = await connection.createAppender(target.name, target.schema);
  let total = 0;
  try {
    for await (const row of rows) {
      for (const position of positions) {
        if (position === undefined) appender.appendDefault();
        else appendValue(appender, row[position] ?? null);
      }
      appender.endRow();
      total++;
    }
    appender.flushSync();
  } catch (error) {
    // Closing flushes, so what was not flushed has to be forgotten first.
    appender.clear();
    throw error;
  } finally {
    appender.closeSync();
  }
  return total;
}

function appendValue(appender: DuckDBAppender, value: Value): void {
  if (value === null) appender.appendNull();
  else if (typeof value === 'string') appender.appendVarchar(value);
  else if (typeof value === 'boolean') appender.appendBoolean(value);
  else if (typeof value === 'bigint') appender.appendHugeInt(value);
  else if (Number.isSafeInteger(value)) appender.appendBigInt(BigInt(value));
  else appender.appendDouble(value);
}

/** For each column of the table, in its order: where its value stands in a row, or undefined. */
async function columnPositions(connection: DuckDBConnection, target: Target, columns: readonly string[]) {
  const reader = await connection.runAndReadAll(
    `select column_name from information_schema.columns
     where table_catalog = current_database() and table_schema = $1 and table_name = $2 order by ordinal_position`,
    [target.schema, target.name],
  );
  const existing = reader.getRows().map(([name]) => String(name));
  const unknown = columns.filter((column) => !existing.includes(column));
  if (unknown.length > 0) {
    throw new TidemarkError(
      unknown.map((column) => {
        const near = nearest(column, existing);
        return {
          code: 'WAREHOUSE_FAILED' as const,
          message: `${targetName(target)} has no column "${column}"; it has ${existing.join(', ') || 'none, for it does not exist'}.`,
          ...(near === undefined ? {} : { nearest: near }),
        };
      }),
    );
  }
  return existing.map((name) => {
    const position = columns.indexOf(name);
    return position < 0 ? undefined : position;
  });
}
