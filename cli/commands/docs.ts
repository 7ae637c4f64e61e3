import { join } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';
import { plural } from '../../core/format.ts';
import { QUALITY_REPORT_VERSION, type QualityReport } from '../../core/quality-report.ts';
import type { Workspace } from '../../core/workspace.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { latestRun } from '../../runner/history.ts';
import { earlierResults } from '../../runner/latest-results.ts';
import { type BuiltSite, buildSite } from '../../site/build.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import { targetName } from '../../warehouse/target.ts';
import type { Relation } from '../../warehouse/warehouse.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { runStep } from '../step.ts';
import { reportRunsGoingOn } from '../unended-runs.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

export function registerDocs(program: Command, context: Context): void {
  warehouseFlags(
    projectFlags(
      program.command('docs').description('Build the documentation site from the last runs and the model cards.'),
    ),
  )
    .addHelpText('after', '\nExamples:\n  tidemark docs\n  tidemark docs --dataset oulad')
    .action(async (flags: WarehouseFlags) => {
      const place = projectWorkspace(context, flags);
      giveResult(context, await docsStep(context, place, warehouseOf(context, flags, place)));
    });
}

export function docsStep(context: Context, workspace: Workspace, where: WarehouseOptions): Promise<BuiltSite> {
  reportRunsGoingOn(context, workspace);
  return runStep(context, 'docs', async () => {
    const run = latestRun(workspace.runsDir);
    if (!run)
      throw new TidemarkError({
        code: 'NOTHING_TO_DOCUMENT',
        message: `there is no run of ${workspace.name} in ${workspace.runsDir}`,
      });
    const { title, description, attribution } = loadDataset(workspace.datasetDir, workspace.projectDir);
    const relations = new Map<string, Relation>();
    const warehouse = await openWarehouse({ ...where, readOnly: true });
    try {
      for (const { target } of run.graph.actions) {
        const relation = await warehouse.describe(target);
        if (relation) relations.set(targetName(target), relation);
      }
    } finally {
      await warehouse.close();
    }
    const quality = readJson<QualityReport>(join(workspace.qualityDir, 'quality_report.json'));
    const site = await buildSite(
      {
        ...run,
        earlier: earlierResults(workspace.runsDir, run),
        workspace,
        modelCardsDir: workspace.modelCardsDir,
        title: workspace.scenario === undefined ? title : `${title}: ${workspace.scenario}`,
        summary: [description, attribution].filter(Boolean).join('\n\n'),
        relations,
        ...(quality?.version === QUALITY_REPORT_VERSION ? { quality } : {}),
      },
      context.effects,
    );
    return [site, `${plural(site.pages, 'page')}, ${(site.bytes / 1e6).toFixed(1)} MB`];
  });
}
