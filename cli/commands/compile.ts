import type { Command } from 'commander';
import { plural } from '../../core/format.ts';
import { workspace } from '../../core/workspace.ts';
import { type CompileOptions, compileProject } from '../../runner/compile.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { targetName } from '../../warehouse/target.ts';
import { type ReportFlags, type Reports, reportFlags, withReports } from '../ci-reports.ts';
import { type Context, giveResult, projectFolder, projectWorkspace } from '../context.ts';
import { presentSources } from '../dataset.ts';
import { projectFlags, variables } from '../flags.ts';
import { runStep } from '../step.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

export interface CompileFlags extends WarehouseFlags {
  readonly vars?: Record<string, string>;
  readonly schemaSuffix?: string;
}

export const compileFlags = (command: Command): Command =>
  warehouseFlags(projectFlags(command))
    .option('--vars <name=value,...>', 'variables that win over those of the project file; repeatable', variables)
    .option('--schema-suffix <suffix>', 'appended to every schema that the run writes');

export function registerCompile(program: Command, context: Context): void {
  reportFlags(
    compileFlags(program.command('compile').description('Compile the Dataform project and list its actions.')),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark compile\n  tidemark compile --json > graph.json\n  tidemark compile --junit reports/compile.xml\n  tidemark compile --project-dir ../other\n\nThe JSON is described in docs/json.md.',
    )
    .action(async (flags: CompileFlags & ReportFlags) => {
      const graph = await withReports(context, 'compile', projectWorkspace(context, flags), flags, (reports) =>
        compileStep(context, flags, reports),
      );
      if (context.json) return giveResult(context, graph);
      context.console.data(
        `${graph.actions.map((action) => `${action.kind.padEnd(12)} ${targetName(action.target)}${action.disabled ? ' (disabled)' : ''}\n`).join('')}`,
      );
    });
}

/** What the flags say about a compile. */
export async function compileOptions(context: Context, flags: CompileFlags): Promise<CompileOptions> {
  const projectDir = projectFolder(context, flags);
  const place = workspace(projectDir, flags);
  const where = warehouseOf(context, flags, place);
  const sources = await presentSources(place);
  return {
    projectDir,
    engine: where.engine,
    vars: { dataset: place.dataset, ...(sources ? { sources: sources.join('+') } : {}), ...flags.vars },
    attached: Object.keys(flags.attach ?? {}),
    ...(where.engine === 'postgres' && where.schemaPrefix ? { schemaPrefix: where.schemaPrefix } : {}),
    ...(flags.schemaSuffix === undefined ? {} : { schemaSuffix: flags.schemaSuffix }),
  };
}

export function compileStep(context: Context, flags: CompileFlags, reports?: Reports): Promise<CompiledGraph> {
  return runStep(context, 'compile', async () => {
    const graph = await compileProject({
      ...(await compileOptions(context, flags)),
      warn: (problem) => context.console.warn(problem),
      log: (line) => context.console.line(line),
    });
    reports?.compiled(graph);
    const disabled = graph.actions.filter((action) => action.disabled).length;
    return [graph, `${plural(graph.actions.length, 'action')}${disabled > 0 ? `, ${disabled} disabled` : ''}`];
  });
}
