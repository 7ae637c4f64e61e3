import { join } from 'node:path';
import { TidemarkError } from '../core/errors.ts';
import type { Workspace } from '../core/workspace.ts';
import { loadDataset } from '../ingest/contract.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import { latestRun } from '../runner/history.ts';
import { openWarehouse, type WarehouseOptions } from '../warehouse/open.ts';
import type { Statements } from '../warehouse/statements.ts';
import type { Connection } from '../warehouse/warehouse.ts';

/** What training and scoring start from: the graph of the last run, the warehouse that it built, and the model's configuration. */
export interface LearningInput {
  readonly graph: CompiledGraph;
  readonly connection: Connection;
  readonly statements: Statements;
  readonly workspace: Workspace;
  readonly configFile: string;
}

/** Opens the warehouse for reading while `work` goes on. */
export async function withLearningInput<T>(
  workspace: Workspace,
  where: WarehouseOptions,
  work: (input: LearningInput) => Promise<T>,
): Promise<T> {
  const { model } = loadDataset(workspace.datasetDir, workspace.projectDir);
  const run = latestRun(workspace.runsDir);
  if (!run) {
    throw new TidemarkError({
      code: 'MODEL_NOT_FOUND',
      message: `the models of ${workspace.name} have not been run yet`,
    });
  }
  const warehouse = await openWarehouse({ ...where, readOnly: true });
  try {
    return await work({
      graph: run.graph,
      connection: await warehouse.connect(),
      statements: warehouse.statements,
      workspace,
      configFile: join(workspace.projectDir, 'configs', 'ml', `${model}.yaml`),
    });
  } finally {
    await warehouse.close();
  }
}
