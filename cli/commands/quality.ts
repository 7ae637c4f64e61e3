import { mkdirSync } from 'node:fs';
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
import type { Source } from '../../ingest/contract-types.ts';
import { loadMonitorConfig } from '../../monitor/config.ts';
import { writeGoodRows } from '../../monitor/quality/good-rows.ts';
import { reportQuality } from '../../monitor/quality/report.ts';
import { exportRejects } from '../../monitor/rejects/export.ts';
import { qualityDocument } from '../../site/quality-document.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { datasetOf } from '../dataset.ts';
import { projectFlags } from '../flags.ts';
import { judgedSources } from '../judged-sources.ts';
import { alertOfQuality } from '../quality-alert.ts';
import { runStep } from '../step.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';
import { exportedSource } from './rejects-export.ts';

export interface QualityFlags extends WarehouseFlags {
  readonly batch?: string;
  readonly failOn?: Criticality;
  readonly rows?: boolean;
  /** False with `--no-alert`. */
  readonly alert?: boolean;
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
    .option('--rows', 'also write the rows of the batch: good/<source>.csv and bad/ with the lines as they were')
    .option('--no-alert', 'do not tell the webhook of configs/monitor.yaml')
    .addHelpText(
      'after',
      `
Examples:
  tidemark quality
  tidemark quality --rows
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
  { batch, rows = false, alert = true }: Pick<QualityFlags, 'batch' | 'rows' | 'alert'> = {},
): Promise<WrittenQuality> {
  return runStep(context, 'quality', async () => {
    const monitor = loadMonitorConfig(workspace.projectDir);
    const dataset = await datasetOf(workspace);
    const sources = judgedSources(dataset);
    const warehouse = await openWarehouse(where);
    try {
      const report = await reportQuality(
        { dataset: workspace.name, sources, warehouse, ...(batch === undefined ? {} : { batchId: batch }) },
        context.effects,
      );
      const folder = join(workspace.qualityDir, report.batchId);
      await replaceFolder(folder, async (fresh) => {
        writeFileAtomic(join(fresh, 'index.html'), qualityDocument(report));
        writeJson(join(fresh, 'quality_report.json'), report);
        if (rows) await writeRows(fresh, report, dataset.sources, warehouse);
      });
      const index = join(folder, 'index.html');
      if (batch === undefined) {
        writeJson(join(workspace.qualityDir, 'quality_report.json'), report);
        if (alert) await alertOfQuality(context, monitor, workspace, report, index, warehouse);
      }
      return [{ report, index }, summary(report)];
    } finally {
      await warehouse.close();
    }
  });
}

/** The rows of the batch as files, so that who sent them can be shown what is wrong. */
async function writeRows(
  folder: string,
  { batchId, sources }: QualityReport,
  contracts: readonly Source[],
  { connect, statements }: Pick<Warehouse, 'connect' | 'statements'>,
): Promise<void> {
  const connection = await connect();
  try {
    const judged = contracts.filter(({ name }) =>
      sources.some(({ source, counts }) => source === name && counts.records > 0),
    );
    for (const name of ['good', 'bad']) mkdirSync(join(folder, name));
    for (const { name, columns } of judged) {
      const kept = columns.filter((column) => column.personal !== 'drop').map((column) => column.name);
      const rows = { source: name, columns: kept, batchId };
      await writeGoodRows(join(folder, 'good', `${name}.csv`), rows, connection, statements);
    }
    const bad = { folder: join(folder, 'bad'), format: 'csv' } as const;
    await exportRejects(judged.map(exportedSource), { batch: batchId }, bad, connection, statements);
  } finally {
    await connection.close();
  }
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
