import { join, relative } from 'node:path';
import { type Command, Option } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { resolveInside, writeJson } from '../../core/files.ts';
import { plural } from '../../core/format.ts';
import { replaceFolder } from '../../core/staged-folder.ts';
import type { Workspace } from '../../core/workspace.ts';
import { carryOver, formerManifest, MANIFEST, MANIFEST_VERSION, type Manifest } from '../../runner/export-manifest.ts';
import { type ExportFormat, exportTables } from '../../runner/export-tables.ts';
import { exportable } from '../../runner/exportable.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { latestRun } from '../../runner/history.ts';
import { earlierResults } from '../../runner/latest-results.ts';
import type { Engine } from '../../warehouse/warehouse.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { openForReading } from '../open-for-reading.ts';
import { runStep } from '../step.ts';
import { type CompileFlags, compileFlags, compileStep } from './compile.ts';

const FORMATS: Readonly<Record<string, readonly ExportFormat[]>> = {
  csv: ['csv'],
  parquet: ['parquet'],
  both: ['csv', 'parquet'],
};

interface ExportFlags extends CompileFlags {
  readonly format: keyof typeof FORMATS;
  readonly out?: string;
}

export function registerExport(program: Command, context: Context): void {
  compileFlags(
    program
      .command('export')
      .description('Write marts to CSV and Parquet files, with a manifest.')
      .argument('[marts...]', 'names with or without mart_ (default: all that are not disabled)'),
  )
    .addOption(new Option('--format <format>', 'of the files').choices(Object.keys(FORMATS)).default('both'))
    .option('--out <folder>', 'a folder of the project (default: reports/exports/<data set>)')
    .addHelpText(
      'after',
      `
Examples:
  tidemark export
  tidemark export daily_kpis customer_health --format csv
  tidemark export --scenario marketplace --format parquet --out shared/marketplace
  tidemark export --warehouse postgres --json

Written are <mart>.csv, <mart>.parquet and manifest.json, which names rows, columns with their types, bytes, SHA-256 and the run that
made the table. The same rows give the same bytes, from either engine. Marts that are named take the place of their files; those of
others stay. When an export fails, the folder is as it was.`,
    )
    .action((marts: string[], flags: ExportFlags) => exportMarts(context, marts, flags));
}

async function exportMarts(context: Context, names: readonly string[], flags: ExportFlags): Promise<void> {
  const place = projectWorkspace(context, flags);
  const folder = exportFolder(place, flags.out);
  const former = formerManifest(folder, flags.out ?? relative(context.cwd, folder));
  const graph = await compileStep(context, flags);
  const manifest = await runStep(context, 'export', async (step) => {
    const warehouse = await openForReading(context, flags, place);
    try {
      const { engine } = warehouse;
      const tables = await exportable(graph, names, warehouse);
      const runs = runsOf(place, graph, engine);
      const manifest = await replaceFolder(folder, async (fresh): Promise<Manifest> => {
        const target = { folder: fresh, formats: FORMATS[flags.format]! };
        const written = await exportTables(tables, target, warehouse, context.effects, (name, done) =>
          step.update(name, { done, total: tables.length }),
        );
        const others = former?.marts.filter(
          ({ name }) => names.length > 0 && !written.some((mart) => mart.name === name),
        );
        const marts = [
          ...written.map((mart) => ({ ...mart, runId: runs.get(mart.table) ?? null })),
          ...carryOver(others ?? [], folder, fresh),
        ].sort((a, b) => (a.name < b.name ? -1 : 1));
        const manifest = { version: MANIFEST_VERSION, dataset: place.name, engine, marts } as const;
        writeJson(join(fresh, MANIFEST), manifest);
        return manifest;
      });
      const rows = manifest.marts
        .filter(({ name }) => tables.some((table) => table.name === name))
        .reduce((sum, mart) => sum + mart.rows, 0);
      return [manifest, `${plural(tables.length, 'mart')}, ${plural(rows, 'row')} to ${relative(context.cwd, folder)}`];
    } finally {
      await warehouse.close();
    }
  });
  giveResult(context, manifest);
}

function exportFolder(place: Workspace, out: string | undefined): string {
  if (out === undefined) return place.exportsDir;
  const folder = resolveInside(place.projectDir, out);
  if (folder !== place.projectDir) return folder;
  throw new TidemarkError({
    code: 'USAGE',
    message: `--out ${out} is the project itself, and an export replaces the folder`,
    hint: 'Name a folder in it.',
  });
}

/** By the table: the last run on this engine that made it. */
function runsOf({ runsDir }: Workspace, graph: CompiledGraph, engine: Engine): Map<string, string> {
  const latest = latestRun(runsDir);
  if (!latest) return new Map();
  const { record } = latest;
  const actions = record.engine === engine ? record.actions : [];
  const own = actions.map((action) => ({ ...action, fromRun: action.fromRun ?? record.runId }));
  const earlier = earlierResults(runsDir, { ...latest, graph, record: { ...record, engine, actions } });
  const made = [...own, ...earlier].filter(({ status }) => status === 'SUCCESSFUL');
  return new Map(made.map(({ name, fromRun }) => [name, fromRun!]));
}
