import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { writeJson } from '../core/files.ts';
import { stage } from '../core/staged-folder.ts';
import type { Workspace } from '../core/workspace.ts';
import { calendar } from './calendar.ts';
import type { FileFormat } from './formats.ts';
import { foreignFiles, foreignRefusal, interrupted, scenarioOf } from './raw-folder.ts';
import { loadScenario, type Overrides } from './scenario.ts';
import {
  damaged,
  filesBelow,
  fingerprint,
  readWorld,
  type WholeWorld,
  WORLD_FILE,
  type WorldCounts,
  type WorldRates,
} from './world-record.ts';
import type { Progress } from './writing/write.ts';
import { usefulWorkers, writeWorld } from './writing/write-world.ts';

export interface GenerateOptions {
  readonly workspace: Workspace;
  /** Folder of the scenario files, `configs/scenarios/`. */
  readonly scenarioDir: string;
  readonly overrides?: Overrides;
  /** Deletes files in the raw folder that the generator did not make, instead of refusing. */
  readonly force?: boolean;
  /** Threads that write at the same time. The bytes do not depend on it. Default: the cores, fewer when the world is small. */
  readonly workers?: number;
  /** Of all sources. Default: each in its own. */
  readonly format?: FileFormat;
  readonly onProgress?: (progress: Progress) => void;
}

export interface GenerateSummary {
  /**
   * `created`: there was no world. `completed`: there were some of its days. `replaced`: another scenario, seed, override or format.
   * `repaired`: the same world, of which files were missing or changed. `unchanged`: the same world, all files whole; nothing was written.
   */
  readonly status: 'created' | 'completed' | 'replaced' | 'repaired' | 'unchanged';
  readonly scenario: string;
  readonly seed: number;
  readonly startDate: string;
  /** YYYY-MM-DD of the last day. */
  readonly endDate: string;
  readonly days: number;
  readonly counts: WorldCounts;
  readonly rates: WorldRates;
  /** See {@link WholeWorld}. */
  readonly leftOut: readonly string[];
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
  const { workspace, scenarioDir, overrides = {}, force = false, format, onProgress } = options;
  const { projectDir, rawDir, truthDir } = workspace;
  const startedAt = effects.clock.monotonic();
  const scenario = loadScenario(join(scenarioDir, `${scenarioOf(workspace)}.yaml`), projectDir, overrides);

  const before = readWorld(truthDir);
  const foreign = foreignFiles(rawDir, before);
  if (foreign.length > 0 && !force) throw foreignRefusal(workspace, foreign);

  const mark = fingerprint(scenario, format);
  const isSame = before?.fingerprint === mark;
  const isWhole =
    isSame &&
    before.kind === 'world' &&
    foreign.length === 0 &&
    before.replaces === undefined &&
    (await damaged(rawDir, before.rawFiles)).length === 0 &&
    (await damaged(truthDir, before.truthFiles)).length === 0;
  if (isWhole) return summary('unchanged', before, options, effects.clock.monotonic() - startedAt);

  const raw = stage(rawDir);
  const truth = stage(truthDir);
  try {
    const workers = options.workers ?? usefulWorkers(scenario, availableParallelism());
    const place = { rawDir: raw.folder, truthDir: truth.folder, ...(format ? { format } : {}) };
    const written = await writeWorld(scenario, place, workers, {
      signal: effects.signal,
      onProgress: (progress) => onProgress?.(progress),
      interrupted,
    });
    const record: WholeWorld = { version: 2, kind: 'world', fingerprint: mark, scenario, ...written };
    const isNew = new Set(written.rawFiles.map((file) => file.path));
    const replaces = filesBelow(rawDir).filter((path) => !isNew.has(path));
    writeJson(join(truth.folder, WORLD_FILE), { ...record, replaces });
    truth.swap();
    raw.swap();
    writeJson(join(truthDir, WORLD_FILE), record);
    const status = !before ? 'created' : !isSame ? 'replaced' : before.kind === 'days' ? 'completed' : 'repaired';
    return summary(status, record, options, effects.clock.monotonic() - startedAt);
  } catch (error) {
    raw.discard();
    truth.discard();
    throw error;
  }
}

function summary(
  status: GenerateSummary['status'],
  { scenario, counts, rates, leftOut, rawFiles }: WholeWorld,
  { workspace }: GenerateOptions,
  milliseconds: number,
): GenerateSummary {
  return {
    status,
    scenario: scenario.name,
    seed: scenario.seed,
    startDate: scenario.startDate,
    endDate: calendar(scenario.startDate, scenario.days).date(scenario.days - 1),
    days: scenario.days,
    counts,
    rates,
    leftOut,
    files: rawFiles.length,
    bytes: rawFiles.reduce((sum, file) => sum + file.bytes, 0),
    rawDir: workspace.rawDir,
    truthDir: workspace.truthDir,
    milliseconds,
  };
}
