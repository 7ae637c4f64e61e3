import { join } from 'node:path';
import type { Clock } from '../core/effects.ts';
import { readJson, resolveInside, sha256, writeJson } from '../core/files.ts';
import type { CompiledGraph } from './graph.ts';
import type { Plan } from './plan.ts';
import type { RunRecord } from './record.ts';

/** Everything about one run, as it lies in its folder. */
export interface SavedRun {
  readonly graph: CompiledGraph;
  readonly plan: Plan;
  readonly record: RunRecord;
}

/** `20260301T101500Z-1a2b3c`: sorts by time; the end tells runs of one second apart. */
export function runId(clock: Clock): string {
  const now = clock.now().toISOString();
  const second = `${now.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `${second}-${sha256(`${now} ${clock.monotonic()} ${process.pid}`).slice(0, 6)}`;
}

/** Writes `<runsDir>/<run id>/{graph,plan,record}.json`, and then `<runsDir>/latest.json`, which names the run. Returns the run's folder. */
export function saveRun(runsDir: string, graph: CompiledGraph, plan: Plan, record: RunRecord): string {
  const folder = join(runsDir, record.runId);
  writeJson(join(folder, 'graph.json'), graph);
  writeJson(join(folder, 'plan.json'), plan);
  writeJson(join(folder, 'record.json'), record);
  writeJson(join(runsDir, 'latest.json'), { runId: record.runId });
  return folder;
}

/** The run that was saved last, or undefined when there is none. */
export function latestRun(runsDir: string): SavedRun | undefined {
  const id = readJson<{ runId: string }>(join(runsDir, 'latest.json'))?.runId;
  return id === undefined ? undefined : readRun(runsDir, id);
}

/** A run by its id, or undefined when its folder is gone or incomplete. */
export function readRun(runsDir: string, id: string): SavedRun | undefined {
  // The id may come from the command line.
  const folder = resolveInside(runsDir, id);
  const graph = readJson<CompiledGraph>(join(folder, 'graph.json'));
  const plan = readJson<Plan>(join(folder, 'plan.json'));
  const record = readJson<RunRecord>(join(folder, 'record.json'));
  return graph && plan && record ? { graph, plan, record } : undefined;
}
