import { join, relative } from 'node:path';
import { type Command, Option } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { writeFileAtomic, writeJson } from '../../core/files.ts';
import { count, percent, plural } from '../../core/format.ts';
import {
  CRITICALITIES,
  type Criticality,
  isAtLeast,
  type QualityReport,
  rejectedShare,
} from '../../core/quality-report.ts';
import { replaceFolder } from '../../core/staged-folder.ts';
import type { Workspace } from '../../core/workspace.ts';
import { reportQuality } from '../../monitor/quality/report.ts';
import { qualityDocument } from '../../site/quality-document.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { datasetOf } from '../dataset.ts';
import { projectFlags } from '../flags.ts';
import { judgedSources } from '../judged-sources.ts';
import { runStep } from '../step.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

export interface QualityFlags extends WarehouseFlags {
  readonly batch?: string;
  readonly failOn?: Criticality;
}

export interface WrittenQuality {
  readonly report: QualityReport;
  /** The page of the report. */
  readonly index: string;
}

export function registerQuality(program: Command, context: Context): void {
  warehouseFlags(
    projectFlags(
      program.command('quality').description('Report what the last load brought, as the contracts judge it.'),
    ),
  )
    .option('--batch <id>', 'a batch of ops.load_batches (default: the last one that brought rows)')
    .addOption(
      new Option('--fail-on <level>', 'end with exit code 1 when the criticality is at least this').choices(
        CRITICALITIES.filter((level) => level !== 'none'),
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  tidemark quality
  tidemark quality --fail-on high
  tidemark quality --batch 20260301T101500Z-0007 --json

Written to reports/quality/<data set>/<batch>/: index.html, and quality_report.json, which docs/json.md describes.`,
    )
    .action(async (flags: QualityFlags) => {
      const place = projectWorkspace(context, flags);
      const { report, index } = await qualityStep(context, place, warehouseOf(context, flags, place), flags);
      giveResult(context, report);
      const page = relative(context.cwd, index);
      context.console.line(page);
      if (flags.failOn && isAtLeast(report.criticality, flags.failOn)) throw tooLow(report, flags.failOn, page);
    });
}

/** Counts the verdicts, writes the report of a batch, and tells who asked to be told. */
export function qualityStep(
  context: Context,
  workspace: Workspace,
  where: WarehouseOptions,
  { batch }: Pick<QualityFlags, 'batch'> = {},
): Promise<WrittenQuality> {
  return runStep(context, 'quality', async () => {
    const sources = judgedSources(await datasetOf(workspace));
    const warehouse = await openWarehouse(where);
    try {
      const report = await reportQuality(
        { dataset: workspace.name, sources, warehouse, ...(batch === undefined ? {} : { batchId: batch }) },
        context.effects,
      );
      const folder = join(workspace.qualityDir, report.batchId);
      await replaceFolder(folder, (fresh) => {
        writeFileAtomic(join(fresh, 'index.html'), qualityDocument(report));
        writeJson(join(fresh, 'quality_report.json'), report);
      });
      if (batch === undefined) writeJson(join(workspace.qualityDir, 'quality_report.json'), report);
      return [{ report, index: join(folder, 'index.html') }, summary(report)];
    } finally {
      await warehouse.close();
    }
  });
}

function summary({ batchId, counts, criticality }: QualityReport): string {
  const { rows, rejected } = counts;
  const bad =
    rejected === 0
      ? 'nothing rejected'
      : `${count(rejected)} rejected (${percent(rejectedShare(counts))}), ${criticality}`;
  return `batch ${batchId}: ${plural(rows, 'row')}, ${bad}`;
}

function tooLow({ batchId, criticality, sources }: QualityReport, failOn: Criticality, page: string): TidemarkError {
  const bad = sources
    .filter((source) => isAtLeast(source.criticality, failOn))
    .map(({ source, counts }) => `${source} ${percent(rejectedShare(counts))}`);
  return new TidemarkError({
    code: 'QUALITY_TOO_LOW',
    message: `batch ${batchId} is of ${criticality} criticality, by its rejected records: ${bad.join(', ')}`,
    hint: `Read ${page}; \`tidemark rejects\` lists the rows with their reasons.`,
  });
}
