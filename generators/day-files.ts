import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file that was written: what it takes to see later whether it is still whole. */
export interface WrittenFile {
  /** Relative to its folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A new file that is filled piece by piece. Exactly one of `finish` and `abandon` ends it. */
export interface DayFile {
  /** Memory behind the file; what is written through it counts after `wrote`. */
  readonly view: DataView;
  /** Makes room for so many bytes, at most {@link ROOM}, and returns where in `view` they begin. */
  room(bytes: number): number;
  /** Takes what stands before the offset as written. */
  wrote(offset: number): void;
  /** Adds text as it is. */
  text(text: string): void;
  /** Flushes and closes. */
  finish(): WrittenFile;
  /** Closes without looking at the rest, after an error. */
  abandon(): void;
}

const CAPACITY = 1 << 20;
export const ROOM = 1 << 16;

/**
 * Opens new files below a folder for the bytes of a day. The memory is shared: one file is open at a time.
 *
 * Buffers are large because each write is a system call, and hashed as they go, so that nothing is read again.
 */
export function dayFiles(folder: string): (path: string) => DayFile {
  const buffer = Buffer.allocUnsafeSlow(CAPACITY + ROOM);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return (path) => {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    const handle = openSync(full, 'wx');
    const hash: Hash = createHash('sha256');
    let end = 0;
    let bytes = 0;
    const flush = () => {
      const full = buffer.subarray(0, end);
      writeAll(handle, full);
      hash.update(full);
      bytes += end;
      end = 0;
    };
    return {
      view,
      room() {
        if (end >= CAPACITY) flush();
        return end;
      },
      wrote(offset) {
        end = offset;
      },
      text(text) {
        // A character has at most three bytes in UTF-8; pairs of surrogates have four for two.
        if (end + 3 * text.length <= buffer.length) end += buffer.write(text, end, 'utf8');
        else {
          flush();
          const whole = Buffer.from(text, 'utf8');
          writeAll(handle, whole);
          hash.update(whole);
          bytes += whole.length;
        }
        if (end >= CAPACITY) flush();
      },
      finish() {
        flush();
        closeSync(handle);
        return { path, bytes, sha256: hash.digest('hex') };
      },
      abandon: () => closeSync(handle),
    };
  };
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(handle, bytes, offset);
}
