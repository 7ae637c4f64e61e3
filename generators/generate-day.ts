import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { writeJson } from '../core/files.ts';
import { stage } from '../core/staged-folder.ts';
import { calendar } from './calendar.ts';
import { calibrate } from './calibrate.ts';
import type { WrittenFile } from './day-files.ts';
import type { GenerateOptions } from './generate.ts';
import { foreignFiles, foreignRefusal, interrupted, otherWorld, scenarioOf } from './raw-folder.ts';
import { loadScenario, type Scenario } from './scenario.ts';
import { damaged, fingerprint, knownScale, readWorld, WORLD_FILE, type WorldRecord } from './world-record.ts';
import { writeDay } from './writing/write-day.ts';

export interface GenerateDayOptions extends Omit<GenerateOptions, 'workers'> {
  /** YYYY-MM-DD. */
  readonly date: string;
}

export interface GenerateDaySummary {
  /** `created`: the day was not there. `repaired`: a file of it was missing or changed. `unchanged`: nothing was written. */
  readonly status: 'created' | 'repaired' | 'unchanged';
  readonly scenario: string;
  readonly seed: number;
  readonly date: string;
  readonly files: number;
  readonly bytes: number;
  readonly rawDir: string;
  readonly milliseconds: number;
}

/**
 * Makes the files of one day of a synthetic world, the same bytes as when the whole world is made, beside those that are there.
 *
 * The truth belongs to the whole world and is not written. The days that are there are remembered: a later `generate` completes them.
 *
 * @throws {TidemarkError} those of {@link loadScenario}; USAGE for a day outside of the scenario or a data set with real files;
 *   RAW_OTHER_WORLD when the raw folder holds another world; RAW_FOREIGN when a file of others stands in the way; RUN_CANCELLED.
 */
export async function generateDay(options: GenerateDayOptions, effects: Effects): Promise<GenerateDaySummary> {
  const { workspace, scenarioDir, overrides = {}, force = false, date, format, onProgress } = options;
  const { projectDir, rawDir, truthDir } = workspace;
  const startedAt = effects.clock.monotonic();
  const scenario = loadScenario(join(scenarioDir, `${scenarioOf(workspace)}.yaml`), projectDir, overrides);
  const days = calendar(scenario.startDate, scenario.days);
  const day = dayOf(scenario, date);

  const mark = fingerprint(scenario, format);
  const before = readWorld(truthDir);
  if (before && before.fingerprint !== mark) throw otherWorld(workspace);
  const known = before?.rawFiles.filter(({ path }) => isOfDay(path, date)) ?? [];
  const done = (status: GenerateDaySummary['status'], files: readonly WrittenFile[]): GenerateDaySummary => ({
    status,
    scenario: scenario.name,
    seed: scenario.seed,
    date,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    rawDir,
    milliseconds: effects.clock.monotonic() - startedAt,
  });
  if (known.length > 0 && (await damaged(rawDir, known)).length === 0) return done('unchanged', known);

  const usageScale = before ? knownScale(before) : calibrate(scenario, days);
  const fresh = stage(rawDir);
  try {
    const { rawFiles } = await writeDay(
      scenario,
      day,
      usageScale,
      { rawDir: fresh.folder, ...(format ? { format } : {}) },
      { signal: effects.signal, onProgress: (progress) => onProgress?.(progress), interrupted },
    );
    const paths = new Set(rawFiles.map(({ path }) => path));
    const foreign = foreignFiles(rawDir, before).filter((path) => paths.has(path));
    if (foreign.length > 0 && !force) throw foreignRefusal(workspace, foreign);
    // The record goes first: after a crash between the two, files that it names are missing, which a second run mends.
    if (known.length === 0)
      writeJson(join(truthDir, WORLD_FILE), withDay(before, rawFiles, { mark, scenario, usageScale }));
    for (const { path } of rawFiles) {
      mkdirSync(dirname(join(rawDir, path)), { recursive: true });
      renameSync(join(fresh.folder, path), join(rawDir, path));
    }
    return done(known.length === 0 ? 'created' : 'repaired', rawFiles);
  } finally {
    fresh.discard();
  }
}

const isOfDay = (path: string, date: string): boolean => path.split('/').at(-1)!.startsWith(`${date}.`);

function withDay(
  before: WorldRecord | undefined,
  rawFiles: readonly WrittenFile[],
  made: { mark: string; scenario: Scenario; usageScale: number },
): WorldRecord {
  const files = [...(before?.rawFiles ?? []), ...rawFiles].sort((a, b) => (a.path < b.path ? -1 : 1));
  if (before) return { ...before, rawFiles: files };
  const { mark, scenario, usageScale } = made;
  return { version: 2, kind: 'days', fingerprint: mark, scenario, usageScale, rawFiles: files, truthFiles: [] };
}

/** Counted from 0. */
function dayOf({ startDate, days, name }: Scenario, date: string): number {
  const dates = calendar(startDate, days);
  for (let day = 0; day < days; day++) if (dates.date(day) === date) return day;
  throw new TidemarkError({
    code: 'USAGE',
    message: `--day ${date}: the days of ${name} are ${dates.date(0)} to ${dates.date(days - 1)}`,
    hint: 'Pass a day of the scenario as YYYY-MM-DD.',
  });
}
