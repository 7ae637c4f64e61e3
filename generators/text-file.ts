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

const FLUSH_CHARACTERS = 1 << 20;

/** Opens a new file for text that comes in pieces; at most a mebibyte of it waits in memory. */
export function textFile(folder: string, path: string): TextFile {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  const handle = openSync(full, 'wx');
  const hash = createHash('sha256');
  let pieces: string[] = [];
  let waiting = 0;
  let bytes = 0;
  const put = (buffer: Uint8Array) => {
    for (let offset = 0; offset < buffer.length; ) offset += writeSync(handle, buffer, offset);
    hash.update(buffer);
    bytes += buffer.length;
  };
  const flush = () => {
    if (waiting > 0) put(Buffer.from(pieces.join(''), 'utf8'));
    pieces = [];
    waiting = 0;
  };
  return {
    write(text) {
      pieces.push(text);
      waiting += text.length;
      if (waiting >= FLUSH_CHARACTERS) flush();
    },
    append(other) {
      flush();
      const from = openSync(other, 'r');
      const chunk = Buffer.allocUnsafe(FLUSH_CHARACTERS);
      try {
        for (let read = readSync(from, chunk); read > 0; read = readSync(from, chunk)) put(chunk.subarray(0, read));
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
