import { createReadStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
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

/** Sends lines of a file through `copy`, byte by byte: nothing is decoded, as the server reads the same UTF-8. */
export async function appendLines(
  client: Client,
  { temporary }: Statements,
  table: string,
  { file, start, end, linesBefore }: LinesOf,
  fileNo: number,
): Promise<void> {
  if (end !== undefined && end <= start) return;
  const copy = client.query(copyFrom(`copy ${temporary(table)} (file_no, line_no, raw) from stdin`));
  const part = { highWaterMark: CHUNK_BYTES, start, ...(end === undefined ? {} : { end: end - 1 }) };
  await pipeline(createReadStream(file, part), numbered(fileNo, linesBefore), copy);
}

/** Lines of `copy` text: `<file>\t<line>\t<text>`, where tabs and backslashes of the text are escaped. Empty lines are counted only. */
function numbered(fileNo: number, linesBefore: number): Transform {
  const file = Buffer.from(`${fileNo}\t`);
  let line = linesBefore;
  let atStart = true;
  let out = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  let used = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      // Every byte becomes two at most, but for the heads of lines.
      for (let i = 0; i < chunk.length; i++) {
        if (used + 64 > out.length) {
          this.push(out.subarray(0, used));
          out = Buffer.allocUnsafe(2 * CHUNK_BYTES);
          used = 0;
        }
        const byte = chunk[i]!;
        if (atStart) {
          line++;
          if (byte === LINE_FEED) continue;
          used += file.copy(out, used);
          used += out.write(`${line}\t`, used, 'latin1');
          atStart = false;
        }
        if (byte === LINE_FEED) atStart = true;
        if (byte === BACKSLASH || byte === TAB) out[used++] = BACKSLASH;
        out[used++] = byte === TAB ? LETTER_T : byte;
      }
      this.push(out.subarray(0, used));
      out = Buffer.allocUnsafe(2 * CHUNK_BYTES);
      used = 0;
      done();
    },
    flush(done: TransformCallback) {
      if (!atStart) this.push('\n');
      done();
    },
  });
}
