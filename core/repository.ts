import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** The root of the git repository that a folder lies in; undefined where there is none. A work tree has a file instead of a folder `.git`. */
export function repositoryRoot(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** How a repository names a file of a project in it, with forward slashes; a file outside of it keeps its name. */
export function pathInRepository(root: string, projectDir: string, file: string): string {
  const path = relative(root, join(projectDir, file));
  return (path.startsWith('..') || isAbsolute(path) ? file : path).replaceAll('\\', '/');
}
