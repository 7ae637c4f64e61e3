import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LinesOf } from '../warehouse.ts';
import { duckdbStatements } from './statements.ts';

const COPY_BYTES = 1 << 20;

/**
 * Reads lines with DuckDB's CSV reader: one column, no quotes, and a delimiter that the file cannot hold. The reader knows whole files
 * only, so a stretch of one is copied first; the copy is still in the cache of the disk when it is read.
 *
 * @param scratch path of the copy, which is removed again.
 */
export async function appendLines(
  connection: DuckDBConnection,
  temporary: string,
  { file, start, end, linesBefore }: LinesOf,
  fileNo: number,
  scratch: string,
): Promise<void> {
  const until = end ?? statSync(file).size;
  if (until <= start) return;
  const read = (path: string) => connection.run(linesInto(temporary), [path, fileNo, BigInt(linesBefore)]);
  if (start === 0 && end === undefined) return void (await read(file));
  try {
    await pipeline(
      createReadStream(file, { highWaterMark: COPY_BYTES, start, end: until - 1 }),
      createWriteStream(scratch),
    );
    await read(scratch);
  } finally {
    rmSync(scratch, { force: true });
  }
}

/** The window sees the lines in the order of the file. */
const linesInto = (temporary: string) => `insert into ${duckdbStatements.temporary(temporary)} (file_no, line_no, raw)
  select $2, line_no + cast($3 as bigint), raw
  from (
    select raw, row_number() over () as line_no
    from read_csv($1, columns = {'raw': 'varchar'}, header = false, auto_detect = false, delim = chr(1), quote = '', escape = '',
      new_line = '\\n', strict_mode = false)
  )
  where raw is not null`;
