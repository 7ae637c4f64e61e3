import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { PROJECT_FILES } from './core-sandbox.ts';
import { lineOfWord } from './source-line.ts';

export type ProjectFile = keyof typeof PROJECT_FILES;

/** The keys of `ProjectConfig` in `core.proto`. */
const DATAFORM_JSON_KEYS = [
  'warehouse',
  'defaultDatabase',
  'defaultSchema',
  'defaultLocation',
  'assertionSchema',
  'vars',
  'databaseSuffix',
  'schemaSuffix',
  'tablePrefix',
  'builtinAssertionNamePrefix',
  'defaultNotebookRuntimeOptions',
  'defaultIcebergConfig',
  'disableAssertions',
  'defaultReservation',
  'includeTestsInCompiledGraph',
  'preserveGovernanceControls',
];

/** The keys of `WorkflowSettings` in `configs.proto`. */
const WORKFLOW_SETTINGS_KEYS = [
  'dataformCoreVersion',
  'defaultProject',
  'defaultDataset',
  'defaultLocation',
  'defaultAssertionDataset',
  'vars',
  'projectSuffix',
  'datasetSuffix',
  'namePrefix',
  'defaultNotebookRuntimeOptions',
  'builtinAssertionNamePrefix',
  'defaultIcebergConfig',
  'disableAssertions',
  'defaultReservation',
  'extension',
  'includeTestsInCompiledGraph',
  'preserveGovernanceControls',
];

/** Keys of Dataform 1 and 2 that have no meaning any more and stand in many projects. */
const DEAD_KEYS: ReadonlySet<string> = new Set(['gcloudProjectId', 'idempotentActionRetries', 'useRunCache']);

export const knownKeys = (file: ProjectFile): readonly string[] =>
  file === 'dataform.json' ? DATAFORM_JSON_KEYS : WORKFLOW_SETTINGS_KEYS;

/**
 * Which of the two project files there is.
 *
 * @throws {TidemarkError} PROJECT_NOT_FOUND without one, COMPILE_FAILED with both.
 */
export function findProjectFile(projectDir: string): ProjectFile {
  const found = (Object.keys(PROJECT_FILES) as ProjectFile[]).filter((file) => existsSync(join(projectDir, file)));
  if (found.length === 2) {
    throw new TidemarkError({
      code: 'COMPILE_FAILED',
      message: 'The project has both dataform.json and workflow_settings.yaml; it must have one.',
      file: 'dataform.json',
      hint: 'Remove one of the two; workflow_settings.yaml is the newer form.',
    });
  }
  const [file] = found;
  if (!file) {
    throw new TidemarkError({
      code: 'PROJECT_NOT_FOUND',
      message: `${projectDir} holds neither dataform.json nor workflow_settings.yaml.`,
    });
  }
  return file;
}

/**
 * Reads `dataform.json` as core shall see it: without dead keys, each of which is told to `warn`.
 *
 * @throws {TidemarkError} COMPILE_FAILED for text that is no JSON and for every unknown key, with the nearest known one,
 *   and every variable that is no text.
 */
export function readDataformJson(projectDir: string, warn: (problem: Problem) => void): object {
  const file = 'dataform.json';
  const text = readFileSync(join(projectDir, file), 'utf8');
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new TidemarkError(
      { code: 'COMPILE_FAILED', message: 'The file is no valid JSON.', file, ...jsonErrorLine(text, error) },
      { cause: error },
    );
  }
  const problems: Problem[] = [];
  for (const key of Object.keys(value)) {
    if (DATAFORM_JSON_KEYS.includes(key)) continue;
    const line = lineOfWord(text, key);
    const place = { file, ...(line === undefined ? {} : { line }) };
    if (DEAD_KEYS.has(key)) {
      delete value[key];
      warn({
        code: 'COMPILE_FAILED',
        message: `"${key}" means nothing since Dataform 3 and is ignored.`,
        ...place,
        hint: 'Remove the key.',
      });
    } else {
      problems.push(unknownKey(key, file, place));
    }
  }
  for (const [name, found] of Object.entries(value.vars ?? {})) {
    if (typeof found === 'string') continue;
    const line = lineOfWord(text, name);
    problems.push({
      code: 'COMPILE_FAILED',
      message: `vars.${name}: found ${JSON.stringify(found)}, expected text.`,
      file,
      ...(line === undefined ? {} : { line }),
      hint: 'Put the value in double quotes; Dataform variables are text.',
    });
  }
  if (problems.length > 0) throw new TidemarkError(problems);
  return value;
}

/** The problem of a key that the project file must not have. */
export function unknownKey(key: string, file: ProjectFile, place: Pick<Problem, 'file' | 'line'>): Problem {
  const near = nearest(key, knownKeys(file));
  return {
    code: 'COMPILE_FAILED',
    message: `unknown key "${key}"; known here: ${knownKeys(file).join(', ')}.`,
    ...place,
    ...(near === undefined ? {} : { nearest: near }),
    hint: 'Use a known key or remove it.',
  };
}

/** V8 says the offset for some errors and the line for others, depending on its version. */
function jsonErrorLine(text: string, error: unknown): { line?: number } {
  const message = (error as Error).message;
  const line = /\(line (\d+) column \d+\)/.exec(message)?.[1];
  if (line) return { line: Number(line) };
  const offset = /at position (\d+)/.exec(message)?.[1];
  return offset ? { line: text.slice(0, Number(offset)).split('\n').length } : {};
}
