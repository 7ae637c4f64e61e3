import { closeSync, createReadStream, createWriteStream, openSync, readSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { LinesOf } from '../warehouse.ts';
import { duckdbStatements } from './statements.ts';

const COPY_BYTES = 1 << 20;

/** DuckDB cuts a text file of more bytes into pieces for its threads. */
const MANY_BYTES = 32 << 20;
/** A slice is held in memory, as far as DuckDB's limit allows. To come to it DuckDB passes over what is before it, so there are few. */
const SLICE_BYTES = 128 << 20;
const MOST_SLICES = 8;
const SAMPLE_BYTES = 1 << 20;
const LINE_FEED = 10;

/** A relation of lines, and how DuckDB reads it best. */
export interface Reading {
  readonly lines: string;
  readonly settings: Readonly<Record<string, string>>;
  /** All threads are at work, and whoever asks for the result has nothing to do but wait. */
  readonly isLarge: boolean;
}

/**
 * Gives `work` relations of the lines, one after another, read by DuckDB's CSV reader: one column, no quotes, and a delimiter that the files
 * cannot hold. The reader knows whole files only, so the rest of one is copied first; the copy is still in the cache of the disk when it is read.
 *
 * @param scratch path with which those of the copies begin; they are removed again.
 * @param threads of the engine.
 * @param work returns how many rows it has made.
 * @param sliceBytes a file of twice as many is read in slices.
 * @returns all of the rows.
 */
export async function withLines(
  files: readonly LinesOf[],
  scratch: string,
  threads: number,
  work: (reading: Reading) => Promise<number>,
  sliceBytes = SLICE_BYTES,
): Promise<number> {
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
    const linesBefore = files.map(({ linesBefore }) => linesBefore);
    const readings =
      paths.length === 1 ? readOne(paths[0]!, linesBefore[0]!, threads, sliceBytes) : [readMany(paths, linesBefore)];
    let rows = 0;
    for (const reading of readings) rows += await work(reading);
    return rows;
  } finally {
    for (const copy of copies) rmSync(copy, { force: true });
  }
}

/**
 * One thread numbers the lines as they pass. Of a large file they are kept before anything is made of them: behind a window in one statement,
 * or behind several, DuckDB would insert in one thread, too. The estimate of the lines of a slice may be wrong; their numbers are right.
 */
function readOne(path: string, linesBefore: number, threads: number, sliceBytes: number): Reading[] {
  const bytes = statSync(path).size;
  if (bytes < Math.min(MANY_BYTES, sliceBytes)) {
    return [{ lines: `(${numbered(reader([path]), linesBefore)})`, settings: {}, isLarge: false }];
  }
  const slices = Math.min(MOST_SLICES, Math.max(1, Math.floor(bytes / sliceBytes)));
  const each = Math.ceil(bytes / bytesPerLine(path) / slices);
  // The order of the rows in the table is then of no account. The thread that waits is one of those that are set.
  const settings = { preserve_insertion_order: 'false', threads: String(threads + 1) };
  return Array.from({ length: slices }, (_, slice) => {
    const skipped = slice * each;
    const limit = slice < slices - 1 ? ` limit ${each}` : '';
    const lines = numbered(`(select raw from ${reader([path], skipped)}${limit})`, linesBefore + skipped);
    return {
      lines: `(with numbered as materialized (${lines}) select file_no, line_no, raw from numbered)`,
      settings,
      isLarge: true,
    };
  });
}

const numbered = (lines: string, before: number) => `
    select 0 as file_no, line_no, raw
    from (select raw, row_number() over () + ${before} as line_no from ${lines})
    where raw is not null`;

/**
 * The first window sees the lines in the order of the files, in one thread; the second, for which all of them have to be held, finds where each begins.
 */
function readMany(paths: readonly string[], linesBefore: readonly number[]): Reading {
  const lines = `(
    select file_no, line_no + array[${linesBefore.join(', ')}][file_no + 1] as line_no, raw
    from (
      select raw, file_no, n - min(n) over (partition by file_no) + 1 as line_no
      from (select raw, cast(file_index as integer) as file_no, row_number() over () as n from ${reader(paths)})
    )
    where raw is not null
  )`;
  // Numbering takes one thread; others would wait for it in a loop, and take as much processor time again.
  const alone = paths.some((path) => statSync(path).size >= MANY_BYTES);
  return { lines, settings: alone ? { threads: '1' } : {}, isLarge: false };
}

function reader(paths: readonly string[], skipped = 0): string {
  const skip = skipped > 0 ? `, skip = ${skipped}` : '';
  return `read_csv([${paths.map(duckdbStatements.literal).join(', ')}], columns = {'raw': 'varchar'}, header = false, auto_detect = false,
        delim = chr(1), quote = '', escape = '', new_line = '\\n', strict_mode = false${skip})`;
}

/** By the beginning of the file. */
function bytesPerLine(path: string): number {
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, sample);
    let lines = 1;
    for (let feed = sample.indexOf(LINE_FEED); feed >= 0 && feed < length; feed = sample.indexOf(LINE_FEED, feed + 1))
      lines++;
    return length / lines;
  } finally {
    closeSync(file);
  }
}
