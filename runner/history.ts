import { join } from 'node:path';
import type { Clock } from '../core/effects.ts';
import { readJson, resolveInside, sha256 } from '../core/files.ts';
import type { ProcessIdentity } from '../core/process.ts';
import type { CompiledGraph } from './graph.ts';
import { endRun, type OpenRun, openRuns, readJournal, sweep } from './journal.ts';
import type { Plan } from './plan.ts';
import { type ActionResult, RUN_RECORD_VERSION, type RunRecord } from './record.ts';
import { withTakenOver } from './resume.ts';

/** Everything about one run, as it lies in its folder. */
export interface SavedRun {
  readonly graph: CompiledGraph;
  readonly plan: Plan;
  /** Made from the journal when the run is RUNNING, or was KILLED and no later run has written it down. */
  readonly record: RunRecord;
}

/** `20260301T101500Z-0fa1b2`: sorts by time, for the end begins with the milliseconds in hexadecimal; the rest tells processes apart. */
export function runId(clock: Clock): string {
  const at = clock.now();
  const now = at.toISOString();
  const second = `${now.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const milliseconds = at.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${second}-${milliseconds}${sha256(`${now} ${clock.monotonic()} ${process.pid}`).slice(0, 3)}`;
}

/** The last run that ended, of itself or killed, or undefined when there is none. Runs that go on do not count. */
export function latestRun(runsDir: string): SavedRun | undefined {
  const id = latestId(runsDir);
  const later = openRuns(runsDir)
    .filter((open) => id === undefined || open > id)
    .reverse();
  for (const open of later) {
    const run = readRun(runsDir, open);
    if (run && run.record.status !== 'RUNNING') return run;
  }
  return id === undefined ? undefined : readRun(runsDir, id);
}

const latestId = (runsDir: string) => readJson<{ runId: string }>(join(runsDir, 'latest.json'))?.runId;

/** A run by its id, or undefined when its folder is gone or incomplete. */
export function readRun(runsDir: string, id: string): SavedRun | undefined {
  // The id may come from the command line.
  const folder = resolveInside(runsDir, id);
  const graph = readJson<CompiledGraph>(join(folder, 'graph.json'));
  const plan = readJson<Plan>(join(folder, 'plan.json'));
  if (!graph || !plan) return undefined;
  const journal = readJournal(folder);
  // Looked for after the journal: a run that ends between the two has a record then.
  const written = readJson<RunRecord>(join(folder, 'record.json'));
  if (written) return { graph, plan, record: written };
  if (!journal) return undefined;
  const record = recordOf(journal, plan);
  const before = record.resumedFrom === undefined ? undefined : readRun(runsDir, record.resumedFrom);
  return { graph, plan, record: before ? withTakenOver(record, before) : record };
}

/** A run that goes on in another process. */
export interface GoingOn {
  readonly runId: string;
  readonly startedAt: string;
  readonly process: ProcessIdentity;
}

/** The runs that go on in other processes, the oldest first. */
export function runsGoingOn(runsDir: string): GoingOn[] {
  return openRuns(runsDir).flatMap((id) => {
    const journal = readJournal(join(runsDir, id));
    return journal?.alive ? [{ runId: id, startedAt: journal.start.startedAt, process: journal.process }] : [];
  });
}

/** Writes the record of each run that was killed, with status KILLED, and returns these runs, the oldest first. */
export function settleKilledRuns(runsDir: string): SavedRun[] {
  return openRuns(runsDir).flatMap((id) => {
    const run = readRun(runsDir, id);
    if (!run || run.record.status === 'RUNNING') return [];
    sweep(join(runsDir, id));
    endRun(runsDir, run.record, latestId(runsDir));
    return run.record.status === 'KILLED' ? [run] : [];
  });
}

/** The record of a run that did not write one itself. */
function recordOf(journal: OpenRun, plan: Plan): RunRecord {
  return journal.alive
    ? unfinished(journal, plan, 'RUNNING', [...journal.ended.values()])
    : unfinished(
        journal,
        plan,
        'KILLED',
        plan.actions.map(({ name, kind, fileName }): ActionResult => {
          const ended = journal.ended.get(name);
          if (ended) return ended;
          const base = { name, kind, fileName, milliseconds: 0, tasks: [] };
          const startedAt = journal.begun.get(name);
          return startedAt === undefined
            ? { ...base, status: 'CANCELLED', reason: 'the run was killed before it' }
            : { ...base, status: 'KILLED', reason: 'it was running when the run was killed', startedAt };
        }),
      );
}

function unfinished(
  { start, lastSign }: OpenRun,
  { graphHash, selection }: Plan,
  status: 'RUNNING' | 'KILLED',
  actions: readonly ActionResult[],
): RunRecord {
  return {
    version: RUN_RECORD_VERSION,
    ...start,
    status,
    finishedAt: lastSign.toISOString(),
    milliseconds: Math.max(0, lastSign.getTime() - new Date(start.startedAt).getTime()),
    graphHash,
    selection,
    actions,
  };
}
