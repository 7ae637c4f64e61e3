import { createHash } from 'node:crypto';
import { createReadStream, type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from './contract-types.ts';
import { CHUNK_BYTES, plainText } from './plain-text.ts';

/** A raw file as it lies on disk now. */
export interface RawFile {
  /** Relative to the folder of the raw files, with forward slashes. */
  readonly path: string;
  readonly fullPath: string;
  readonly bytes: number;
  /** Milliseconds since 1970, from before it was read. */
  readonly modified: number;
  /** SHA-256 of the bytes on disk, compressed or not. */
  readonly contentHash: string;
  /** True: an engine that reads the lines by itself finds what we would find. */
  readonly plain: boolean;
}

/**
 * The files that match a pattern, sorted by path, so that a load does not depend on the order in which a disk lists them.
 *
 * @param pattern segments with at most one `*` each, which stands for any text without a slash. A file with `.gz` after a match matches
 *   too. Names that begin with a dot match only a pattern that begins with one.
 */
export function findFiles(rawDir: string, pattern: string): string[] {
  const segments = pattern.split('/');
  let folders = [''];
  for (const segment of segments.slice(0, -1)) {
    folders = folders.flatMap((folder) =>
      entries(join(rawDir, folder))
        .filter((entry) => isFolder(join(rawDir, folder), entry) && matches(entry.name, segment))
        .map((entry) => join(folder, entry.name)),
    );
  }
  const last = segments.at(-1)!;
  return folders
    .flatMap((folder) =>
      entries(join(rawDir, folder))
        .filter((entry) => matches(entry.name, last) || matches(entry.name, `${last}.gz`))
        .filter((entry) => !isFolder(join(rawDir, folder), entry))
        .map((entry) => join(folder, entry.name).replaceAll('\\', '/')),
    )
    .sort();
}

/** Reads the file once to know its content. Throws what the file system throws. */
export async function hashFile(rawDir: string, path: string, files: Source['files']): Promise<RawFile> {
  const fullPath = join(rawDir, path);
  const modified = statSync(fullPath).mtimeMs;
  const hash = createHash('sha256');
  const text = path.endsWith('.gz') ? undefined : plainText(files);
  let bytes = 0;
  for await (const chunk of createReadStream(fullPath, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    text?.look(chunk);
    bytes += chunk.length;
  }
  return { path, fullPath, bytes, modified, contentHash: hash.digest('hex'), plain: text?.isPlain() ?? false };
}

/** False when the file was written to after it was hashed: what is read is then not what the hash says. */
export function isUntouched({ fullPath, bytes, modified }: RawFile): boolean {
  const stat = statSync(fullPath, { throwIfNoEntry: false });
  return stat?.size === bytes && stat.mtimeMs === modified;
}

const entries = (folder: string): Dirent[] =>
  existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];

const isFolder = (folder: string, entry: Dirent) =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() && (statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false));

function matches(name: string, pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return name === pattern;
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
}
