import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from './errors.ts';

/** Resolves a path that a user gave inside `root`; throws PATH_OUTSIDE when it leads out of it. */
export function resolveInside(root: string, path: string): string {
  const full = resolve(root, path);
  const rel = relative(root, full);
  if (rel.startsWith('..') || isAbsolute(rel)) {
    throw new TidemarkError({ code: 'PATH_OUTSIDE', message: `"${path}" lies outside ${root}` });
  }
  return full;
}

/**
 * Writes a file so that a reader finds the old content or the new, never a part, also when the machine stops; makes its folder. `mode`
 * sets its rights.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode?: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // Without a flush the new name can outlive a power cut and the content not.
    writeFileSync(temporary, content, { flush: true });
    if (mode !== undefined) chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The parsed file, or undefined when it does not exist. */
export function readJson<T>(path: string): T | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

/** True for a file, also behind a link; false for a folder and for nothing. */
export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** SHA-256 in lower-case hex. */
export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

let root: string | undefined;

/** The folder of the installed package: where templates and schemas lie, whether this runs from the sources or from `dist/`. */
export function packageRoot(): string {
  if (root) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (readJson<{ name: string }>(join(folder, 'package.json'))?.name !== 'tidemark') {
    if (folder === dirname(folder)) throw new Error('no package.json of tidemark above this file');
    folder = dirname(folder);
  }
  root = folder;
  return folder;
}
