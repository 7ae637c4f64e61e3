import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WrittenFile } from './day-files.ts';

export interface TextFile {
  write(text: string): void;
  /** Adds the bytes of another file. */
  append(path: string): void;
  /** Flushes and closes; safe to call once only. */
  finish(): WrittenFile;
  /** Closes without looking at the rest, after an error. */
  abandon(): void;
}

const CAPACITY = 1 << 18;

/**
 * Opens a new file for text that comes in pieces. What waits is bytes: texts that wait would be moved about as if they lived for long.
 */
export function textFile(folder: string, path: string): TextFile {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  const handle = openSync(full, 'wx');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(CAPACITY);
  let end = 0;
  let bytes = 0;
  const put = (some: Uint8Array) => {
    for (let offset = 0; offset < some.length; ) offset += writeSync(handle, some, offset);
    hash.update(some);
    bytes += some.length;
  };
  const flush = () => {
    if (end > 0) put(buffer.subarray(0, end));
    end = 0;
  };
  return {
    write(text) {
      // A character has at most three bytes in UTF-8; pairs of surrogates have four for two.
      if (end + 3 * text.length > CAPACITY) flush();
      if (3 * text.length > CAPACITY) put(Buffer.from(text, 'utf8'));
      else end += buffer.write(text, end, 'utf8');
    },
    append(other) {
      flush();
      const from = openSync(other, 'r');
      try {
        for (let read = readSync(from, buffer); read > 0; read = readSync(from, buffer)) put(buffer.subarray(0, read));
      } finally {
        closeSync(from);
      }
    },
    finish() {
      flush();
      closeSync(handle);
      return { path, bytes, sha256: hash.digest('hex') };
    },
    abandon: () => closeSync(handle),
  };
}
