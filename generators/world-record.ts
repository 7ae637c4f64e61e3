import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readJson, sha256 } from '../core/files.ts';
import type { WrittenFile } from './day-files.ts';
import type { FileFormat } from './formats.ts';
import type { Scenario } from './scenario.ts';

/** Raised whenever the same scenario gives other bytes than before. */
export const GENERATOR_VERSION = 4;

export const WORLD_FILE = 'world.json';

export interface WorldCounts {
  readonly users: number;
  readonly userDays: number;
  /** Events that happened, whether or not a file holds them. */
  readonly events: number;
  readonly starts: number;
  readonly cancels: number;
  readonly activeOnLastDay: number;
  /** Lines or rows of the files, by source. */
  readonly rows: Readonly<Record<string, number>>;
  /** Injected faults in the files, by kind. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface WorldRates {
  readonly eventsPerDay: number;
  /** Cancels per active user and 30 days. */
  readonly churnPer30Days: number;
  /** Mean usage events per user-day at engagement 1 that the calibration found. */
  readonly usageScale: number;
}

/** `data/truth/<name>/world.json`: what was made from what, and which files are the generator's. No clock, so same world, same bytes. */
export type WorldRecord = WholeWorld | SomeDays;

interface RecordOf<K extends string> {
  readonly version: 2;
  readonly kind: K;
  readonly fingerprint: string;
  readonly scenario: Scenario;
  readonly rawFiles: readonly WrittenFile[];
  readonly truthFiles: readonly WrittenFile[];
  /** Only while a world takes the place of another: files of the older one, which may still be there after a crash. */
  readonly replaces?: readonly string[];
}

export interface WholeWorld extends RecordOf<'world'> {
  /** Names of the rules of dirt whose faults the format of the files cannot hold. */
  readonly leftOut: readonly string[];
  readonly counts: WorldCounts;
  readonly rates: WorldRates;
}

/** Days that were made one by one, without a truth. */
export interface SomeDays extends RecordOf<'days'> {
  /** See {@link WorldRates}. */
  readonly usageScale: number;
}

/** Equal for two runs exactly when they make the same bytes. */
export const fingerprint = (scenario: Scenario, format?: FileFormat): string =>
  sha256(JSON.stringify({ GENERATOR_VERSION, scenario, format }));

/** The record of the raw folder, if the generator filled it; one of an older version names its files. */
export const readWorld = (truthDir: string): WorldRecord | undefined =>
  readJson<WorldRecord>(join(truthDir, WORLD_FILE));

/** The usage scale of a world that was made of the same scenario, which need not be found again. */
export const knownScale = (record: WorldRecord): number =>
  record.kind === 'days' ? record.usageScale : record.rates.usageScale;

/** All files below the folder, as sorted paths relative to it with forward slashes; empty when there is no folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** The paths among `files` that are missing or whose bytes are not those that were written. */
export async function damaged(folder: string, files: readonly WrittenFile[]): Promise<string[]> {
  const bad: string[] = [];
  for (const file of files) {
    const path = join(folder, file.path);
    if (!existsSync(path) || statSync(path).size !== file.bytes || (await hashFile(path)) !== file.sha256)
      bad.push(file.path);
  }
  return bad;
}

/** A file as it stands on the disk. */
export const writtenFile = async (folder: string, path: string): Promise<WrittenFile> => ({
  path,
  bytes: statSync(join(folder, path)).size,
  sha256: await hashFile(join(folder, path)),
});

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
