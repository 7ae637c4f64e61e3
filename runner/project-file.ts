import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { PROJECT_FILES } from './core-sandbox.ts';

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
export async function readDataformJson(projectDir: string, warn: (problem: Problem) => void): Promise<object> {
  const text = readFileSync(join(projectDir, 'dataform.json'), 'utf8');
  let value: Record<string, unknown> | undefined;
  let thrown: unknown;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
    if (isSound(value)) return value;
  } catch (error) {
    thrown = error;
  }
  // Loaded when something is wrong only: a small compile is a matter of milliseconds.
  const { mendDataformJson, noJson } = await import('./project-file-errors.ts');
  if (!value) throw noJson(text, thrown);
  return mendDataformJson(value, text, warn);
}

function isSound(value: Record<string, unknown>): boolean {
  const { vars } = value;
  return (
    Object.keys(value).every((key) => DATAFORM_JSON_KEYS.includes(key)) &&
    Object.values(vars ?? {}).every((found) => typeof found === 'string')
  );
}
