import type { Effects } from '../core/effects.ts';
import { asTidemarkError, TidemarkError } from '../core/errors.ts';
import { type Target, targetName } from '../warehouse/target.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type ExecuteOptions, executePlan, type RunEvent } from './execute.ts';
import type { CompiledGraph } from './graph.ts';
import { runId, type SavedRun } from './history.ts';
import { startRun } from './journal.ts';
import type { Plan } from './plan.ts';
import { RUN_RECORD_VERSION, type RunRecord } from './record.ts';
import { withTakenOver } from './resume.ts';

export interface RecordedRun {
  /** Where runs are kept: `reports/runs/<data set>`. */
  readonly runsDir: string;
  readonly graph: CompiledGraph;
  readonly plan: Plan;
  /** The run that this one goes on with. */
  readonly before?: SavedRun | undefined;
}

/**
 * Runs a plan and leaves word of it whatever happens: a journal while it goes on, and the record when it has ended, also when it failed as a
 * whole. Returns the record, with the results that were taken over from the run before.
 *
 * @throws {TidemarkError} of {@link executePlan}, after it has been written down; DISK when the run's folder cannot be written.
 */
export async function runRecorded(
  { runsDir, graph, plan, before }: RecordedRun,
  warehouse: Warehouse,
  options: ExecuteOptions,
  effects: Effects,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<RunRecord> {
  const { clock } = effects;
  const start = {
    runId: runId(clock),
    startedAt: clock.now().toISOString(),
    engine: plan.engine,
    engineVersion: warehouse.version,
    ...(before ? { resumedFrom: before.record.runId } : {}),
  };
  const journal = startRun(runsDir, start, graph, plan, clock);
  const end = (record: RunRecord): RunRecord => {
    const whole = before ? withTakenOver(record, before) : record;
    journal.end(whole);
    return whole;
  };
  let record: RunRecord;
  try {
    const missing = await warehouse.missingRights(writesOf(plan, graph));
    if (missing.length > 0) throw new TidemarkError(missing);
    record = await executePlan(plan, warehouse, { ...options, runId: start.runId }, effects, (event) => {
      journal.note(event);
      onEvent(event);
    });
  } catch (error) {
    const finished = clock.now();
    end({
      version: RUN_RECORD_VERSION,
      ...start,
      status: 'FAILED',
      reason: asTidemarkError(error)
        .problems.map(({ message }) => message)
        .join('\n'),
      finishedAt: finished.toISOString(),
      milliseconds: finished.getTime() - new Date(start.startedAt).getTime(),
      graphHash: plan.graphHash,
      selection: plan.selection,
      actions: plan.actions.map(({ name, kind, fileName }) => ({
        name,
        kind,
        fileName,
        status: 'CANCELLED',
        reason: 'the run failed before it',
        milliseconds: 0,
        tasks: [],
      })),
    });
    throw error;
  }
  return end(record);
}

/** The relations that a plan makes itself; what operations touch nobody knows. */
function writesOf(plan: Plan, graph: CompiledGraph): Target[] {
  const made = new Set(
    plan.actions
      .filter(({ disposition, kind }) => disposition === 'run' && kind !== 'operations')
      .map(({ name }) => name),
  );
  return graph.actions.map(({ target }) => target).filter((target) => made.has(targetName(target)));
}
