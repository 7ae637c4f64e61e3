import { join } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { nearestFew } from '../core/nearest.ts';
import { ruleProblem } from './core-rules.ts';
import { type Context, framePlace, projectPath, read } from './error-place.ts';
import { allActions, nameOf } from './graph-checks.ts';
import type { ProjectFile } from './project-file.ts';
import { unknownKey } from './project-file-errors.ts';
import type { RawError, RawGraph, RawTarget } from './raw-graph.ts';
import { lineOfWord } from './source-line.ts';
import { testProblem } from './test-errors.ts';

/** Everything that is wrong with a compiled project, by file and line: what core collected, and `further` problems. */
export function graphProblems(raw: RawGraph, further: readonly Problem[], context: Context): Problem[] {
  const errors = raw.graphErrors?.compilationErrors ?? [];
  const missing = new Set(
    errors.map((error) => missingDependency(error.message)?.wanted).filter((name) => name !== undefined),
  );
  const problems = errors
    // Core reports a missing `ref` twice, and a duplicate name twice a file.
    .filter(
      ({ message }) =>
        !(
          message.startsWith('Could not resolve') && missing.has(resolvable(message.slice('Could not resolve '.length)))
        ),
    )
    .filter(({ message }) => !message.startsWith('Duplicate canonical target detected'))
    .map((error) => explain(error, raw, context));
  const all = [...problems, ...further];
  all.sort((a, b) => compare(a.file ?? '', b.file ?? '') || (a.line ?? 0) - (b.line ?? 0));
  return all.filter(({ file, line, message }, index) => {
    const same = (other: Problem) => other.file === file && other.message === message;
    if (line === undefined && all.some((other) => same(other) && other.line !== undefined)) return false;
    return !all.slice(0, index).some((other) => same(other) && other.line === line);
  });
}

/** What core threw instead of collecting it: mistakes in the project file or in an `actions.yaml`. */
export function thrownProblems(
  thrown: unknown,
  projectFile: ProjectFile,
  filePaths: readonly string[],
  projectDir: string,
): Problem[] {
  const {
    message = String(thrown),
    stack,
    generated = new Map(),
  } = thrown as Error & { generated?: Context['generated'] };
  const context = { projectDir, generated };
  const yaml = yamlProblem(message, context);
  if (yaml) return [yaml];
  const key = unexpectedKey(message)?.key;
  if (key && message.startsWith('Workflow settings error'))
    return [unknownKey(key, projectFile, place(projectFile, key, projectDir))];
  const actionFiles = filePaths.filter((path) => path.endsWith('/actions.yaml'));
  const actionFile = actionFiles.find((path) => key && lineOfWord(read(join(projectDir, path)), key) !== undefined);
  if (key && actionFile) return [configKeyProblem(message, place(actionFile, key, projectDir))!];
  const at = framePlace({ message, ...(stack === undefined ? {} : { stack }) }, context);
  return [{ code: 'COMPILE_FAILED', message: message.replaceAll(`${projectDir}/`, ''), file: projectFile, ...at }];
}

function place(file: string, word: string, projectDir: string): { file: string; line?: number } {
  const line = lineOfWord(read(join(projectDir, file)), word);
  return { file, ...(line === undefined ? {} : { line }) };
}

