import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Problem } from './errors.ts';
import { packageRoot } from './files.ts';
import { nearest } from './nearest.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** Makes the problem at a path; with `isKey` it points at the key of the last step instead of its value. */
export type MakeProblem = (path: Path, message: string, more?: Partial<Problem>, isKey?: boolean) => Problem;

/** A problem at the value with this path, whose message begins with the path. Without a file it has no place. */
export function problemAt(
  yaml: YamlFile | undefined,
  path: Path,
  message: string,
  more: Partial<Problem> = {},
  isKey = false,
): Problem {
  return {
    code: 'CONFIG_INVALID',
    message: path.length > 0 ? `${path.join('.')}: ${message}` : message,
    ...(isKey ? yaml?.placeOfKey(path) : yaml?.placeOf(path)),
    ...more,
  };
}

/** What the schema of `configs/schemas/<schema>.schema.json` finds wrong, in the order of the lines; empty when nothing is. */
export function schemaProblems(value: unknown, schema: string, problem: MakeProblem): SchemaProblems {
  const validate = validator(schema);
  if (validate(value)) return { problems: [], malformed: [] };
  const errors = validate.errors ?? [];
  return {
    problems: inOrder(dedupe(errors.map((error) => explain(error, value, problem)))),
    malformed: errors.filter(({ keyword }) => !OF_VALUES.has(keyword)).map((error) => malformedPath(error, value)),
  };
}

export interface SchemaProblems {
  readonly problems: Problem[];
  /**
   * Where the value has not the types and keys of its schema, or a key is missing. All else can be checked on, be it that numbers are out
   * of range or that there are keys beside those of the schema.
   */
  readonly malformed: readonly Path[];
}

const OF_VALUES = new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'additionalProperties']);

function malformedPath({ instancePath, keyword, params }: ErrorObject, value: unknown): Path {
  const path = pointer(instancePath, value);
  return keyword === 'required' ? [...path, String(params.missingProperty)] : path;
}

export const inOrder = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

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

function explain(error: ErrorObject, value: unknown, problem: MakeProblem): Problem {
  const path = pointer(error.instancePath, value);
  const found = JSON.stringify(error.data) ?? 'nothing';
  const short = found.length > 60 ? `${found.slice(0, 57)}...` : found;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(error.params.additionalProperty ?? error.params.unevaluatedProperty);
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
      const near = nearest(key, known);
      return problem(
        [...path, key],
        `unknown key; known here: ${known.join(', ') || 'none'}.`,
        { code: 'CONFIG_UNKNOWN_KEY', ...(near === undefined ? {} : { nearest: near }) },
        true,
      );
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
