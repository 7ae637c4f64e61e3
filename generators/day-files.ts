import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../core/files.ts';

/** A file that was written: what it takes to see later whether it is still whole. */
export interface WrittenFile {
  /** Relative to its folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface TextFile {
  write(text: string): void;
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
  const hash: Hash = createHash('sha256');
  let pieces: string[] = [];
  let waiting = 0;
  let bytes = 0;
  const flush = () => {
    const buffer = Buffer.from(pieces.join(''), 'utf8');
    for (let offset = 0; offset < buffer.length; ) offset += writeSync(handle, buffer, offset);
    hash.update(buffer);
    bytes += buffer.length;
    pieces = [];
    waiting = 0;
  };
  return {
    write(text) {
      pieces.push(text);
      waiting += text.length;
      if (waiting >= FLUSH_CHARACTERS) flush();
    },
    finish() {
      flush();
      closeSync(handle);
      return { path, bytes, sha256: hash.digest('hex') };
    },
    abandon: () => closeSync(handle),
  };
}

/** Writes a new file in one go. */
export function writeFile(folder: string, path: string, content: string | Buffer): WrittenFile {
  const full = join(folder, path);
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes, { flag: 'wx' });
  return { path, bytes: bytes.length, sha256: sha256(bytes) };
}
