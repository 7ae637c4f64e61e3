import { join } from 'node:path';
import type { WrittenFile } from '../day-files.ts';
import type { FileFormat } from '../formats.ts';
import type { Scenario } from '../scenario.ts';
import type { SourceFile } from '../source-files.ts';
import type { TruthPart } from '../truth.ts';
import type { Team } from './team.ts';
import type { Chunk } from './turns.ts';

/** What a worker is told. Several workers of one world share `claims`; exactly one of them makes the sources. */
export interface Job {
  readonly scenario: Scenario;
  /** Undefined while nobody knows: then the team finds it. */
  readonly usageScale?: number;
  readonly team: Team;
  readonly rawDir: string;
  /** Takes the truth, the parts of it each in a folder. Undefined when it is not asked for. */
  readonly truthDir?: string;
  readonly chunks: readonly Chunk[];
  readonly claims: Int32Array;
  /** Whether this worker writes the sources other than the events. */
  readonly makesSources: boolean;
  /** In which all sources are written; undefined for each in its own. */
  readonly format?: FileFormat;
  /** Day of the only file that is written of each source; undefined for all. */
  readonly only?: number;
}

/** What happened, as the one who makes the sources counts it. */
export interface LifeCounts {
  readonly users: number;
  readonly userDays: number;
  readonly events: number;
  readonly starts: number;
  readonly cancels: number;
  readonly activeOnLastDay: number;
}

/** What a worker has done. */
export interface Done {
  readonly usageScale: number;
  readonly files: readonly Omit<SourceFile, 'faults'>[];
  /** Injected faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly life?: LifeCounts;
  /** Tables of the truth that belong to a source. */
  readonly tables: readonly WrittenFile[];
}

/** Says that a day of event files, or of all other files, is written, and how many rows that were. */
export interface DayDone {
  readonly of: 'events' | 'sources';
  readonly rows: number;
}

/** Where the parts of the truth lie until they are joined, in the folder of the truth. */
export const PARTS = 'parts';

/** Folder of the part of a chunk, or of the sources. */
export const partFolder = (truthDir: string, part: number | 'sources'): string => join(truthDir, PARTS, String(part));

/** Collects the files of a worker. */
export interface Collected {
  readonly files: Omit<SourceFile, 'faults'>[];
  readonly faults: Record<string, number>;
  /** Returns the rows of the file. */
  add(file: SourceFile, part: TruthPart | undefined): number;
}

export function collect(): Collected {
  const collected: Collected = {
    files: [],
    faults: {},
    add({ faults, ...file }, part) {
      part?.faults({ ...file, faults });
      for (const { kind } of faults) collected.faults[kind] = (collected.faults[kind] ?? 0) + 1;
      collected.files.push(file);
      return file.rows;
    },
  };
  return collected;
}
