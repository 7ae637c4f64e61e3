import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RejectedFile } from './raw-record.ts';

/** Physical lines that follow one another. A carriage return before the line feed is still there. */
export interface LineBlock {
  readonly lines: string[];
  /** Indices of the lines whose bytes are no UTF-8; their text is the bytes as Latin-1. Undefined when there are none. */
  readonly invalid: ReadonlySet<number> | undefined;
}

const BLOCK_BYTES = 4 << 20;
/** No honest record is longer; a file without line feeds would otherwise fill the memory before anybody is told. */
const MAX_LINE_BYTES = 128 << 20;
const LINE_FEED = 10;

/**
 * Reads the lines of a text file block by block. A byte order mark at the start is no part of the first line; a file that ends with a
 * line feed has no empty line after it.
 *
 * @param path ends with `.gz`: compressed.
 * @param start bytes before the first line to read.
 * @throws {RejectedFile} RAW_UNREADABLE: not readable, compressed data that is truncated or broken, UTF-16, or a line beyond 128 MB.
 */
export async function* readLines(path: string, start = 0): AsyncGenerator<LineBlock> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let first = start === 0;
  for await (let chunk of bytes(path, start)) {
    if (first) {
      chunk = withoutMark(chunk, path);
      first = false;
    }
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end < 0) {
      rest.push(chunk);
      restBytes += chunk.length;
      if (restBytes > MAX_LINE_BYTES) {
        throw new RejectedFile(
          'RAW_UNREADABLE',
          `a line is longer than ${MAX_LINE_BYTES >> 20} MB, so this is no text file with a record a line`,
        );
      }
      continue;
    }
    yield block(Buffer.concat([...rest, chunk.subarray(0, end)]));
    rest = [chunk.subarray(end + 1)];
    restBytes = chunk.length - end - 1;
  }
  if (restBytes > 0) yield block(Buffer.concat(rest));
}

/** Chunks of the decompressed file. The first is never shorter than a byte order mark unless the file is. */
async function* bytes(path: string, start: number): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: BLOCK_BYTES, start });
  // pipeline hands an error of the file on to the one who reads the decompressed stream.
  const stream = path.endsWith('.gz')
    ? pipeline(file, createGunzip({ chunkSize: BLOCK_BYTES }), () => undefined)
    : file;
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const broken = code === 'Z_BUF_ERROR' ? 'the compressed data ends too early: the file is truncated' : message;
    throw new RejectedFile('RAW_UNREADABLE', broken);
  } finally {
    file.destroy();
  }
}

function withoutMark(chunk: Buffer, path: string): Buffer {
  const [a, b, c] = chunk;
  if (a === 0xef && b === 0xbb && c === 0xbf) return chunk.subarray(3);
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new RejectedFile('RAW_UNREADABLE', 'the text is UTF-16, expected UTF-8');
  }
  if (a === 0x1f && b === 0x8b && !path.endsWith('.gz')) {
    throw new RejectedFile('RAW_UNREADABLE', 'the file is compressed, but its name does not end with .gz');
  }
  return chunk;
}

function block(buffer: Buffer): LineBlock {
  if (isUtf8(buffer)) return { lines: buffer.toString('utf8').split('\n'), invalid: undefined };
  const lines: string[] = [];
  const invalid = new Set<number>();
  for (let start = 0; start <= buffer.length; ) {
    const found = buffer.indexOf(LINE_FEED, start);
    const end = found < 0 ? buffer.length : found;
    const line = buffer.subarray(start, end);
    if (!isUtf8(line)) invalid.add(lines.length);
    lines.push(line.toString(isUtf8(line) ? 'utf8' : 'latin1'));
    start = end + 1;
  }
  return { lines, invalid };
}
