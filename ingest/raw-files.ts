import { createHash } from 'node:crypto';
import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chunksOf } from './chunks.ts';
import type { Files } from './contract-types.ts';
import { type Place, placeFinder } from './places.ts';
import { CHUNK_BYTES, plainText } from './plain-text.ts';

/** A raw file as it lies on disk now. */
export interface RawFile {
  /** Relative to the folder of the raw files, with forward slashes. */
  readonly path: string;
  readonly fullPath: string;
  readonly bytes: number;
  /** Milliseconds since 1970, from before it was read. */
  readonly modified: number;
  /** SHA-256 of the bytes on disk, compressed or not; undefined: the load is the first to read them, and finds out. */
  readonly contentHash: string | undefined;
  /** True: an engine that reads the lines by itself finds what we would find. Of a file that nobody has read, what its beginning says. */
  readonly plain: boolean;
  /** Where it goes on after the content that bronze holds, when it begins with just that. */
  readonly grown: Place | undefined;
}

export type Hashed<T extends RawFile> = T & { readonly contentHash: string };
export type HashedFile = Hashed<RawFile>;

/** What is known of a file from an earlier load. */
export interface KnownContent {
  readonly bytes: number;
  readonly contentHash: string;
}

/**
 * The files that match a pattern, sorted by path, so that a load does not depend on the order in which a disk lists them.
 *
 * @param pattern segments with at most one `*` each, which stands for any text without a slash. A file with `.gz` or `.zst` after a
 *   match matches too. Names that begin with a dot match only a pattern that begins with one.
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
        .filter(({ name }) => ['', ...COMPRESSED].some((end) => matches(name, last + end)))
        .filter((entry) => !isFolder(join(rawDir, folder), entry))
        .map((entry) => join(folder, entry.name).replaceAll('\\', '/')),
    )
    .sort();
}

/** Reads the file once to know its content. Throws what the file system throws. */
export async function hashFile(
  { path, fullPath }: Pick<RawFile, 'path' | 'fullPath'>,
  files: Files,
  known?: KnownContent,
): Promise<HashedFile> {
  const modified = statSync(fullPath).mtimeMs;
  const hash = createHash('sha256');
  const text = isCompressed(path) ? undefined : plainText(files);
  const before = known && !isCompressed(path) ? known.bytes : 0;
  const finder = placeFinder(before);
  let beginsWithKnown = false;
  let bytes = 0;
  for await (const chunk of chunksOf(fullPath, CHUNK_BYTES)) {
    const split = before - bytes;
    if (split > 0 && split <= chunk.length) {
      hash.update(chunk.subarray(0, split));
      beginsWithKnown = hash.copy().digest('hex') === known?.contentHash;
      hash.update(chunk.subarray(split));
    } else hash.update(chunk);
    text?.look(chunk);
    finder.look(chunk);
    bytes += chunk.length;
  }
  return {
    path,
    fullPath,
    bytes,
    modified,
    contentHash: hash.digest('hex'),
    plain: text?.isPlain() ?? false,
    grown: beginsWithKnown && bytes > before ? finder.place() : undefined,
  };
}

/** So much of a file is looked at before its load begins. */
const BEGINNING_BYTES = 1 << 20;

/**
 * A text file as it lies there, unread but for its beginning: its load finds out the rest. Undefined when the beginning is not plain.
 *
 * Throws what the file system throws.
 */
export async function unreadFile(rawDir: string, path: string, files: Files): Promise<RawFile | undefined> {
  const fullPath = join(rawDir, path);
  const { size: bytes, mtimeMs: modified } = statSync(fullPath);
  const text = plainText(files);
  for await (const chunk of chunksOf(fullPath, BEGINNING_BYTES)) {
    text.look(chunk);
    break;
  }
  if (isCompressed(path) || !text.isPlainSoFar()) return undefined;
  return { path, fullPath, bytes, modified, contentHash: undefined, plain: true, grown: undefined };
}

/** The content of an {@link unreadFile}, as it is loaded. */
export interface Content {
  /** The next bytes; chunks may end anywhere. Returns true when all lines that end in them are surely JSON objects. */
  look(chunk: Buffer): boolean;
  isPlainSoFar(): boolean;
  /** To be asked at the end: judges the last line too. */
  isPlain(): boolean;
  /** SHA-256 of all bytes, at the end. */
  hash(): string;
}

export function contentOf(files: Files): Content {
  const sha = createHash('sha256');
  const text = plainText(files);
  return {
    look(chunk) {
      sha.update(chunk);
      return text.look(chunk);
    },
    isPlainSoFar: text.isPlainSoFar,
    isPlain: text.isPlain,
    hash: () => sha.digest('hex'),
  };
}

/** The file as an earlier load found it, when size and time say that nobody has written to it since. It is not read. */
export function recognized(
  rawDir: string,
  path: string,
  known: KnownContent & { readonly modified: number | undefined },
): HashedFile | undefined {
  const file = { path, fullPath: join(rawDir, path), bytes: known.bytes, modified: known.modified ?? Number.NaN };
  // What is not known to be plain is read by us, should it have to be read after all.
  const rest = { contentHash: known.contentHash, plain: false, grown: undefined };
  return isUntouched({ ...file, ...rest }) ? { ...file, ...rest } : undefined;
}

const COMPRESSED = ['.gz', '.zst'];
const isCompressed = (path: string) => COMPRESSED.some((end) => path.endsWith(end));

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
