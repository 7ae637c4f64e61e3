import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { type CompileOptions, compileProject } from '../../runner/compile.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { targetName } from '../../warehouse/target.ts';
import type { Engine } from '../../warehouse/warehouse.ts';
import { type ReportFlags, type Reports, reportFlags, withReports } from '../ci-reports.ts';
import { type Context, giveResult, projectFolder, projectWorkspace } from '../context.ts';
import { presentSources } from '../dataset.ts';
import { projectFlags, variables } from '../flags.ts';
import { runStep } from '../step.ts';
import { NOT_BIGQUERY, refuseFlags, type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

export interface CompileFlags extends WarehouseFlags {
  readonly vars?: Record<string, string>;
  readonly schemaSuffix?: string;
}

export const compileFlags = (command: Command, ...engines: readonly Engine[]): Command =>
  warehouseFlags(projectFlags(command), ...engines)
    .option('--vars <name=value,...>', 'variables that win over those of the project file; repeatable', variables)
    .option('--schema-suffix <suffix>', 'appended to every schema that the run writes');

export function registerCompile(program: Command, context: Context): void {
  reportFlags(
    compileFlags(
      program.command('compile').description('Compile the Dataform project and list its actions.'),
      'bigquery',
    ),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark compile\n  tidemark compile --json > graph.json\n  tidemark compile --junit reports/compile.xml\n  tidemark compile --warehouse bigquery\n  tidemark compile --project-dir ../other\n\nFor bigquery each statement is looked at for what GoogleSQL does not have (docs/bigquery.md).\nThe JSON is described in docs/json.md.',
    )
    .action(
      async ({
        warehouse,
        ...flags
      }: Omit<CompileFlags, 'warehouse'> & ReportFlags & { readonly warehouse?: Engine }) => {
        const graph = await withReports(context, 'compile', projectWorkspace(context, flags), flags, (reports) =>
          warehouse === 'bigquery'
            ? googleSqlStep(context, flags, reports)
            : compileStep(context, { ...flags, ...(warehouse === undefined ? {} : { warehouse }) }, reports),
        );
        if (context.json) return giveResult(context, graph);
        context.console.data(
          `${graph.actions.map((action) => `${action.kind.padEnd(12)} ${targetName(action.target)}${action.disabled ? ' (disabled)' : ''}\n`).join('')}`,
        );
      },
    );
}

/** What the flags say about a compile. */
export async function compileOptions(context: Context, flags: CompileFlags): Promise<CompileOptions> {
  const place = workspace(projectFolder(context, flags), flags);
  const where = warehouseOf(context, flags, place);
  return {
    ...(await projectOptions(place, flags)),
    engine: where.engine,
    attached: Object.keys(flags.attach ?? {}),
    ...(where.engine === 'postgres' && where.schemaPrefix ? { schemaPrefix: where.schemaPrefix } : {}),
  };
}

/** What is the same for all engines. */
export async function projectOptions(
  place: Workspace,
  { vars, schemaSuffix }: Pick<CompileFlags, 'vars' | 'schemaSuffix'>,
): Promise<Omit<CompileOptions, 'engine'>> {
  const sources = await presentSources(place);
  return {
    projectDir: place.projectDir,
    vars: { dataset: place.dataset, ...(sources ? { sources: sources.join('+') } : {}), ...vars },
    ...(schemaSuffix === undefined ? {} : { schemaSuffix }),
  };
}

export function compileStep(context: Context, flags: CompileFlags, reports?: Reports): Promise<CompiledGraph> {
  return runStep(context, 'compile', async () => {
    const graph = await compileProject({ ...(await compileOptions(context, flags)), ...told(context) });
    reports?.compiled(graph);
    return [graph, summary(graph)];
  });
}

/** Compiles for BigQuery, which takes no connection, and throws what BigQuery would refuse. */
export function googleSqlStep(
  context: Context,
  flags: Omit<CompileFlags, 'warehouse'>,
  reports: Reports,
): Promise<CompiledGraph> {
  refuseFlags(flags, NOT_BIGQUERY, 'this is BigQuery');
  return runStep(context, 'compile', async () => {
    const place = workspace(projectFolder(context, flags), flags);
    const graph = await compileProject({
      ...(await projectOptions(place, flags)),
      engine: 'bigquery',
      ...told(context),
    });
    reports.compiled(graph);
    const { googleSqlProblems } = await import('../../runner/google-sql.ts');
    const { refused, differs } = googleSqlProblems(graph, place.projectDir);
    for (const problem of differs) context.console.warn(problem);
    if (refused.length > 0) throw new TidemarkError(refused);
    return [graph, `${summary(graph)}, GoogleSQL`];
  });
}

const told = ({ console }: Context): Pick<CompileOptions, 'warn' | 'log'> => ({
  warn: (problem) => console.warn(problem),
  log: (line) => console.line(line),
});

function summary({ actions }: CompiledGraph): string {
  const disabled = actions.filter((action) => action.disabled).length;
  return `${plural(actions.length, 'action')}${disabled > 0 ? `, ${disabled} disabled` : ''}`;
}
