import type { Command } from 'commander';
import { plural } from '../../core/format.ts';
import { workspace } from '../../core/workspace.ts';
import { type CompileOptions, compileProject } from '../../runner/compile.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { targetName } from '../../warehouse/target.ts';
import type { Engine } from '../../warehouse/warehouse.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { presentSources } from '../dataset.ts';
import { projectFlags, variables } from '../flags.ts';
import { runStep } from '../step.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

export interface CompileFlags extends WarehouseFlags {
  readonly vars?: Record<string, string>;
  readonly schemaSuffix?: string;
}

/** What a project can be compiled for, and run on. */
export const ENGINES: readonly Engine[] = ['duckdb', 'postgres', 'bigquery'];

export const compileFlags = (command: Command, engines?: readonly Engine[]): Command =>
  warehouseFlags(projectFlags(command), engines)
    .option('--vars <name=value,...>', 'variables that win over those of the project file; repeatable', variables)
    .option('--schema-suffix <suffix>', 'appended to every schema that the run writes');

export function registerCompile(program: Command, context: Context): void {
  compileFlags(program.command('compile').description('Compile the Dataform project and list its actions.'), ENGINES)
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark compile\n  tidemark compile --json > graph.json\n  tidemark compile --project-dir ../other\n\nThe JSON is described in docs/json.md.',
    )
    .action(async (flags: CompileFlags) => {
      const graph = await compileStep(context, flags);
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
  // BigQuery's own spelling is that of the compiler; there is nothing to open.
  const where = flags.warehouse === 'bigquery' ? { engine: flags.warehouse } : warehouseOf(context, flags, place);
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

export function compileStep(context: Context, flags: CompileFlags): Promise<CompiledGraph> {
  return runStep(context, 'compile', async () => {
    const graph = await compileProject({
      ...(await compileOptions(context, flags)),
      warn: (problem) => context.console.warn(problem),
      log: (line) => context.console.line(line),
    });
    const disabled = graph.actions.filter((action) => action.disabled).length;
    return [graph, `${plural(graph.actions.length, 'action')}${disabled > 0 ? `, ${disabled} disabled` : ''}`];
  });
}
