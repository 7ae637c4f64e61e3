import { join, relative } from 'node:path';
import type { Command } from 'commander';
import type { Overrides } from '../../generators/scenario.ts';
import { type ReportFlags, reportFlags } from '../ci-reports.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';
import { docsStep } from './docs.ts';
import { generateStep, overrideFlags } from './generate.ts';
import { loadStep } from './load.ts';
import { qualityStep } from './quality.ts';
import { runModelsStep } from './run.ts';
import { scoreStep } from './score.ts';
import { trainStep } from './train.ts';

type PipelineFlags = WarehouseFlags & ReportFlags & Overrides;

export function registerPipeline(program: Command, context: Context): void {
  reportFlags(
    overrideFlags(
      warehouseFlags(
        projectFlags(
          program.command('pipeline').description('Everything: generate, load, run, quality, train, score, docs.'),
        ),
      ),
    ),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark pipeline\n  tidemark pipeline --scenario janus\n  tidemark pipeline --dataset oulad',
    )
    .action((flags: PipelineFlags) => pipeline(context, flags));
}

/** Each step reads only what the step before it left in the warehouse and in `reports/`; the first failure ends the pipeline. */
async function pipeline(context: Context, flags: PipelineFlags): Promise<void> {
  const workspace = projectWorkspace(context, flags);
  const where = warehouseOf(context, flags, workspace);
  const synthetic = workspace.scenario !== undefined;
  if (synthetic) await generateStep(context, workspace, flags);
  // The generator owns its raw folder: what it no longer makes is no longer part of the world.
  const load = await loadStep(context, workspace, where, { prune: synthetic });
  const { record } = await runModelsStep(context, workspace, flags).catch(async (error: unknown) => {
    // Bad rows are what fails an assertion most often, so that the report is needed then; the first failure is the one to tell.
    if (!context.effects.signal.aborted) await qualityStep(context, workspace, where).catch(() => undefined);
    throw error;
  });
  const quality = await qualityStep(context, workspace, where);
  const training = await trainStep(context, workspace, where);
  const scores = await scoreStep(context, workspace, where);
  const site = await docsStep(context, workspace, where);

  const paths = {
    site: site.index,
    quality: quality.index,
    card: join(workspace.modelCardsDir, training.model, 'latest', 'card.html'),
    scores: scores.file,
  };
  context.console.line();
  context.console.line('Open:');
  for (const [what, path] of Object.entries(paths))
    context.console.line(`  ${what.padEnd(7)} ${relative(context.cwd, path)}`);
  giveResult(context, { load, run: record, quality: quality.report, training, scores, site, paths });
}
