import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Statements } from '../statements.ts';
import type { LinesOf } from '../warehouse.ts';

const CHUNK_BYTES = 1 << 20;
const TAB = 9;
const LINE_FEED = 10;
const BACKSLASH = 92;
const LETTER_T = 116;
/** Of the numbers of a file and a line at most, with their tabs. */
const NUMBER_BYTES = 32;

const LINES = 'lines';

/**
 * Gives `work` a temporary table of the lines, filled through `copy`, byte by byte: nothing is decoded, as the server reads the same UTF-8.
 */
export async function withLines<T>(
  client: Client,
  { temporary }: Statements,
  files: readonly LinesOf[],
  work: (lines: string) => Promise<T>,
): Promise<T> {
  const lines = temporary(LINES);
  // One for all files: making and dropping tables would fill the catalog.
  await client.query(`create temporary table if not exists ${LINES} (file_no integer, line_no bigint, raw text)`);
  const copy = client.query(copyFrom(`copy ${lines} (file_no, line_no, raw) from stdin`));
  await pipeline(copyText(files), copy);
  const result = await work(lines);
  await client.query(`truncate ${lines}`);
  return result;
}

async function* copyText(files: readonly LinesOf[]): AsyncGenerator<Buffer> {
  for (const [fileNo, { file, start, linesBefore }] of files.entries()) {
    yield* numbered(createReadStream(file, { highWaterMark: CHUNK_BYTES, start }), `${fileNo}\t`, linesBefore);
  }
}

/** Lines of `copy` text: `<file>\t<line>\t<text>`, where tabs and backslashes of the text are escaped. Empty lines are counted only. */
async function* numbered(chunks: AsyncIterable<Buffer>, file: string, linesBefore: number): AsyncGenerator<Buffer> {
  let line = linesBefore;
  let atStart = true;
  for await (const chunk of chunks) {
    const isSimple = !chunk.includes(BACKSLASH) && !chunk.includes(TAB);
    // Every byte becomes two at most, and a line of text has its numbers before it.
    let out = Buffer.allocUnsafe(2 * chunk.length + NUMBER_BYTES);
    let used = 0;
    for (let start = 0; start < chunk.length; ) {
      const feed = chunk.indexOf(LINE_FEED, start);
      const end = feed < 0 ? chunk.length : feed + 1;
      if (used + 2 * (end - start) + NUMBER_BYTES > out.length) {
        yield out.subarray(0, used);
        out = Buffer.allocUnsafe(2 * chunk.length + NUMBER_BYTES);
        used = 0;
      }
      if (atStart) line++;
      if (!atStart || end - start > 1 || feed < 0) {
        if (atStart) used += out.write(`${file}${line}\t`, used, 'latin1');
        used = isSimple ? used + chunk.copy(out, used, start, end) : copyEscaped(chunk, start, end, out, used);
      }
      atStart = feed >= 0;
      start = end;
    }
    if (used > 0) yield out.subarray(0, used);
  }
  if (!atStart) yield Buffer.from('\n');
}

/** Returns where the copy ends. */
function copyEscaped(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  for (let i = start; i < end; i++) {
    const byte = from[i]!;
    if (byte === BACKSLASH || byte === TAB) to[at++] = BACKSLASH;
    to[at++] = byte === TAB ? LETTER_T : byte;
  }
  return at;
}
