import { join } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../core/errors.ts';
import type { Workspace } from '../core/workspace.ts';
import { loadDataset } from '../ingest/contract.ts';
import type { Gold } from '../ml/learning-rows.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import { latestRun } from '../runner/history.ts';
import type { BigqueryOptions } from '../warehouse/bigquery/service.ts';
import { openWarehouse, type WarehouseOptions } from '../warehouse/open.ts';
import type { Engine } from '../warehouse/warehouse.ts';
import { bigqueryOptions, credentialsFlag, refuseCredentials } from './bigquery-access.ts';
import type { Context } from './context.ts';
import { projectFlags } from './flags.ts';
import { NOT_BIGQUERY, refuseFlags, type WarehouseFlags, warehouseFlags, warehouseOf } from './warehouse.ts';

/** What training and scoring start from: the graph of the last run, the warehouse that it built, and the model's configuration. */
export interface LearningInput extends Gold {
  readonly graph: CompiledGraph;
  readonly workspace: Workspace;
  readonly configFile: string;
}

/** Where gold lies. */
export type LearningPlace = WarehouseOptions | ({ readonly engine: 'bigquery' } & BigqueryOptions);

export type AnyLearningFlags = Omit<WarehouseFlags, 'warehouse'> & {
  readonly warehouse?: Engine;
  readonly credentials?: string;
};

export const learningFlags = (command: Command): Command =>
  credentialsFlag(warehouseFlags(projectFlags(command), 'bigquery'));

/** @throws {TidemarkError} USAGE for flags of another engine. */
export function learningPlace(
  context: Context,
  { warehouse, credentials, ...flags }: AnyLearningFlags,
  place: Workspace,
): LearningPlace {
  if (warehouse === 'bigquery') {
    refuseFlags(flags, NOT_BIGQUERY, 'this is BigQuery');
    return { engine: 'bigquery', ...bigqueryOptions(context, place, credentials) };
  }
  refuseCredentials(credentials);
  return warehouseOf(context, { ...flags, ...(warehouse === undefined ? {} : { warehouse }) }, place);
}

/** Opens the warehouse for reading while `work` goes on. */
export async function withLearningInput<T>(
  workspace: Workspace,
  where: LearningPlace,
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
  const about = {
    graph: run.graph,
    workspace,
    configFile: join(workspace.projectDir, 'configs', 'ml', `${model}.yaml`),
  };
  if (where.engine === 'bigquery') {
    const { engine: _, ...options } = where;
    const service = (await import('../warehouse/bigquery/service.ts')).bigqueryService(options);
    return work({ ...about, connection: service, statements: service.statements, describe: service.describe });
  }
  const warehouse = await openWarehouse({ ...where, readOnly: true });
  try {
    const connection = await warehouse.connect();
    return await work({ ...about, connection, statements: warehouse.statements, describe: warehouse.describe });
  } finally {
    await warehouse.close();
  }
}