/** Core's words for a key that a config block or an action of `actions.yaml` must not have. */
function unexpectedKey(message: string): { key: string; type: string; keys: string } | undefined {
  const match = /Unexpected property "([^"]+)", or property value type of "([^"]+)" is incorrect\.(?: See (\S+))?/.exec(
    message,
  );
  return match ? { key: match[1]!, type: match[2]!, keys: match[3] ?? '' } : undefined;
}

function configKeyProblem(message: string, at: { file?: string; line?: number }): Problem | undefined {
  const unexpected = unexpectedKey(message);
  if (!unexpected) return undefined;
  const { key, type, keys } = unexpected;
  const known = keys.endsWith('#dataform-ActionConfigs') ? ACTIONS_FILE_KEYS : CONFIG_KEYS;
  const [near] = known.includes(key) ? [] : nearestFew(key, known);
  return {
    code: 'COMPILE_FAILED',
    message: `"${key}" is no key here, or its value must not be of type ${type}.`,
    ...at,
    ...(near === undefined ? {} : { nearest: near }),
    ...(keys ? { hint: `All keys: ${keys}` } : {}),
  };
}

/** The keys that people write, for the nearest match; core knows which of them stand where. */
const CONFIG_KEYS: readonly string[] =
  `type name schema database dataset project description columns tags dependencies disabled assertions uniqueKey uniqueKeys nonNull
  rowConditions bigquery partitionBy clusterBy updatePartitionFilter incrementalPredicates labels metadata overview extraProperties hasOutput
  protected materialized onSchemaChange incrementalStrategy hermetic dependOnDependencyAssertions preOps postOps filename`.split(
    /\s+/,
  );

const ACTIONS_FILE_KEYS = [
  'table',
  'view',
  'incrementalTable',
  'assertion',
  'operation',
  'declaration',
  'notebook',
  'dataPreparation',
];

/** A YAML file of the project that cannot be read; core puts the place into the text. */
function yamlProblem(message: string, { projectDir }: Context): Problem | undefined {
  const match = /^(.+) is not a valid YAML file: YAMLException: (.+?) \((\d+):(\d+)\)/.exec(message);
  if (!match) return undefined;
  const file = projectPath(match[1], projectDir);
  return {
    code: 'COMPILE_FAILED',
    message: match[2]!,
    ...(file ? { file } : {}),
    line: Number(match[3]),
    column: Number(match[4]),
  };
}

function explain(error: RawError, raw: RawGraph, context: Context): Problem {
  const file = projectPath(error.fileName, context.projectDir);
  const source = file ? read(join(context.projectDir, file)) : '';
  const where = { ...(file ? { file } : {}), ...framePlace(error, context) };
  const at = (word: string) => {
    const line = where.line ?? lineOfWord(source, word);
    return { ...where, ...(line === undefined ? {} : { line }) };
  };
  const action = error.actionTarget && nameOf(error.actionTarget);

  const yaml = yamlProblem(error.message, context);
  if (yaml) return yaml;
  const key = unexpectedKey(error.message)?.key;
  if (key) return configKeyProblem(error.message, at(key))!;
  const rule = ruleProblem(error.message, source);
  if (rule) return { code: 'COMPILE_FAILED', ...where, ...rule };
  const dependency = missingDependency(error.message);
  if (dependency) {
    const [near] = nearestFew(dependency.wanted, actionNames(raw, dependency.wanted.includes('.')));
    return {
      code: 'COMPILE_FAILED',
      message: `${action} depends on "${dependency.wanted}", which does not exist.`,
      ...at(dependency.name),
      ...(near === undefined ? {} : { nearest: near }),
    };
  }
  const inTest = testProblem(error, raw, { file, source, model: framePlace(error, context) });
  if (inTest) return inTest;
  const cycle = /^Circular dependency detected in chain: \[(.+)\]$/s.exec(error.message)?.[1];
  if (cycle) {
    const names = cycle
      .split(' > ')
      .map((step) => (step.startsWith('{') ? nameOf(JSON.parse(step) as RawTarget) : step));
    return { code: 'COMPILE_FAILED', message: `Circular dependency: ${names.join(' > ')}`, ...where };
  }
  if (error.message.startsWith('Duplicate action name detected') && action) {
    const others = [...new Set(duplicateFiles(raw, error.actionTarget!))].filter((other) => other !== file);
    const also = others.length > 0 ? `also in ${others.join(', ')}` : 'more than once in this file';
    return { code: 'COMPILE_FAILED', message: `${action} is defined ${also}; names must be unique.`, ...where };
  }
  const ambiguous = /^Ambiguous Action name: (.+)\. Did you mean one of: (.+)\.$/s.exec(error.message);
  if (ambiguous) {
    const wanted = resolvable(ambiguous[1]!);
    return {
      code: 'COMPILE_FAILED',
      message: `"${wanted}" could be ${ambiguous[2]!.replaceAll(', ', ' or ')}.`,
      ...at(wanted),
      hint: 'Write ref("schema", "name").',
    };
  }
  const type = /^Unrecognized action type: (.+)$/.exec(error.message)?.[1];
  if (type) {
    const [near] = nearestFew(type, ACTION_TYPES);
    return {
      code: 'COMPILE_FAILED',
      message: `found type "${type}", expected one of ${ACTION_TYPES.join(', ')}.`,
      ...at(type),
      ...(near === undefined ? {} : { nearest: near }),
    };
  }
  const quoted = /"([^"]+)"/.exec(error.message)?.[1];
  const message = error.message.replaceAll(`${context.projectDir}/`, '');
  return {
    code: 'COMPILE_FAILED',
    message: action ? `${action}: ${message}` : message,
    ...(quoted ? at(quoted) : where),
  };
}

const ACTION_TYPES = [
  'table',
  'view',
  'incremental',
  'assertion',
  'operations',
  'declaration',
  'test',
  'dataPreparation',
];

/** Core writes the wanted action as JSON, or as a plain string. */
function missingDependency(message: string): { wanted: string; name: string } | undefined {
  const text = /^Missing dependency detected: Action ".+?" depends on "(.+)" which does not exist$/s.exec(message)?.[1];
  if (!text) return undefined;
  const wanted = resolvable(text);
  return { wanted, name: wanted.split('.').at(-1)! };
}

function resolvable(text: string): string {
  try {
    const value = JSON.parse(text) as string | RawTarget;
    return typeof value === 'string' ? value : nameOf(value);
  } catch {
    return text;
  }
}

const actionNames = (raw: RawGraph, qualified: boolean): string[] =>
  allActions(raw).map(({ target }) => (qualified ? nameOf(target) : target.name));

/** Core takes duplicates out of the graph, so the files are those of the other errors about the same name. */
function duplicateFiles(raw: RawGraph, target: RawTarget): string[] {
  return (raw.graphErrors?.compilationErrors ?? [])
    .filter(
      (error) =>
        error.message.startsWith('Duplicate action name detected') &&
        error.actionTarget &&
        nameOf(error.actionTarget) === nameOf(target),
    )
    .map(({ fileName = '' }) => fileName);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
