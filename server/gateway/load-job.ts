import type { Target } from '../../warehouse/target.ts';
import type { Connection, Value, Warehouse } from '../../warehouse/warehouse.ts';
import type { Work } from './jobs.ts';
import { creation, type NewField } from './new-table.ts';
import { HttpError } from './rest-error.ts';

/** A load job as the REST interface describes it; what is left out is BigQuery's default. */
export interface LoadConfiguration {
  readonly destinationTable?: { readonly datasetId?: string; readonly tableId?: string };
  readonly schema?: { readonly fields?: readonly NewField[] };
  readonly sourceFormat?: string;
  readonly createDisposition?: 'CREATE_IF_NEEDED' | 'CREATE_NEVER';
  readonly writeDisposition?: 'WRITE_APPEND' | 'WRITE_TRUNCATE' | 'WRITE_EMPTY';
}

/**
 * Appends newline-delimited JSON to a table as a job does: all rows arrive or none does.
 *
 * @throws {HttpError} 400 for another format, and without a destination.
 */
export function loadWork(load: LoadConfiguration, data: Buffer, warehouse: Warehouse): Work {
  const { destinationTable: { datasetId: schema, tableId: name } = {}, sourceFormat, createDisposition } = load;
  if (schema === undefined || name === undefined)
    throw new HttpError(400, 'invalid', 'The load job names no destination table.');
  if (sourceFormat !== 'NEWLINE_DELIMITED_JSON')
    throw new HttpError(400, 'invalid', `The gateway loads NEWLINE_DELIMITED_JSON, not ${sourceFormat ?? 'CSV'}.`);
  const target = { schema, name };
  return async ({ connection, signal }) => {
    const changed = await connection.transaction(async () => {
      const relation = warehouse.statements.relation(target);
      const known = await columnsOf(target, connection, warehouse);
      if (!known) {
        if (createDisposition === 'CREATE_NEVER')
          throw new HttpError(404, 'notFound', `Not found: Table ${schema}.${name}`);
        await connection.execute(creation(target, load.schema?.fields ?? [], warehouse));
      } else if (load.writeDisposition === 'WRITE_TRUNCATE') await connection.execute(`delete from ${relation}`);
      else if (load.writeDisposition === 'WRITE_EMPTY') {
        const rows = await connection.rows(`select 1 as found from ${relation} limit 1`);
        if (rows.length > 0) throw new HttpError(409, 'duplicate', `Already Exists: Table ${schema}.${name}`);
      }
      const columns = known ?? load.schema!.fields!.map((field) => field.name);
      const total = await connection.append(target, columns, rowsOf(data, columns));
      // A cancelled job leaves nothing.
      signal.throwIfAborted();
      return total;
    });
    return { changed, type: 'LOAD' };
  };
}

/** Undefined when there is no such table. */
async function columnsOf(
  target: Target,
  connection: Connection,
  { statements }: Warehouse,
): Promise<string[] | undefined> {
  const { schema, name } = statements.catalog(target);
  const columns = await connection.rows<{ column_name: string }>(
    `select column_name from information_schema.columns
     where table_catalog = current_database() and table_schema = $1 and table_name = $2 order by ordinal_position`,
    [schema, name],
  );
  return columns.length > 0 ? columns.map(({ column_name }) => column_name) : undefined;
}

/** The rows, by position in the order of the columns; a column that a row does not name is null. */
function* rowsOf(data: Buffer, columns: readonly string[]): Generator<Value[]> {
  const positions = new Map(columns.map((name, i) => [name, i]));
  let lineNo = 0;
  for (let start = 0; start < data.length; ) {
    const feed = data.indexOf('\n', start);
    const end = feed < 0 ? data.length : feed;
    const line = data.toString('utf8', start, end);
    start = end + 1;
    lineNo++;
    if (line.trim() === '') continue;
    const row = new Array<Value>(columns.length).fill(null);
    for (const [name, value] of Object.entries(objectIn(line, lineNo))) {
      const position = positions.get(name);
      if (position === undefined) throw invalid(lineNo, `no such field: ${name}`);
      if (typeof value === 'object' && value !== null)
        throw invalid(lineNo, `the gateway loads no lists and records, as of the field ${name}`);
      row[position] = value as Value;
    }
    yield row;
  }
}

function objectIn(line: string, lineNo: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw invalid(lineNo, 'no JSON object');
}

const invalid = (lineNo: number, message: string) =>
  new HttpError(400, 'invalid', `Error while reading data, line ${lineNo}: ${message}`);
