import { PILOTS } from '../calibrate.ts';
import type { WrittenFile } from '../day-files.ts';
import type { FileFormat } from '../formats.ts';
import { toParquet } from '../parquet.ts';
import type { DayDone, Done, Job } from './job.ts';
import { doJobs } from './pool.ts';
import { teamMemory } from './team.ts';

/** How far the generation is; `done` and `total` count days. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Rows in the files so far, of all sources. */
  readonly rows: number;
}

export interface Writing {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** What is thrown once the signal is aborted. */
  interrupted(progress: Progress): Error;
}

/** Does a job with some workers. */
export async function write(
  job: Omit<Job, 'claims' | 'makesSources' | 'team'>,
  workers: number,
  { signal, onProgress, interrupted }: Writing,
): Promise<{ done: Done[]; progress: Progress }> {
  const total = job.scenario.days;
  const claims = new Int32Array(new SharedArrayBuffer(4 * job.chunks.length));
  const memory = teamMemory(workers, PILOTS);
  const jobs = Array.from({ length: workers }, (_, index) => ({
    ...job,
    claims,
    team: { size: workers, index, memory },
    makesSources: index === 0,
  }));
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
  const done = await doJobs(jobs, signal, onDays, () => interrupted(progress()));
  return { done, progress: progress() };
}

export const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

/** All files by path, and all faults by kind in the order of the alphabet: nothing tells which worker wrote what. */
export function merge(done: readonly Done[]) {
  const faults: Record<string, number> = {};
  for (const one of done) for (const [kind, n] of Object.entries(one.faults)) faults[kind] = (faults[kind] ?? 0) + n;
  return {
    files: done.flatMap((one) => one.files).sort(byPath),
    faults: Object.fromEntries(Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** The files in the format that was asked for, once all of them are written as text. */
export async function asFormat(
  rawDir: string,
  files: Done['files'],
  format: FileFormat | undefined,
  progress: Progress,
  { signal, interrupted }: Writing,
): Promise<WrittenFile[]> {
  if (format !== 'parquet') return files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
  return toParquet(rawDir, files, () => {
    if (signal.aborted) throw interrupted(progress);
  });
}
