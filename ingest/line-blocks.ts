import { open } from 'node:fs/promises';

const BLOCK_BYTES = 1 << 20;
/** A line stays below the 2 MB that DuckDB's reader takes without larger buffers. */
const MOST_BYTES = 1_950_000;
const LINE_FEED = 10;

/**
 * The bytes of a text file in blocks of whole lines. The last one may lack its line feed; another that does is the beginning of a line that
 * is longer than any block.
 *
 * A block is overwritten by the next one: what goes on with it copies.
 *
 * @param start bytes before the first line to read.
 */
export async function* lineBlocks(path: string, start = 0, blockBytes = BLOCK_BYTES): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    let block = Buffer.allocUnsafeSlow(blockBytes);
    let used = 0;
    for (let at = start; ; ) {
      const { bytesRead } = await file.read(block, used, block.length - used, at);
      at += bytesRead;
      used += bytesRead;
      if (bytesRead === 0) break;
      const end = block.lastIndexOf(LINE_FEED, used - 1) + 1;
      if (end > 0) {
        yield block.subarray(0, end);
        used = block.copy(block, 0, end, used);
      } else if (used === block.length && block.length < MOST_BYTES) {
        block = Buffer.concat([block], MOST_BYTES);
      } else if (used === block.length) {
        yield block;
        used = 0;
      }
    }
    if (used > 0) yield block.subarray(0, used);
  } finally {
    await file.close();
  }
}
