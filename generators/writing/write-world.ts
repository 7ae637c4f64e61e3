import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { calendar } from '../calendar.ts';
import { calibrate } from '../calibrate.ts';
import type { WrittenFile } from '../day-files.ts';
import { reachOf } from '../events/feed.ts';
import type { Scenario } from '../scenario.ts';
import { textFile } from '../text-file.ts';
import { TRUTH_FILES, type TruthFile } from '../truth.ts';
import type { WorldCounts, WorldRates } from '../world-record.ts';
import { type DayDone, type Done, type Job, PARTS, partFolder } from './job.ts';
import { doJobs } from './pool.ts';
import { type Chunk, chunksOf } from './turns.ts';

/** How far the generation is; `done` and `total` count days. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Rows in the files so far, of all sources. */
  readonly rows: number;
}

export interface WrittenWorld {
  readonly counts: WorldCounts;
  readonly rates: WorldRates;
  readonly rawFiles: WrittenFile[];
  readonly truthFiles: WrittenFile[];
}

export interface Writing {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** What is thrown once the signal is aborted. */
  interrupted(progress: Progress): Error;
}

/** Below so many events a worker, starting another one takes longer than it saves. */
const EVENTS_A_WORKER = 150_000;

/** Writes a whole world below the two folders, which must be empty. The number of workers changes no byte. */
export async function writeWorld(
  scenario: Scenario,
  rawDir: string,
  truthDir: string,
  workers: number,
  writing: Writing,
): Promise<WrittenWorld> {
  const usageScale = calibrate(scenario, calendar(scenario.startDate, scenario.days));
  const chunks = chunksOf(scenario.days, reachOf(scenario), workers);
  const done = await write({ scenario, usageScale, rawDir, truthDir, chunks }, workers, scenario.days, writing);
  const tables = done.flatMap((one) => one.tables);
  const truthFiles = [...joinTruth(truthDir, chunks), ...tables].sort(byPath);
  const { files, faults } = merge(done);
  const rows: Record<string, number> = {};
  for (const file of files) rows[file.source] = (rows[file.source] ?? 0) + file.rows;
  const life = done.find((one) => one.life)!.life!;
  return {
    counts: { ...life, rows, faults },
    rates: {
      eventsPerDay: life.events / scenario.days,
      churnPer30Days: (30 * life.cancels) / Math.max(1, life.userDays),
      usageScale,
    },
    rawFiles: files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    truthFiles,
  };
}

/** At most the cores, and no more than the work is worth. */
export const usefulWorkers = ({ eventsPerDay, days }: Scenario, cores: number): number =>
  Math.max(1, Math.min(cores, Math.ceil((eventsPerDay * days) / EVENTS_A_WORKER)));

async function write(
  job: Omit<Job, 'claims' | 'makesSources'>,
  workers: number,
  total: number,
  { signal, onProgress, interrupted }: Writing,
): Promise<Done[]> {
  const claims = new Int32Array(new SharedArrayBuffer(4 * job.chunks.length));
  const jobs = Array.from({ length: workers }, (_, index) => ({ ...job, claims, makesSources: index === 0 }));
  const days = { events: 0, sources: 0 };
  let rows = 0;
  const progress = (): Progress => ({ done: Math.floor((days.events + days.sources) / 2), total, rows });
  const onDays = (written: readonly DayDone[]) => {
    for (const one of written) {
      days[one.of]++;
      rows += one.rows;
    }
    onProgress(progress());
  };
  return doJobs(jobs, signal, onDays, () => interrupted(progress()));
}

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

/** All files by path, and all faults by kind in the order of the alphabet: nothing tells which worker wrote what. */
function merge(done: readonly Done[]) {
  const faults: Record<string, number> = {};
  for (const one of done) for (const [kind, n] of Object.entries(one.faults)) faults[kind] = (faults[kind] ?? 0) + n;
  return {
    files: done.flatMap((one) => one.files).sort(byPath),
    faults: Object.fromEntries(Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function joinTruth(truthDir: string, chunks: readonly Chunk[]): WrittenFile[] {
  const parts = [...chunks.keys(), 'sources' as const].map((part) => partFolder(truthDir, part));
  const files = Object.entries(TRUTH_FILES).map(([name, header]) => {
    const file = textFile(truthDir, name as TruthFile);
    file.write(`${header}\n`);
    for (const part of parts) file.append(join(part, name));
    return file.finish();
  });
  rmSync(join(truthDir, PARTS), { recursive: true });
  return files;
}
