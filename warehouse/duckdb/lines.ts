import { closeSync, createReadStream, createWriteStream, openSync, readSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { LinesOf } from '../warehouse.ts';
import { duckdbStatements } from './statements.ts';

const COPY_BYTES = 1 << 20;

/** DuckDB cuts a text file of more bytes into pieces for its threads. */
const MANY_BYTES = 32 << 20;
/** A thread that reads a part of a file first passes over what comes before it, at a tenth of the price of a load. */
const PART_BYTES = 64 << 20;
const MOST_PARTS = 4;
const SAMPLE_BYTES = 1 << 20;
const LINE_FEED = 10;

/** A relation of lines, and how DuckDB reads it best. */
export interface Reading {
  readonly lines: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Each part takes a thread from beginning to end, and whoever asks for the result has nothing to do but wait. */
  readonly inParts: boolean;
}

/** Numbering takes one thread; others would wait for it in a loop, and take as much processor time again. */
const ALONE = { threads: '1' };

/**
 * Gives `work` a relation of the lines, read by DuckDB's CSV reader: one column, no quotes, and a delimiter that the files cannot hold. The
 * reader knows whole files only, so the rest of one is copied first; the copy is still in the cache of the disk when it is read.
 *
 * @param scratch path with which those of the copies begin; they are removed again.
 * @param threads of the engine.
 * @param partBytes a file of twice as many is read in parts.
 */
export async function withLines<T>(
  files: readonly LinesOf[],
  scratch: string,
  threads: number,
  work: (reading: Reading) => Promise<T>,
  partBytes = PART_BYTES,
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
    const linesBefore = files.map(({ linesBefore }) => linesBefore);
    return await work(
      paths.length === 1 ? readOne(paths[0]!, linesBefore[0]!, threads, partBytes) : readMany(paths, linesBefore),
    );
  } finally {
    for (const copy of copies) rmSync(copy, { force: true });
  }
}

/**
 * Lines are numbered as they pass, by one thread. Of a large file each thread reads a part, of so many lines as make about the same number of
 * bytes; where the estimate is wrong, the parts are unequal and the numbers still right.
 */
function readOne(path: string, linesBefore: number, threads: number, partBytes: number): Reading {
  const bytes = statSync(path).size;
  const parts = Math.min(threads, MOST_PARTS, Math.floor(bytes / partBytes));
  if (parts < 2) {
    const lines = `(${numbered(reader([path]), linesBefore)})`;
    return { lines, settings: bytes < MANY_BYTES ? {} : ALONE, inParts: false };
  }
  const each = Math.ceil(bytes / bytesPerLine(path) / parts);
  const selects = Array.from({ length: parts }, (_, part) => {
    const skipped = part * each;
    const limit = part < parts - 1 ? ` limit ${each}` : '';
    return numbered(`(select raw from ${reader([path], skipped)}${limit})`, linesBefore + skipped);
  });
  // The order of the rows in the table would be that of the parts, one after another.
  const settings = { preserve_insertion_order: 'false', threads: String(parts + 1) };
  return { lines: `(${selects.join('\nunion all\n')})`, settings, inParts: true };
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
  const isLarge = paths.some((path) => statSync(path).size >= MANY_BYTES);
  return { lines, settings: isLarge ? ALONE : {}, inParts: false };
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
