import { isUtf8 } from 'node:buffer';
import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { chunksOf } from './chunks.ts';
import type { Encoding } from './contract-types.ts';
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
 * @param path ends with `.gz` or `.zst`: compressed.
 * @param start bytes before the first line to read.
 * @throws {RejectedFile} RAW_UNREADABLE: not readable, compressed data that is truncated or broken, UTF-16 that is not declared, or a
 *   line beyond 128 MB.
 */
export async function* readLines(path: string, encoding: Encoding, start = 0): AsyncGenerator<LineBlock> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let first = start === 0;
  for await (let chunk of inUtf8(unpackedBytes(path, start), encoding)) {
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
export async function* unpackedBytes(path: string, start: number): AsyncGenerator<Buffer> {
  const unpack = decompressor(path);
  const chunks = chunksOf(path, BLOCK_BYTES, start);
  try {
    // pipeline hands an error of the file on to the one who reads the decompressed stream.
    yield* unpack ? (pipeline(Readable.from(chunks), unpack, () => undefined) as AsyncIterable<Buffer>) : chunks;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const broken = code === 'Z_BUF_ERROR' ? 'the compressed data ends too early: the file is truncated' : message;
    throw new RejectedFile('RAW_UNREADABLE', broken);
  }
}

function decompressor(path: string): Transform | undefined {
  if (path.endsWith('.gz')) return zlib.createGunzip({ chunkSize: BLOCK_BYTES });
  if (!path.endsWith('.zst')) return undefined;
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Transform };
  if (createZstdDecompress) return createZstdDecompress({ chunkSize: BLOCK_BYTES });
  throw new RejectedFile(
    'RAW_UNREADABLE',
    `the file is compressed with zstd, which Node ${process.versions.node} cannot read; Node 22.15 and newer can, and gzip is read by all`,
  );
}

/** Text in whatever encoding, as UTF-8. What is no UTF-8 and should be is told later, line by line. */
async function* inUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') return yield* chunks;
  if (encoding === 'latin1') {
    for await (const chunk of chunks) yield Buffer.from(chunk.toString('latin1'));
    return;
  }
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const chunk of chunks) {
    const bigEndian = chunk[0] === 0xfe && chunk[1] === 0xff;
    decoder ??= new TextDecoder(encoding === 'utf-16' && bigEndian ? 'utf-16be' : encoding);
    yield Buffer.from(decoder.decode(chunk, { stream: true }));
  }
  const rest = decoder?.decode();
  if (rest) yield Buffer.from(rest);
}

function withoutMark(chunk: Buffer, path: string): Buffer {
  const [a, b, c] = chunk;
  if (a === 0xef && b === 0xbb && c === 0xbf) return chunk.subarray(3);
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new RejectedFile(
      'RAW_UNREADABLE',
      'the text is UTF-16, expected UTF-8; files.encoding of the contract can say so',
    );
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
