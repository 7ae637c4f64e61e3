import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { workspace } from '../../core/workspace.ts';
import { DEFAULT_CONCURRENCY } from '../../runner/execute.ts';
import { findProjectFile } from '../../runner/project-file.ts';
import { type Access, grantAccess } from '../../server/gateway/credentials.ts';
import { openGateway } from '../../server/gateway/gateway.ts';
import type { Dialect } from '../../server/gateway/tokens.ts';
import { openWarehouse, type WarehouseOptions } from '../../warehouse/open.ts';
import { compiledSpelling } from '../../warehouse/spelling.ts';
import { runCommand } from '../child.ts';
import { type Context, projectFolder } from '../context.ts';
import { integer, projectFlags } from '../flags.ts';
import { onlyReads, stockSubcommand, talksToBigquery, withAdditions } from '../stock-cli.ts';
import { engineOf, type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';
import { compileOptions } from './compile.ts';

interface GatewayFlags extends WarehouseFlags {
  readonly port: number;
  readonly concurrency: number;
  readonly sql?: Dialect;
}

export function registerGateway(program: Command, context: Context): void {
  warehouseFlags(
    projectFlags(
      program
        .command('gateway')
        .description('Serve the warehouse to the Dataform CLI and other clients of BigQuery, on this machine.')
        .argument(
          '[command...]',
          'runs with the gateway and its credentials; without one the gateway runs until Ctrl-C',
        ),
    ),
  )
    .passThroughOptions()
    .option('--port <number>', 'port on 127.0.0.1; 0 is a free one', integer(0), 0)
    .option('--concurrency <n>', 'jobs that run at the same time', integer(1), DEFAULT_CONCURRENCY)
    .addOption(
      new Option(
        '--sql <dialect>',
        'what the models are written in (default: engine when the project has the variable engine, else googlesql)',
      ).choices(['googlesql', 'engine']),
    )
    .addHelpText(
      'after',
      `
The command gets BIGQUERY_EMULATOR_HOST and GOOGLE_APPLICATION_CREDENTIALS. \`dataform\` as the command is the CLI that comes with this
package; it gets --credentials too, and --vars where the project has the variable engine. Its exit code is passed on.

Examples:
  tidemark gateway -- dataform run
  tidemark gateway -- dataform run --dry-run --actions 'silver_*'
  tidemark gateway --warehouse postgres -- dataform test
  tidemark gateway --database dev.duckdb --project-dir ../shop -- dataform run ../shop
  tidemark gateway --port 9050

What it can and cannot do stands in docs/dataform-cli.md.`,
    )
    .action(async (command: string[], flags: GatewayFlags) => {
      if (command.length > 0 && stockSubcommand(command) !== undefined && !talksToBigquery(command)) {
        const vars = await varsOf(context, flags, dialectOf(context, flags));
        process.exitCode = await runCommand(withAdditions(command, { credentialsFile: '', vars }), context, {});
        return;
      }
      process.exitCode = await serve(context, flags, command);
    });
}

/** Serves while the command runs, or until Ctrl-C; returns the exit code. */
async function serve(context: Context, flags: GatewayFlags, command: readonly string[]): Promise<number> {
  const { signal, clock } = context.effects;
  const place = workspace(folderOf(context, flags), flags);
  const where = forCommand(warehouseOf(context, flags, place), command);
  const dialect = dialectOf(context, flags);
  const vars = await varsOf(context, flags, dialect);
  const warehouse = await openWarehouse(where);
  try {
    const prefix = where.engine === 'postgres' ? where.schemaPrefix : undefined;
    const spelling = compiledSpelling(where.engine, prefix, Object.keys(flags.attach ?? {}))!;
    const { port, concurrency } = flags;
    const gateway = await openGateway({ warehouse, spelling, dialect, port, concurrency, clock });
    const access = grantAccess(gateway);
    process.once('exit', access.remove);
    try {
      if (command.length > 0) {
        const whole = withAdditions(command, { credentialsFile: access.credentialsFile, vars });
        return await runCommand(whole, context, access.environment);
      }
      explainAccess(context, gateway.url, access, vars);
      if (!signal.aborted) await once(signal, 'abort');
      return 0;
    } finally {
      await gateway.close();
      access.remove();
      process.removeListener('exit', access.remove);
    }
  } finally {
    await warehouse.close();
  }
}

function explainAccess(context: Context, url: string, access: Access, vars: { readonly [name: string]: string }): void {
  const { console } = context;
  const pairs = Object.entries(vars).map(([name, value]) => `${name}=${value}`);
  console.line(`The gateway listens at ${url} until Ctrl-C. In another shell:`);
  for (const [name, value] of Object.entries(access.environment)) console.data(`export ${name}='${value}'\n`);
  const vars_ = pairs.length > 0 ? ` --vars=${pairs.join(',')}` : '';
  console.line(`and then: dataform run --credentials=${access.credentialsFile}${vars_}`);
}

/** A file is not made by a command that only reads. */
function forCommand(where: WarehouseOptions, command: readonly string[]): WarehouseOptions {
  return where.engine === 'duckdb' && onlyReads(command) && !existsSync(where.file)
    ? { ...where, file: ':memory:' }
    : where;
}

/** Only the place of the DuckDB file depends on the project. */
function folderOf(context: Context, flags: GatewayFlags): string {
  const needsProject = engineOf(context, flags) === 'duckdb' && flags.database === undefined;
  return needsProject ? projectFolder(context, flags) : resolve(context.cwd, flags.projectDir ?? '.');
}

/** A project with the variable `engine` spells its SQL for the engine; any other is written for BigQuery. */
function dialectOf(context: Context, flags: GatewayFlags): Dialect {
  if (flags.sql !== undefined) return flags.sql;
  const folder = resolve(context.cwd, flags.projectDir ?? '.');
  if (!existsSync(join(folder, 'dataform.json')) && !existsSync(join(folder, 'workflow_settings.yaml')))
    return 'googlesql';
  const text = readFileSync(join(folder, findProjectFile(folder)), 'utf8');
  return /^\s*"?engine"?\s*:/m.test(text) ? 'engine' : 'googlesql';
}

/** What our own runner would tell the project, and that it is not the one who compiles. */
async function varsOf(
  context: Context,
  flags: GatewayFlags,
  dialect: Dialect,
): Promise<{ readonly [name: string]: string }> {
  if (dialect === 'googlesql') return {};
  const { vars, engine } = await compileOptions(context, flags);
  return { ...vars, engine, cli: 'dataform' };
}
