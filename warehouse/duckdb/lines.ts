import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { LinesOf } from '../warehouse.ts';
import { duckdbStatements } from './statements.ts';

const COPY_BYTES = 1 << 20;

/**
 * Gives `work` a relation of the lines, read by DuckDB's CSV reader: one column, no quotes, and a delimiter that the files cannot hold. The
 * reader knows whole files only, so the rest of one is copied first; the copy is still in the cache of the disk when it is read.
 *
 * @param scratch path with which those of the copies begin; they are removed again.
 */
export async function withLines<T>(
  files: readonly LinesOf[],
  scratch: string,
  work: (lines: string) => Promise<T>,
): Promise<T> {
  const copies: string[] = [];
  try {
    const paths: string[] = [];
    for (const { file, start } of files) {
      if (start === 0) paths.push(file);
      else {
        const copy = `${scratch}-${copies.length}`;
        copies.push(copy);
        await pipeline(createReadStream(file, { highWaterMark: COPY_BYTES, start }), createWriteStream(copy));
        paths.push(copy);
      }
    }
    return await work(
      linesOf(
        paths,
        files.map(({ linesBefore }) => linesBefore),
      ),
    );
  } finally {
    for (const copy of copies) rmSync(copy, { force: true });
  }
}

/**
 * The first window sees the lines in the order of the files, in one thread. Those of one file are numbered as they pass; of several files
 * the second window, for which all of them have to be held, finds where each begins.
 */
function linesOf(paths: readonly string[], linesBefore: readonly number[]): string {
  const { literal } = duckdbStatements;
  const read = `read_csv([${paths.map(literal).join(', ')}], columns = {'raw': 'varchar'}, header = false, auto_detect = false,
        delim = chr(1), quote = '', escape = '', new_line = '\\n', strict_mode = false)`;
  if (paths.length === 1) {
    return `(
    select 0 as file_no, line_no, raw
    from (select raw, row_number() over () + ${linesBefore[0]} as line_no from ${read})
    where raw is not null
  )`;
  }
  return `(
    select file_no, line_no + array[${linesBefore.join(', ')}][file_no + 1] as line_no, raw
    from (
      select raw, file_no, n - min(n) over (partition by file_no) + 1 as line_no
      from (select raw, cast(file_index as integer) as file_no, row_number() over () as n from ${read})
    )
    where raw is not null
  )`;
}
