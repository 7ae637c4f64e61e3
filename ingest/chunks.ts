import { createReadStream, readFileSync, statSync } from 'node:fs';

/** A file of this size or less is read at once: a stream costs more than its bytes. */
const SMALL_BYTES = 1 << 20;

/** The bytes of a file from `start` on, as they lie on disk. Throws what the file system throws. */
export async function* chunksOf(path: string, chunkBytes: number, start = 0): AsyncGenerator<Buffer> {
  const stat = statSync(path);
  if (stat.isFile() && stat.size <= SMALL_BYTES) {
    const bytes = readFileSync(path);
    if (bytes.length > start) yield bytes.subarray(start);
    return;
  }
  yield* createReadStream(path, { highWaterMark: chunkBytes, start }) as AsyncIterable<Buffer>;
}
