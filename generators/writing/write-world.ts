import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WrittenFile } from '../day-files.ts';
import { type FileFormat, fitting, unfitRules } from '../formats.ts';
import type { Scenario } from '../scenario.ts';
import { textFile } from '../text-file.ts';
import { TRUTH_FILES, type TruthFile } from '../truth.ts';
import type { WorldCounts, WorldRates } from '../world-record.ts';
import { PARTS, partFolder } from './job.ts';
import { type Chunk, chunksOf } from './turns.ts';
import { asFormat, byPath, merge, type Writing, write } from './write.ts';

export interface WrittenWorld {
  readonly counts: WorldCounts;
  readonly rates: WorldRates;
  readonly rawFiles: WrittenFile[];
  readonly truthFiles: WrittenFile[];
  readonly leftOut: readonly string[];
}

/** Below so many events a worker, starting another one takes longer than it saves. */
const EVENTS_A_WORKER = 150_000;

/** Where and how a world is written. The folders must be empty. */
export interface Place {
  readonly rawDir: string;
  readonly truthDir: string;
  readonly format?: FileFormat;
}

/** Writes a whole world. The number of workers changes no byte. */
export async function writeWorld(
  scenario: Scenario,
  place: Place,
  workers: number,
  writing: Writing,
): Promise<WrittenWorld> {
  const { rawDir, truthDir, format } = place;
  const chunks = chunksOf(scenario.days, workers);
  const job = { scenario: fitting(scenario, format), chunks, ...place };
  const { done, progress } = await write(job, workers, writing);
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
      usageScale: done[0]!.usageScale,
    },
    rawFiles: await asFormat(rawDir, files, format, progress, writing),
    truthFiles,
    leftOut: unfitRules(scenario, format),
  };
}

/** At most the cores, and no more than the work is worth. */
export const usefulWorkers = ({ eventsPerDay, days }: Scenario, cores: number): number =>
  Math.max(1, Math.min(cores, Math.ceil((eventsPerDay * days) / EVENTS_A_WORKER)));

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
