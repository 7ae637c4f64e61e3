import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { type MakeProblem, problemAt, schemaProblems } from './config-schema.ts';
import { type Problem, TidemarkError } from './errors.ts';
import { nearestFew } from './nearest.ts';
import { type Path, parseYaml } from './yaml-file.ts';

export { isCalendarDate } from './config-schema.ts';

/** A parsed and validated YAML file that still knows where each value stands. */
export interface Config<T> {
  readonly value: T;
  /** Relative to the project folder. */
  readonly file: string;
  /** A problem at the value with this path, for checks that a schema cannot express. */
  problem(path: Path, message: string, more?: Partial<Problem>): Problem;
}

export interface LoadOptions {
  /** Name of a schema in `configs/schemas/`, without `.schema.json`. */
  readonly schema: string;
  /** Messages name files relative to this folder. */
  readonly projectDir: string;
}

/**
 * Reads a YAML file and validates it against its JSON Schema.
 *
 * @throws {TidemarkError} CONFIG_NOT_FOUND (with the nearest file), CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY or CONFIG_INVALID; all problems
 *   of the file at once, in the order of its lines.
 */
export function loadConfig<T>(path: string, options: LoadOptions): Config<T> {
  if (!existsSync(path)) throw new TidemarkError(noSuchFile(path, options.projectDir));
  return parseConfig<T>(
    readFileSync(path, 'utf8'),
    relative(options.projectDir, path).replaceAll('\\', '/'),
    options.schema,
  );
}

/** As {@link loadConfig}, for text that is already in memory. */
export function parseConfig<T>(text: string, file: string, schema: string): Config<T> {
  const yaml = parseYaml(text, file);
  const problem: MakeProblem = (path, message, more, isKey) => problemAt(yaml, path, message, more, isKey);
  const { problems } = schemaProblems(yaml.value, schema, problem);
  if (problems.length > 0) throw new TidemarkError(problems);
  return { value: yaml.value as T, file, problem };
}

/** The names of the YAML files in a folder, without the extension. */
export function configNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();
}

/** The problem of a configuration file that does not exist, with those that do. */
export function noSuchFile(path: string, projectDir: string): Problem {
  const folder = dirname(path);
  const names = configNames(folder);
  const wanted = basename(path, '.yaml');
  const [near] = nearestFew(wanted, names);
  const where = relative(projectDir, folder).replaceAll('\\', '/');
  return {
    code: 'CONFIG_NOT_FOUND',
    message: `${where}/${wanted}.yaml does not exist; ${names.length > 0 ? `there are: ${names.join(', ')}.` : 'the folder holds no YAML file.'}`,
    ...(near === undefined ? {} : { nearest: near }),
  };
}
