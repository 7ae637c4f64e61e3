import { basename, dirname, relative, sep } from 'node:path';
import type { FilesSpec } from '../contract-types.ts';

/** Where a contract says that files lie. */
export interface PlacedFiles {
  readonly spec: Pick<FilesSpec, 'folder' | 'pattern'>;
  /** A name for the source, from those of the files. */
  readonly name: string;
  /** False: the files have to be put where the contract says first. */
  readonly isInPlace: boolean;
}

/**
 * A pattern that matches the files below the raw folder; where they lie elsewhere in the project, with the folder; and where they lie
 * outside of it, the pattern that they will have.
 */
export function placeFiles(
  paths: readonly string[],
  { projectDir, rawDir }: { projectDir: string; rawDir: string },
): PlacedFiles {
  const folders = paths.map(dirname);
  const common = commonFolder(folders);
  const names = paths.map((path) => withoutCompression(basename(path)));
  const deep = folders.some((folder) => folder !== common);
  const pattern = `${deep ? '*/' : ''}${generalized(names)}`;
  const parts = partsOf(pattern, common, rawDir, projectDir);
  const stem = names[0]!.replace(/\..*$/, '');
  const named = names.length > 1 || isDated(stem) ? basename(common) : stem;
  const name = named
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return { ...parts, name, ...(parts.isInPlace ? {} : { spec: { pattern: `${name}/${pattern}` } }) };
}

function partsOf(pattern: string, common: string, rawDir: string, projectDir: string): Omit<PlacedFiles, 'name'> {
  const inRaw = below(rawDir, common);
  if (inRaw !== undefined)
    return { spec: { pattern: inRaw === '' ? pattern : `${inRaw}/${pattern}` }, isInPlace: true };
  const inProject = below(projectDir, common);
  if (inProject === undefined) return { spec: { pattern }, isInPlace: false };
  return { spec: { ...(inProject === '' ? { folder: '.' } : { folder: inProject }), pattern }, isInPlace: true };
}

/** The path of a folder within another, with forward slashes; undefined when it lies elsewhere. */
function below(root: string, folder: string): string | undefined {
  const path = relative(root, folder).replaceAll('\\', '/');
  return path === '..' || path.startsWith('../') || /^[A-Za-z]:/.test(path) ? undefined : path;
}

function commonFolder(folders: readonly string[]): string {
  const [first, ...rest] = folders.map((folder) => folder.split(sep));
  const same = first!.findIndex((part, i) => rest.some((other) => other[i] !== part));
  return (same < 0 ? first! : first!.slice(0, same)).join(sep) || sep;
}

const withoutCompression = (name: string) => name.replace(/\.(gz|zst)$/, '');
const DATE = /[0-9]{4}-?[0-9]{2}-?[0-9]{2}|[0-9]{4}-[0-9]{2}/;
const isDated = (name: string): boolean => DATE.test(name) || /^[0-9]+$/.test(name);

/** One name with a star for what differs; a date differs from file to file even where there is one. */
function generalized(names: readonly string[]): string {
  const [first, ...rest] = names;
  if (rest.length === 0 || rest.every((name) => name === first)) return first!.replaceAll('*', '').replace(DATE, '*');
  const before = prefix(names);
  const after = reversed(prefix(names.map((name) => reversed(name.slice(before.length)))));
  // Digits at the edge vary with the next file.
  return `${before.replace(/[0-9]+[0-9-]*$/, '')}*${after.replace(/^[0-9-]*[0-9]+/, '')}`;
}

function prefix([first = '', ...rest]: readonly string[]): string {
  let end = first.length;
  for (const text of rest) while (!text.startsWith(first.slice(0, end))) end--;
  return first.slice(0, end);
}

const reversed = (text: string) => [...text].reverse().join('');
