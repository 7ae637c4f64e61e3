import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../core/files.ts';
import { targetName } from '../warehouse/target.ts';
import type { SavedRun } from './history.ts';
import { type ActionResult, RUN_RECORD_VERSION, type RunRecord } from './record.ts';

const RUN_FOLDER = /^\d{8}T\d{6}Z-/;
/** A project of long standing has thousands of runs; what none of so many made is not worth the wait. */
const RUNS_READ = 100;

/**
 * The latest results of actions that a run did not have: each from the newest run on the same engine that has it, and marked with that
 * run. An action that no run had is left out.
 */
export function earlierResults(runsDir: string, { graph, record }: SavedRun): ActionResult[] {
  if (!existsSync(runsDir)) return [];
  const missing = new Set(
    graph.actions
      .filter(({ kind }) => kind !== 'declaration' && kind !== 'test')
      .map(({ target }) => targetName(target)),
  );
  for (const { name } of record.actions) missing.delete(name);
  const results: ActionResult[] = [];
  const runs = readdirSync(runsDir).filter((name) => RUN_FOLDER.test(name) && name < record.runId);
  for (const id of runs.sort().reverse().slice(0, RUNS_READ)) {
    if (missing.size === 0) break;
    const earlier = readJson<RunRecord>(join(runsDir, id, 'record.json'));
    if (earlier?.version !== RUN_RECORD_VERSION || earlier.engine !== record.engine) continue;
    for (const result of earlier.actions) {
      if (missing.delete(result.name)) results.push({ ...result, fromRun: result.fromRun ?? earlier.runId });
    }
  }
  return results;
}
