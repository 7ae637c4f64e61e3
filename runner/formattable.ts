import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { nearestFew } from '../core/nearest.ts';
import { matchesWildcard } from './select.ts';

/** Absolute paths of all files below the folders that the formatter knows, sorted; hidden ones and packages are left out. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isFormattable(file) && !/(^|[\\/])(\.|node_modules[\\/])/.test(relative(folder, file)))
    .sort();
}

const isFormattable = (file: string): boolean => ['.sqlx', '.js'].includes(extname(file));

/** The files of a project that the stock `dataform format` takes: SQLX and JavaScript in `definitions/` and `includes/`. */
export const projectSources = (projectDir: string): string[] =>
  ['definitions', 'includes'].flatMap((folder) => filesBelow(join(projectDir, folder)));

/**
 * Those files of a project that match one of the patterns, which are paths relative to the project where `*` stands for anything.
 *
 * @throws {TidemarkError} SELECTION_EMPTY for every pattern that matches none.
 */
export function matchingSources(projectDir: string, patterns: readonly string[]): string[] {
  const files = projectSources(projectDir).map((file) => ({ file, name: pathIn(projectDir, file) }));
  const problems = patterns
    .filter((pattern) => !files.some(({ name }) => matchesWildcard(pattern, name)))
    .map((pattern): Problem => {
      const [near] = nearestFew(
        pattern,
        files.map(({ name }) => name),
      );
      return {
        code: 'SELECTION_EMPTY',
        message: `no file matches "${pattern}".`,
        ...(near === undefined ? {} : { nearest: near }),
        hint: 'Patterns are paths from the project folder to .sqlx and .js files below definitions/ and includes/.',
      };
    });
  if (problems.length > 0) throw new TidemarkError(problems);
  return files.filter(({ name }) => patterns.some((pattern) => matchesWildcard(pattern, name))).map(({ file }) => file);
}

/**
 * The files that a user named, with all that lies in named folders.
 *
 * @throws {TidemarkError} USAGE for every path that does not exist, or that is neither SQLX nor JavaScript.
 */
export function namedSources(cwd: string, paths: readonly string[]): string[] {
  const problems: Problem[] = [];
  const files = paths.flatMap((path) => {
    const full = resolve(cwd, path);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return filesBelow(full);
    if (stat && isFormattable(full)) return [full];
    problems.push({
      code: 'USAGE',
      message: stat ? `${path} cannot be formatted; .sqlx and .js files can.` : `${path} does not exist.`,
    });
    return [];
  });
  if (problems.length > 0) throw new TidemarkError(problems);
  return [...new Set(files)];
}

/** A path as people read it, with forward slashes. */
export const pathIn = (folder: string, file: string): string => relative(folder, file).replaceAll('\\', '/');
