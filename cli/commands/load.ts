import { type Command, Option } from 'commander';
import type { Step } from '../../core/console.ts';
import { TidemarkError } from '../../core/errors.ts';
import type { Workspace } from '../../core/workspace.ts';
import { type LoadOptions, load } from '../../ingest/load.ts';
import { describeLoad, type LoadProgress, type LoadReport } from '../../ingest/report.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import type { Engine } from '../../warehouse/warehouse.ts';
import { bigqueryOptions, credentialsFlag, refuseCredentials } from '../bigquery-access.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { datasetOf } from '../dataset.ts';
import { projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';
import { NOT_BIGQUERY, refuseFlags, type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';
import { watchLoads } from '../watch-loads.ts';

interface LoadFlags extends WarehouseFlags {
  readonly prune?: boolean;
  readonly new?: boolean;
  readonly watch?: boolean;
}

type AnyLoadFlags = Omit<LoadFlags, 'warehouse'> & { readonly warehouse?: Engine; readonly credentials?: string };

export function registerLoad(program: Command, context: Context): void {
  credentialsFlag(
    warehouseFlags(
      projectFlags(program.command('load').description('Load raw files into bronze; loading them again adds nothing.')),
      'bigquery',
    ),
  )
    .option('--prune', 'also remove the rows of files that are gone')
    .option('--new', 'do not look into files whose path, size and time are those of the load before')
    .addOption(
      new Option('--watch', 'go on and load what appears, as with --new, until Ctrl-C').conflicts(['prune', 'new']),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark load\n  tidemark load --dataset oulad --json\n  tidemark load --new\n  tidemark load --watch\n  tidemark load --warehouse bigquery\n\nBigQuery gets the rows by load jobs (docs/bigquery.md).',
    )
    .action(async ({ warehouse, credentials, ...others }: AnyLoadFlags) => {
      const place = projectWorkspace(context, others);
      if (warehouse === 'bigquery') return loadBigquery(context, place, { ...others, credentials });
      refuseCredentials(credentials);
      const flags: LoadFlags = { ...others, ...(warehouse === undefined ? {} : { warehouse }) };
      const where = warehouseOf(context, flags, place);
      if (flags.watch) return watchLoads(context, place, where);
      const options = { prune: flags.prune ?? false, onlyNew: flags.new ?? false };
      giveResult(context, await loadStep(context, place, where, options));
    });
}

async function loadBigquery(
  context: Context,
  place: Workspace,
  { credentials, ...flags }: Omit<LoadFlags, 'warehouse'> & { readonly credentials: string | undefined },
): Promise<void> {
  refuseFlags(flags, NOT_BIGQUERY, 'this is BigQuery');
  if (flags.watch) throw new TidemarkError({ code: 'USAGE', message: '--watch is no flag of a load into BigQuery' });
  const report = await runStep(context, 'load', async (step) => {
    const dataset = await datasetOf(place);
    const { bigqueryService } = await import('../../warehouse/bigquery/service.ts');
    const { loadIntoBigquery } = await import('../../ingest/bigquery-load.ts');
    const service = bigqueryService(bigqueryOptions(context, place, credentials));
    const options = { workspace: place, dataset, service, prune: flags.prune ?? false, onlyNew: flags.new ?? false };
    const report = await loadIntoBigquery(options, context.effects, showIn(step));
    return [report, describeLoad(report), report.problems.length > 0];
  });
  giveResult(context, told(context, report));
}

/**
 * Loads all sources. Files that cannot be loaded do not stop the others; they are reported at the end and fail the step.
 */
export async function loadStep(
  context: Context,
  workspace: Workspace,
  where: WarehouseOptions,
  options: Pick<LoadOptions, 'prune' | 'onlyNew'>,
): Promise<LoadReport> {
  return told(context, await loadOnce(context, workspace, where, options));
}

function told(context: Context, report: LoadReport): LoadReport {
  for (const warning of report.warnings) context.console.warn(warning);
  if (report.problems.length > 0) throw new TidemarkError(report.problems);
  return report;
}

/** The same, where problems are for the caller to tell. The warehouse is open for that long and no longer. */
export const loadOnce = (
  context: Context,
  workspace: Workspace,
  where: WarehouseOptions,
  options: Pick<LoadOptions, 'prune' | 'onlyNew' | 'isWhole'>,
): Promise<LoadReport> =>
  runStep(context, 'load', async (step) => {
    const dataset = await datasetOf(workspace);
    const warehouse = await openWarehouse(withLimit(where));
    try {
      const report = await load({ workspace, dataset, warehouse, ...options }, context.effects, showIn(step));
      return [report, describeLoad(report), report.problems.length > 0];
    } finally {
      await warehouse.close();
    }
  });

const showIn =
  (step: Step) =>
  ({ source, bytesDone, bytesTotal }: LoadProgress): void =>
    step.update(source, { done: bytesDone, total: bytesTotal });

/** A load goes through its files in stretches and needs no more, however large they are. */
const withLimit = (where: WarehouseOptions): WarehouseOptions =>
  where.engine === 'duckdb' ? { memoryLimit: '400MB', ...where } : where;
