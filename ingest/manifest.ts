import type { Place } from './places.ts';
import type { KnownContent, RawFile } from './raw-files.ts';

/** A row of `ops.load_files`: the content of a file that bronze holds. */
export interface KnownFile extends KnownContent {
  readonly path: string;
  /** How the contract said to read it; another way makes other records. */
  readonly format: string;
  /** Milliseconds since 1970; undefined when the load that wrote the row did not keep it. */
  readonly modified: number | undefined;
  readonly rowsRead: number;
  readonly duplicates: number;
  readonly malformed: number;
}

/** A file to read, from `from` on; undefined: all of it. */
export interface FileToLoad extends RawFile {
  readonly from: Place | undefined;
}

export interface FilePlan {
  /** In this order. */
  readonly load: readonly FileToLoad[];
  readonly unchanged: readonly RawFile[];
  /** The same bytes are known under another path. */
  readonly copies: readonly { readonly file: RawFile; readonly of: string }[];
  /**
   * Undefined: `load` is added to what is there. Otherwise the rows of these paths go first: those of files that changed or are gone, and
   * those of files with duplicates, as one of these may have been a record that only a file that changed had besides.
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
  const fate = (file: RawFile): 'new' | 'same' | 'grown' | 'rewritten' => {
    const before = byPath.get(file.path);
    if (!before) return 'new';
    if (before.format !== format) return 'rewritten';
    if (before.contentHash === file.contentHash) return 'same';
    if (before.bytes === 0) return 'grown';
    // A quoted field that was still open at the end would begin before the lines that are new.
    return file.grown && (file.plain || format === 'jsonl') ? 'grown' : 'rewritten';
  };
  const rewritten = onDisk.filter((file) => fate(file) === 'rewritten').map(({ path }) => path);
  const gone = prune ? known.map((file) => file.path).filter((path) => !present.has(path) && !kept.has(path)) : [];
  const removed = new Set([...gone, ...rewritten]);
  const isRebuild = removed.size > 0;
  if (isRebuild) {
    for (const { path, duplicates } of known) if (duplicates > 0 && present.has(path)) removed.add(path);
  }

  const contents = new Map<string, string>();
  for (const file of known) {
    if (!removed.has(file.path) && file.format === format) contents.set(file.contentHash, file.path);
  }
  const load: FileToLoad[] = [];
  const unchanged: RawFile[] = [];
  const copies: { file: RawFile; of: string }[] = [];
  for (const file of onDisk) {
    const known = removed.has(file.path) ? 'new' : fate(file);
    const of = file.contentHash === undefined ? undefined : contents.get(file.contentHash);
    if (known === 'same') unchanged.push(file);
    else if (known === 'new' && of !== undefined) copies.push({ file, of });
    else {
      load.push({ ...file, from: known === 'grown' ? file.grown : undefined });
      if (file.contentHash !== undefined) contents.set(file.contentHash, file.path);
    }
  }
  return { load, unchanged, copies, rebuild: isRebuild ? { remove: [...removed], gone } : undefined };
}
