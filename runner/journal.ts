import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/effects.ts';
import { writeFileAtomic, writeJson } from '../core/files.ts';
import { isAlive, type ProcessIdentity, processLives, thisProcess } from '../core/process.ts';
import { stage } from '../core/staged-folder.ts';
import type { Engine } from '../warehouse/warehouse.ts';
import type { RunEvent } from './execute.ts';
import type { CompiledGraph } from './graph.ts';
import type { Plan } from './plan.ts';
import type { ActionResult, RunRecord } from './record.ts';

/** The first line of a journal: which run this is, and who runs it. */
export interface RunStart {
  readonly runId: string;
  readonly startedAt: string;
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly resumedFrom?: string;
}

type Line =
  | ({ readonly type: 'run'; readonly process: ProcessIdentity } & RunStart)
  /** `at` in milliseconds since the start of the run. */
  | { readonly type: 'started'; readonly name: string; readonly at: number }
  | { readonly type: 'ended'; readonly result: ActionResult };

/** What a journal says of a run that has no record yet. */
export interface OpenRun {
  readonly start: RunStart;
  readonly process: ProcessIdentity;
  /** Whether its process goes on. */
  readonly alive: boolean;
  /** When it last gave a sign of life. */
  readonly lastSign: Date;
  /** When each action was begun, in milliseconds since the start of the run, and what came of those that ended. */
  readonly begun: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, ActionResult>;
}

/** Written while a run goes on, so that a run which is killed leaves word of what it did. */
export interface Journal {
  readonly folder: string;
  note(event: RunEvent): void;
  /** Writes the record, names it the latest run and ends the journal. */
  end(record: RunRecord): void;
}

const FILE = 'journal.jsonl';
/** A run gives a sign of life this often, for readers that cannot see its process, and counts as dead to them after so many misses. */
const BEAT_MS = 10_000;
const MISSED_BEATS = 6;

/** Makes the folder of a run, whole from the first moment: `graph.json`, `plan.json` and a journal. */
export function startRun(runsDir: string, start: RunStart, graph: CompiledGraph, plan: Plan, clock: Clock): Journal {
  sweep(runsDir);
  const folder = join(runsDir, start.runId);
  const file = join(folder, FILE);
  const staged = stage(folder);
  try {
    writeJson(join(staged.folder, 'graph.json'), graph);
    writeJson(join(staged.folder, 'plan.json'), plan);
    writeFileAtomic(join(staged.folder, FILE), lineOf({ type: 'run', ...start, process: thisProcess() }));
    staged.swap();
  } finally {
    staged.discard();
  }
  const began = clock.monotonic();
  // A full disk must not fail the run here; when the record cannot be written either, that is said at the end.
  const quietly = (work: () => void) => {
    try {
      work();
    } catch {}
  };
  const beat = setInterval(() => quietly(() => utimesSync(file, systemClock.now(), systemClock.now())), BEAT_MS);
  beat.unref();
  return {
    folder,
    note(event) {
      const line: Line =
        event.type === 'started'
          ? { type: 'started', name: event.name, at: Math.round(clock.monotonic() - began) }
          : { type: 'ended', result: event.result };
      quietly(() => appendFileSync(file, lineOf(line)));
    },
    end(record) {
      clearInterval(beat);
      endRun(runsDir, record);
    },
  };
}

const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`;

/** Writes `record.json` of a run, and `latest.json` unless a later run has ended already; the journal goes. */
export function endRun(runsDir: string, record: RunRecord, latest?: string): void {
  const folder = join(runsDir, record.runId);
  writeJson(join(folder, 'record.json'), record);
  if (latest === undefined || record.runId > latest) writeJson(join(runsDir, 'latest.json'), { runId: record.runId });
  rmSync(join(folder, FILE), { force: true });
}

/** The ids of runs that have no record yet, the oldest first. */
export function openRuns(runsDir: string): string[] {
  if (!existsSync(runsDir)) return [];
  return readdirSync(runsDir)
    .filter((name) => !name.startsWith('.') && existsSync(join(runsDir, name, FILE)))
    .sort();
}

/** Undefined when the folder has no journal. */
export function readJournal(folder: string): OpenRun | undefined {
  const file = join(folder, FILE);
  if (!existsSync(file)) return undefined;
  const lastSign = statSync(file).mtime;
  const lines = readFileSync(file, 'utf8').split('\n').flatMap(parse);
  const [first] = lines;
  if (first?.type !== 'run') return undefined;
  const { type: _, process, ...start } = first;
  // Files have the time of the machine, so it is asked here and not a clock of the caller's.
  const silent = systemClock.now().getTime() - lastSign.getTime();
  return {
    start,
    process,
    alive: isAlive(process) ?? silent < BEAT_MS * MISSED_BEATS,
    lastSign,
    begun: new Map(lines.flatMap((line) => (line.type === 'started' ? [[line.name, line.at]] : []))),
    ended: new Map(lines.flatMap((line) => (line.type === 'ended' ? [[line.result.name, line.result]] : []))),
  };
}

/** The last line can be a part: the process was killed while it wrote. */
function parse(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}

/** Removes what killed processes left half-written among the runs: `.<run id>.<pid>.new` and `<file>.<pid>.tmp`. */
export function sweep(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /\.(\d+)\.(?:new|tmp)$/.exec(name)?.[1];
    if (pid && !processLives(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
