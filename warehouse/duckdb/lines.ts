import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { LinesOf } from '../warehouse.ts';
import { duckdbStatements } from './statements.ts';

const COPY_BYTES = 1 << 20;

/**
 * Gives `work` a relation of the lines, read by DuckDB's CSV reader: one column, no quotes, and a delimiter that the file cannot hold. The
 * reader knows whole files only, so the rest of one is copied first; the copy is still in the cache of the disk when it is read.
 *
 * @param scratch path of the copy, which is removed again.
 */
export async function withLines<T>(
  { file, start, linesBefore }: LinesOf,
  scratch: string,
  work: (lines: string) => Promise<T>,
): Promise<T> {
  if (start === 0) return work(linesOf(file, linesBefore));
  try {
    await pipeline(createReadStream(file, { highWaterMark: COPY_BYTES, start }), createWriteStream(scratch));
    return await work(linesOf(scratch, linesBefore));
  } finally {
    rmSync(scratch, { force: true });
  }
}

/** The window sees the lines in the order of the file. */
const linesOf = (path: string, linesBefore: number) => `(
    select line_no, raw
    from (
      select raw, row_number() over () + ${linesBefore} as line_no
      from read_csv(${duckdbStatements.literal(path)}, columns = {'raw': 'varchar'}, header = false, auto_detect = false, delim = chr(1),
        quote = '', escape = '', new_line = '\\n', strict_mode = false)
    )
    where raw is not null
  )`;
