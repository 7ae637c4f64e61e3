import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { writeJson } from '../core/files.ts';
import { plural } from '../core/format.ts';
import { stage } from '../core/staged-folder.ts';
import { DEFAULT_DATASET, type Workspace } from '../core/workspace.ts';
import { loadScenario, type Overrides } from './scenario.ts';
import {
  damaged,
  filesBelow,
  fingerprint,
  readWorld,
  WORLD_FILE,
  type WorldCounts,
  type WorldRates,
  type WorldRecord,
} from './world-record.ts';
import { type Progress, usefulWorkers, writeWorld } from './writing/write-world.ts';

export interface GenerateOptions {
  readonly workspace: Workspace;
  /** Folder of the scenario files, `configs/scenarios/`. */
  readonly scenarioDir: string;
  readonly overrides?: Overrides;
  /** Deletes files in the raw folder that the generator did not make, instead of refusing. */
  readonly force?: boolean;
  /** Threads that write at the same time; fewer when the world is small. The bytes do not depend on it. Default: the cores. */
  readonly workers?: number;
  readonly onProgress?: (progress: Progress) => void;
}

export interface GenerateSummary {
  /**
   * `created`: there was no world. `replaced`: another scenario, seed or override. `repaired`: the same world, of which files were missing
   * or changed. `unchanged`: the same world, all files whole; nothing was written.
   */
  readonly status: 'created' | 'replaced' | 'repaired' | 'unchanged';
  readonly scenario: string;
  readonly seed: number;
  readonly startDate: string;
  /** YYYY-MM-DD of the last day. */
  readonly endDate: string;
  readonly days: number;
  readonly counts: WorldCounts;
  readonly rates: WorldRates;
  readonly files: number;
  readonly bytes: number;
  readonly rawDir: string;
  readonly truthDir: string;
  readonly milliseconds: number;
}

/**
 * Makes the raw files of a synthetic world, and the truth about it apart.
 *
 * The new world is written beside the old one and takes its place as a whole: after an error or Ctrl-C the old files are as they were.
 *
 * @throws {TidemarkError} those of {@link loadScenario}; USAGE for a data set with real files; RAW_FOREIGN when the raw folder holds files of others; RUN_CANCELLED.
 */
export async function generate(options: GenerateOptions, effects: Effects): Promise<GenerateSummary> {
  const { workspace, scenarioDir, overrides = {}, force = false, onProgress } = options;
  const { projectDir, rawDir, truthDir } = workspace;
  const startedAt = effects.clock.monotonic();
  if (workspace.scenario === undefined) throw realFiles(workspace);
  const scenario = loadScenario(join(scenarioDir, `${workspace.scenario}.yaml`), projectDir, overrides);

  const before = readWorld(truthDir);
  const foreign = foreignFiles(rawDir, before);
  if (foreign.length > 0 && !force) throw refusal(workspace, foreign);

  const mark = fingerprint(scenario);
  const isSame = before?.fingerprint === mark;
  const isWhole =
    isSame &&
    foreign.length === 0 &&
    before.replaces === undefined &&
    (await damaged(rawDir, before.rawFiles)).length === 0 &&
    (await damaged(truthDir, before.truthFiles)).length === 0;
  if (isWhole) return summary('unchanged', before, options, effects.clock.monotonic() - startedAt);

  const raw = stage(rawDir);
  const truth = stage(truthDir);
  try {
    const workers = options.workers ?? usefulWorkers(scenario, availableParallelism());
    const written = await writeWorld(scenario, raw.folder, truth.folder, workers, {
      signal: effects.signal,
      onProgress: (progress) => onProgress?.(progress),
      interrupted,
    });
    const record: WorldRecord = { version: 1, fingerprint: mark, scenario, ...written };
    const isNew = new Set(written.rawFiles.map((file) => file.path));
    const replaces = filesBelow(rawDir).filter((path) => !isNew.has(path));
    writeJson(join(truth.folder, WORLD_FILE), { ...record, replaces });
    truth.swap();
    raw.swap();
    writeJson(join(truthDir, WORLD_FILE), record);
    const status = isSame ? 'repaired' : before ? 'replaced' : 'created';
    return summary(status, record, options, effects.clock.monotonic() - startedAt);
  } catch (error) {
    raw.discard();
    truth.discard();
    throw error;
  }
}

/** Files in the raw folder that neither the last world nor the one that it was replacing put there. */
function foreignFiles(rawDir: string, world: WorldRecord | undefined): string[] {
  const ours = new Set([...(world?.rawFiles.map((file) => file.path) ?? []), ...(world?.replaces ?? [])]);
  return filesBelow(rawDir).filter((path) => !ours.has(path));
}

function realFiles({ dataset }: Workspace): TidemarkError {
  return new TidemarkError({
    code: 'USAGE',
    message: `the data set ${dataset} has real files; only ${DEFAULT_DATASET} is generated`,
    hint: `Leave out \`--dataset ${dataset}\`, or load its files with \`tidemark load\`.`,
  });
}

function refusal({ projectDir, rawDir }: Workspace, foreign: readonly string[]): TidemarkError {
  const folder = relative(projectDir, rawDir).replaceAll('\\', '/');
  const some = foreign.slice(0, 3).join(', ');
  const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : '';
  return new TidemarkError({
    code: 'RAW_FOREIGN',
    message: `${folder} holds ${plural(foreign.length, 'file')} that the generator did not make: ${some}${more}. Nothing was changed.`,
  });
}

function interrupted({ done, total }: Progress): TidemarkError {
  return new TidemarkError({
    code: 'RUN_CANCELLED',
    message: `generation was interrupted after day ${done} of ${total}; the files that were there before are untouched`,
    hint: 'Run `tidemark generate` again.',
  });
}

function summary(
  status: GenerateSummary['status'],
  record: WorldRecord,
  { workspace }: GenerateOptions,
  milliseconds: number,
): GenerateSummary {
  const { scenario, counts, rates, rawFiles } = record;
  const last = rawFiles
    .map((file) => file.path)
    .filter((path) => path.startsWith('billing/'))
    .sort()
    .at(-1)!;
  return {
    status,
    scenario: scenario.name,
    seed: scenario.seed,
    startDate: scenario.startDate,
    endDate: last.slice('billing/'.length, -'.csv'.length),
    days: scenario.days,
    counts,
    rates,
    files: rawFiles.length,
    bytes: rawFiles.reduce((sum, file) => sum + file.bytes, 0),
    rawDir: workspace.rawDir,
    truthDir: workspace.truthDir,
    milliseconds,
  };
}
