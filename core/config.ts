import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { type Problem, TidemarkError } from './errors.ts';
import { packageRoot } from './files.ts';
import { nearest, nearestFew } from './nearest.ts';

/** A parsed and validated YAML file that still knows where each value stands. */
export interface Config<T> {
  readonly value: T;
  /** Relative to the project folder. */
  readonly file: string;
  /** A problem at the value with this path, for checks that a schema cannot express. */
  problem(path: readonly (string | number)[], message: string, more?: Partial<Problem>): Problem;
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
  if (!existsSync(path)) throw notFound(path, options.projectDir);
  return parseConfig<T>(
    readFileSync(path, 'utf8'),
    relative(options.projectDir, path).replaceAll('\\', '/'),
    options.schema,
  );
}

/** As {@link loadConfig}, for text that is already in memory. */
export function parseConfig<T>(text: string, file: string, schema: string): Config<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number | undefined) => {
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    throw new TidemarkError(
      document.errors.map((error) => ({
        code: 'CONFIG_SYNTAX' as const,
        message: error.message,
        file,
        ...at(error.pos[0]),
      })),
    );
  }
  const problem = (path: readonly (string | number)[], message: string, more: Partial<Problem> = {}): Problem => ({
    code: 'CONFIG_INVALID',
    message: path.length > 0 ? `${path.join('.')}: ${message}` : message,
    file,
    ...at(offsetOf(document.contents, path)),
    ...more,
  });
  const value = (document.toJS() ?? {}) as T;
  const validate = validator(schema);
  if (!validate(value)) {
    const problems = dedupe(
      (validate.errors ?? []).map((error) => explain(error, value, problem, document.contents, at)),
    );
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    throw new TidemarkError(problems);
  }
  return { value, file, problem };
}

/** The names of the YAML files in a folder, without the extension. */
export function configNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();
}

const validators = new Map<string, ValidateFunction>();

function validator(schema: string): ValidateFunction {
  let validate = validators.get(schema);
  if (!validate) {
    const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
    ajv.addFormat('date', { type: 'string', validate: isCalendarDate });
    const file = join(packageRoot(), 'configs', 'schemas', `${schema}.schema.json`);
    validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
    validators.set(schema, validate);
  }
  return validate;
}

/** True for a date that exists, as YYYY-MM-DD. */
export function isCalendarDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

type MakeProblem = Config<unknown>['problem'];

function explain(
  error: ErrorObject,
  value: unknown,
  problem: MakeProblem,
  contents: Node | null,
  at: (offset: number | undefined) => object,
): Problem {
  const path = pointer(error.instancePath, value);
  const found = JSON.stringify(error.data) ?? 'nothing';
  const short = found.length > 60 ? `${found.slice(0, 57)}...` : found;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(error.params.additionalProperty ?? error.params.unevaluatedProperty);
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
      const near = nearest(key, known);
      return {
        ...problem([...path, key], `unknown key; known here: ${known.join(', ') || 'none'}.`),
        ...at(keyOffset(contents, [...path, key])),
        code: 'CONFIG_UNKNOWN_KEY',
        ...(near === undefined ? {} : { nearest: near }),
      };
    }
    case 'required':
      return problem(path, `the key "${error.params.missingProperty}" is missing`);
    case 'enum': {
      const allowed = (error.params.allowedValues as unknown[]).map(String);
      const near = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined;
      return problem(
        path,
        `found ${short}, expected one of ${allowed.join(', ')}.`,
        near === undefined ? {} : { nearest: near },
      );
    }
    case 'type':
      return problem(path, `found ${short}, expected ${[error.params.type].flat().join(' or ')}`);
    case 'const':
      return problem(path, `found ${short}, expected ${JSON.stringify(error.params.allowedValue)}`);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return problem(path, `found ${short}, expected a number ${error.params.comparison} ${error.params.limit}`);
    case 'format':
      return problem(path, `found ${short}, expected a ${error.params.format}`);
    default:
      return problem(path, `found ${short}: ${error.message ?? error.keyword}`);
  }
}

/** A schema with `oneOf` reports every branch; the same place and message once is enough. */
function dedupe(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ message, line, column }) => {
    const key = `${line}:${column}:${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A JSON pointer as a path; array indices become numbers. */
function pointer(text: string, value: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let node = value;
  for (const raw of text.split('/').slice(1)) {
    const key = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(node) ? Number(key) : key;
    path.push(step);
    node = (node as Record<string | number, unknown> | undefined)?.[step];
  }
  return path;
}

/** Where the value with this path starts, or its nearest ancestor that exists. */
function offsetOf(node: Node | null, path: readonly (string | number)[]): number | undefined {
  let current: unknown = node;
  let offset = node?.range?.[0];
  for (const step of path) {
    const next: unknown = (current as { get?(key: unknown, keep: boolean): unknown })?.get?.(step, true);
    if (next === undefined || next === null) break;
    current = next;
    offset = (next as Node).range?.[0] ?? offset;
  }
  return offset;
}

/** Where the key of the last step starts. */
function keyOffset(node: Node | null, path: readonly (string | number)[]): number | undefined {
  let current: unknown = node;
  for (const step of path.slice(0, -1))
    current = (current as { get?(key: unknown, keep: boolean): unknown })?.get?.(step, true);
  if (!isMap(current)) return offsetOf(node, path);
  const pair = current.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === path.at(-1),
  );
  return (pair?.key as Node | undefined)?.range?.[0];
}

function notFound(path: string, projectDir: string): TidemarkError {
  const folder = dirname(path);
  const names = configNames(folder);
  const wanted = basename(path, '.yaml');
  const [near] = nearestFew(wanted, names);
  const where = relative(projectDir, folder).replaceAll('\\', '/');
  return new TidemarkError({
    code: 'CONFIG_NOT_FOUND',
    message: `${where}/${wanted}.yaml does not exist; ${names.length > 0 ? `there are: ${names.join(', ')}.` : 'the folder holds no YAML file.'}`,
    ...(near === undefined ? {} : { nearest: near }),
  });
}
