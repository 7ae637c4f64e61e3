import { workspace } from '../../core/workspace.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { load } from '../../ingest/load.ts';
import { executePlan } from '../../runner/execute.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { type Plan, planRun } from '../../runner/plan.ts';
import type { RunRecord } from '../../runner/record.ts';
import { EVERYTHING, type Selection } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { effects } from '../ingest/harness.ts';
import type { Project } from '../support/project.ts';

/** Loads what lies on disk, and forgets what no longer does; throws when a file cannot be loaded. */
export async function loadFiles({ dir }: Project, dataset: string, warehouse: Warehouse): Promise<void> {
  const space = workspace(dir, { dataset });
  const { problems } = await load(
    { workspace: space, dataset: loadDataset(space.datasetDir, dir), warehouse, prune: true },
    effects(),
  );
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}

export const planOf = async (
  graph: CompiledGraph,
  warehouse: Warehouse,
  selection: Partial<Selection> = {},
): Promise<Plan> => planRun(graph, { ...EVERYTHING, ...selection }, await readState(warehouse, graph), warehouse);

export const execute = (plan: Plan, warehouse: Warehouse): Promise<RunRecord> =>
  executePlan(plan, warehouse, { concurrency: 1 }, effects());

/** What did not end well, in words. A source may be stale: that is a warning. */
export const failures = ({ actions }: RunRecord): string[] =>
  actions
    .filter(({ status }) => !['SUCCESSFUL', 'DISABLED', 'WARNED'].includes(status))
    .map(({ name, status, reason }) => `${name} ${status}: ${reason}`);
