import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { duckdbStatements } from './statements.ts';

const { identifier, literal } = duckdbStatements;

/**
 * The rows of a Parquet file as JSON objects, some thousand at a time and in the order of the file. Numbers that JSON does not know
 * become text (`nan`, `inf`), but for those inside of lists and structs; binary values the text that DuckDB shows for them.
 *
 * It needs no database: rows are on their way to whatever engine. Throws what DuckDB throws.
 */
export async function* readParquet(file: string): AsyncGenerator<string[]> {
  // One thread keeps the order of the rows and the memory small.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  const connection = await instance.connect();
  try {
    await connection.run("set TimeZone = 'UTC'");
    const from = `read_parquet(${literal(file)})`;
    const result = await connection.stream(
      `select cast(to_json(${await rowOf(connection, from)}) as varchar) from ${from}`,
    );
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      yield chunk.getColumnValues(0) as string[];
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function rowOf(connection: DuckDBConnection, from: string): Promise<string> {
  const columns = (await connection.runAndReadAll(`describe select * from ${from}`)).getRows();
  const fields = columns.map(([column, type]) => {
    const name = identifier(String(column));
    const isFloat = type === 'DOUBLE' || type === 'FLOAT';
    return `${name} := ${isFloat ? `case when isfinite(${name}) then to_json(${name}) else to_json(cast(${name} as varchar)) end` : name}`;
  });
  return `struct_pack(${fields.join(', ')})`;
}
