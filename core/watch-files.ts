import { type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from './files.ts';

/** After an event: a save is often several, and an editor may write a temporary file and rename it. */
const QUIET_MS = 80;
/** Without an event: file systems over a network or from a container's host send none. */
const POLL_MS = 2000;

/** Files that are looked at for changes, until it is closed. */
export interface FileWatch {
  /**
   * The paths that were written, made, renamed or removed since the last call, or since the start; resolves as soon as there are any, or
   * with undefined when the watch is closed. A file that was saved with the same content has not changed.
   */
  next(): Promise<string[] | undefined>;
  close(): void;
}

export interface Watched {
  /** Looked at with everything below, also when it does not exist yet; relative to the root. */
  readonly folders: readonly string[];
  /** Single files in the root itself. */
  readonly files: readonly string[];
}

interface Seen {
  /** Modification time and size: only when they differ is the content looked at. */
  readonly stamp: string;
  readonly hash: string;
}

/**
 * Watches each folder by itself and compares contents, for what the events of file systems say differs from one to the other: they only
 * say when to look. Names that begin with a dot, and those that editors give to their own files, are left out.
 */
export function watchFiles(root: string, { folders, files }: Watched): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let seen = new Map<string, Seen>();
  let waiting: ((paths: string[] | undefined) => void) | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let closed = false;

  const look = () => {
    const folderPaths = new Set(['']);
    const found = new Map<string, Seen>();
    for (const folder of folders) collect(root, folder, folderPaths, found, seen);
    for (const file of files) take(root, file, found, seen);
    for (const path of new Set([...seen.keys(), ...found.keys()])) {
      if (seen.get(path)?.hash !== found.get(path)?.hash) changed.add(path);
    }
    seen = found;
    follow(folderPaths);
    if (changed.size === 0 || !waiting) return;
    waiting([...changed].sort());
    waiting = undefined;
    changed.clear();
  };
  const soon = () => {
    clearTimeout(quiet);
    quiet = setTimeout(look, QUIET_MS);
  };
  const follow = (paths: ReadonlySet<string>) => {
    for (const [path, watcher] of watchers) {
      if (paths.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of paths) {
      if (watchers.has(path)) continue;
      try {
        const watcher = watch(join(root, path), soon);
        // A folder that is gone is noticed when its parent is looked at.
        watcher.on('error', () => watchers.delete(path));
        watchers.set(path, watcher);
      } catch {
        // The system allows no more of them, or the folder is gone again: the poll sees to it.
      }
    }
  };

  look();
  changed.clear();
  const poll = setInterval(look, POLL_MS);
  return {
    next: () =>
      new Promise((resolve) => {
        if (closed) return resolve(undefined);
        waiting = resolve;
        look();
      }),
    close() {
      closed = true;
      clearTimeout(quiet);
      clearInterval(poll);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
      waiting?.(undefined);
    },
  };
}

function collect(
  root: string,
  folder: string,
  folders: Set<string>,
  found: Map<string, Seen>,
  seen: ReadonlyMap<string, Seen>,
) {
  let entries: { readonly name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return;
  }
  folders.add(folder);
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === 'node_modules' || /^\.|~$|^#.*#$|^4913$/.test(entry.name)) continue;
    if (entry.isDirectory()) collect(root, path, folders, found, seen);
    else take(root, path, found, seen);
  }
}

function take(root: string, path: string, found: Map<string, Seen>, seen: ReadonlyMap<string, Seen>): void {
  try {
    const { mtimeMs, size } = statSync(join(root, path));
    const stamp = `${mtimeMs} ${size}`;
    const before = seen.get(path);
    found.set(path, before?.stamp === stamp ? before : { stamp, hash: sha256(readFileSync(join(root, path))) });
  } catch {
    // Gone between two calls, or never there.
  }
}
