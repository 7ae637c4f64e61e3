import type { RawFile } from './raw-files.ts';

/** A row of `ops.load_files`: the content of a file that bronze holds. */
export interface KnownFile {
  readonly path: string;
  readonly contentHash: string;
  /** How the contract said to read it; another way makes other records. */
  readonly format: string;
  readonly rows: number;
}

export interface FilePlan {
  /** In this order. */
  readonly load: readonly RawFile[];
  readonly unchanged: readonly RawFile[];
  /** The same bytes are known under another path. */
  readonly copies: readonly { readonly file: RawFile; readonly of: string }[];
  /**
   * Undefined: `load` is added to what is there. Otherwise the rows of these paths go first, and `load` is all that lies on disk: a record
   * of a file that changed may stand in another file too, which had been counted as its duplicate.
   */
  readonly rebuild: { readonly remove: readonly string[]; readonly gone: readonly string[] } | undefined;
}

/**
 * Decides what to do with the files on disk.
 *
 * @param kept paths whose rows stay whatever lies on disk, because what lies there cannot be loaded.
 * @param prune rows of files that are gone are removed.
 */
export function planFiles(
  files: readonly RawFile[],
  known: readonly KnownFile[],
  format: string,
  { prune, kept }: { prune: boolean; kept: ReadonlySet<string> },
): FilePlan {
  const onDisk = files.filter((file) => !kept.has(file.path));
  const byPath = new Map(known.map((file) => [file.path, file]));
  const present = new Set(onDisk.map((file) => file.path));
  const isSame = (file: RawFile) => {
    const before = byPath.get(file.path);
    return before?.contentHash === file.contentHash && before.format === format;
  };
  const rewritten = onDisk.some((file) => byPath.has(file.path) && !isSame(file));
  const gone = prune ? known.map((file) => file.path).filter((path) => !present.has(path) && !kept.has(path)) : [];
  const removed =
    rewritten || gone.length > 0 ? new Set([...gone, ...present].filter((path) => byPath.has(path))) : undefined;

  const contents = new Map<string, string>();
  for (const file of known) {
    if (!removed?.has(file.path) && file.format === format) contents.set(file.contentHash, file.path);
  }
  const load: RawFile[] = [];
  const unchanged: RawFile[] = [];
  const copies: { file: RawFile; of: string }[] = [];
  for (const file of onDisk) {
    const of = contents.get(file.contentHash);
    if (!removed && isSame(file)) unchanged.push(file);
    else if (of !== undefined) copies.push({ file, of });
    else {
      load.push(file);
      contents.set(file.contentHash, file.path);
    }
  }
  return { load, unchanged, copies, rebuild: removed && { remove: [...removed], gone } };
}
