import { targetName } from '../warehouse/target.ts';
import type { RelationType, Warehouse } from '../warehouse/warehouse.ts';
import type { Dag } from './dag.ts';
import { fingerprintOf, isTable } from './fingerprint.ts';
import type { Action, CompiledGraph } from './graph.ts';
import { ABSENT, type Contents, readContents, readsOf, UNKNOWN, versionOf, wholeDag } from './inputs.ts';
import { type Memory, type Remembered, type RememberedContent, readMemory } from './memory.ts';
import { relationTypeOf } from './plan-tasks.ts';
import type { ActionResult } from './record.ts';
import { type Selection, select } from './select.ts';
import type { WarehouseState } from './state.ts';

/** All that decides whether an action has to run again. */
export interface Knowledge {
  /** Of the whole graph, as an action may read what was not selected. */
  readonly dag: Dag;
  readonly memory: Memory;
  readonly contents: Contents;
  readonly state: WarehouseState;
  readonly warehouse: Pick<Warehouse, 'statements' | 'capabilities'>;
  readonly fullRefresh: boolean;
}

/**
 * Reads all that has to be known for a selection.
 *
 * @param decides whether it decides what runs; otherwise it is only remembered for the next time, and must cost little.
 */
export async function readKnowledge(
  graph: CompiledGraph,
  selection: Selection,
  state: WarehouseState,
  warehouse: Warehouse,
  decides: boolean,
): Promise<Knowledge> {
  const dag = wholeDag(graph);
  const selected = select(graph, selection);
  return {
    dag,
    state,
    warehouse,
    fullRefresh: selection.fullRefresh,
    memory: await readMemory(warehouse),
    contents: await readContents(selected, dag, state, warehouse, !decides),
  };
}

/** Why an action runs, or the result of the earlier run that still holds. */
export type Verdict = { readonly run: string } | { readonly unchanged: ActionResult };

/**
 * Whether an action has to run again: not when it ended well before, says the same, stands where it was made, and nothing that it reads
 * has changed. Whatever cannot be known counts as changed.
 *
 * @param running what runs before it in the same plan.
 */
export function verdictOn(action: Action, running: ReadonlySet<string>, knowledge: Knowledge): Verdict {
  const name = targetName(action.target);
  const remembered = knowledge.memory.get(name);
  if (!remembered) return { run: 'was never run' };
  const { runId, status, content } = remembered;
  if (status !== 'SUCCESSFUL') return { run: `${ENDED[status]} in run ${runId}` };
  if (!content) return { run: `what run ${runId} was made from is not known` };
  const reason =
    ownReason(action, content, knowledge) ?? content.unsteady ?? inputReason(name, content, running, knowledge);
  if (reason !== undefined) return { run: reason };
  const { startedAt, ...result } = content.result;
  return { unchanged: { ...result, fileName: action.fileName, tasks: [], fromRun: runId } };
}

const ENDED: Readonly<Record<Exclude<Remembered['status'], 'SUCCESSFUL'>, string>> = {
  RUNNING: 'did not end',
  OVERLAPPED: 'was made by two runs at once, the last of them',
  FAILED: 'failed',
  WARNED: 'found rows',
  SKIPPED: 'was skipped',
  CANCELLED: 'was cancelled',
  KILLED: 'was killed',
  DISABLED: 'was disabled',
};

/** What is different about the action itself. */
function ownReason(
  action: Action,
  { fingerprint, relationId }: RememberedContent,
  { state, warehouse, fullRefresh }: Knowledge,
): string | undefined {
  if (fullRefresh && action.kind === 'incremental' && !action.incremental?.protected)
    return 'a full refresh was asked for';
  const now = fingerprintOf(action, warehouse);
  if (now.sql !== fingerprint.sql) return 'the SQL changed';
  if (now.rest !== fingerprint.rest) return 'its configuration changed';
  const there = state[targetName(action.target)];
  const type = madeAs(action, warehouse);
  if (type === undefined)
    return action.kind === 'operations' && action.hasOutput && !there ? 'the output is gone' : undefined;
  if (!there) return `the ${type} is gone`;
  if (there.type !== type) return `a ${there.type} stands in its place`;
  if (relationId !== undefined && there.id !== undefined && relationId !== there.id)
    return `something else put another ${type} in its place`;
  return undefined;
}

/** What is to stand under the name; operations may make anything or nothing. */
function madeAs(action: Action, warehouse: Knowledge['warehouse']): RelationType | undefined {
  if (action.kind === 'assertion') return 'view';
  return isTable(action) ? relationTypeOf(action, warehouse) : undefined;
}

/** What is different about what it reads. */
function inputReason(
  name: string,
  { inputs }: RememberedContent,
  running: ReadonlySet<string>,
  { dag, memory, state, contents }: Knowledge,
): string | undefined {
  const reads = readsOf(name, dag);
  const runs = reads.find((read) => running.has(read));
  if (runs) return `${runs} runs`;
  for (const read of reads) {
    const before = inputs[read];
    const now = versionOf(dag.actions.get(read)!, memory, state, contents);
    if (now === UNKNOWN) return `whether ${read} has changed cannot be known`;
    if (before === UNKNOWN) return `what ${read} held in the last run is not known`;
    if (before !== now) return difference(read, before, now, contents.has(read));
  }
  return undefined;
}

function difference(read: string, before: string | undefined, now: string, isSource: boolean): string {
  if (now === ABSENT) return `${read} is gone`;
  if (!isSource) return `${read} was made anew in run ${now}`;
  const [rows, rowsBefore] = [now, before].map((version) => Number(version?.split(' ')[0]));
  if (Number.isNaN(rowsBefore)) return `${read} is new`;
  return `${read} has ${rows! > rowsBefore! ? 'new' : rows! < rowsBefore! ? 'fewer' : 'other'} rows`;
}
