import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TidemarkError } from '../core/errors.ts';
import { DEFAULT_DATASET, type Workspace } from '../core/workspace.ts';
import type { WarehouseOptions } from '../warehouse/open.ts';
import type { Engine } from '../warehouse/warehouse.ts';
import type { Context, ProjectFlags } from './context.ts';
import { variables } from './flags.ts';

export interface WarehouseFlags extends ProjectFlags {
  readonly warehouse?: WarehouseOptions['engine'];
  readonly schemaPrefix?: string;
  /** A DuckDB file, or `:memory:`. */
  readonly database?: string;
  readonly memoryLimit?: string;
  readonly tempDirectory?: string;
  /** Files by the name under which they are attached. */
  readonly attach?: Readonly<Record<string, string>>;
  /** In seconds. */
  readonly executionTimeout?: number;
}

/** The command cancels its statements itself; where it no longer can, the server does so this much later. */
const GRACE_MS = 5000;

/** Flags of every command that works on the warehouse; `more` engines are those that only this command knows. */
export function warehouseFlags(command: Command, ...more: readonly Engine[]): Command {
  return command
    .addOption(
      new Option('--warehouse <engine>', 'default: postgres when DATABASE_URL is set, else duckdb').choices([
        'duckdb',
        'postgres',
        ...more,
      ]),
    )
    .option('--database <file>', 'DuckDB file, or :memory: to keep nothing (default: data/<data set>.duckdb)')
    .option(
      '--attach <name=file,...>',
      'DuckDB files to read from, for declarations with database: "name"; repeatable',
      variables,
    )
    .option('--memory-limit <size>', 'memory that DuckDB may use, as 4GB (default: 80 % of the machine)', memory)
    .option('--temp-directory <folder>', 'where DuckDB puts what does not fit into memory (default: beside its file)')
    .option(
      '--schema-prefix <text>',
      'before every schema on Postgres (default: none for synthetic, else the name of the data set and _)',
    );
}

const ENGINE_FLAGS = {
  database: ['--database', 'DuckDB'],
  attach: ['--attach', 'DuckDB'],
  memoryLimit: ['--memory-limit', 'DuckDB'],
  tempDirectory: ['--temp-directory', 'DuckDB'],
  schemaPrefix: ['--schema-prefix', 'Postgres'],
} as const;

/** Flags that BigQuery has no use for. */
export const NOT_BIGQUERY = Object.keys(ENGINE_FLAGS) as (keyof typeof ENGINE_FLAGS)[];

/** @throws {TidemarkError} USAGE with each of the flags that was given and makes no sense here. */
export function refuseFlags(
  flags: Omit<WarehouseFlags, 'warehouse'>,
  names: readonly (keyof typeof ENGINE_FLAGS)[],
  here: string,
): void {
  const problems = names
    .filter((name) => flags[name] !== undefined)
    .map((name) => ENGINE_FLAGS[name])
    .map(([flag, engine]) => ({ code: 'USAGE', message: `${flag} makes sense on ${engine} only; ${here}` }) as const);
  if (problems.length > 0) throw new TidemarkError(problems);
}

const memory = (text: string) => {
  if (!/^\d+(\.\d+)? *([kmgt]i?b)$/i.test(text))
    throw new InvalidArgumentError('expected a size with its unit, as 4GB');
  return text;
};

export const engineOf = ({ databaseUrl }: Context, { warehouse }: WarehouseFlags): WarehouseOptions['engine'] =>
  warehouse ?? (databaseUrl === undefined ? 'duckdb' : 'postgres');

/** Where the warehouse of a data set is: a DuckDB file of its own, or schemas of its own in the Postgres database. */
export function warehouseOf(context: Context, flags: WarehouseFlags, place: Workspace): WarehouseOptions {
  if (engineOf(context, flags) === 'postgres') {
    refuseFlags(flags, ['database', 'attach', 'memoryLimit', 'tempDirectory'], 'this is Postgres');
    const { databaseUrl, postgresTls } = context;
    return {
      engine: 'postgres',
      tls: postgresTls,
      schemaPrefix: schemaPrefix(flags, place),
      ...(databaseUrl === undefined ? {} : { connectionString: databaseUrl }),
      ...(flags.executionTimeout === undefined ? {} : { statementTimeout: 1000 * flags.executionTimeout + GRACE_MS }),
    };
  }
  if (flags.schemaPrefix !== undefined) {
    throw new TidemarkError({
      code: 'USAGE',
      message: `--schema-prefix ${flags.schemaPrefix} makes sense on Postgres only; on DuckDB each data set has a file of its own`,
    });
  }
  const { memoryLimit, tempDirectory, attach = {} } = flags;
  const file = databaseFile(context, flags, place);
  const path = (given: string) => resolve(context.cwd, given);
  return {
    engine: 'duckdb',
    file,
    attach: Object.entries(attach).map(([name, other]) => ({ name, file: path(other) })),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(tempDirectory === undefined ? {} : { tempDirectory: path(tempDirectory) }),
  };
}

/** The DuckDB file of a data set, or the one that a flag names. */
export function databaseFile(context: Context, { database }: WarehouseFlags, place: Workspace): string {
  if (database === undefined) return place.databaseFile;
  return database === ':memory:' ? database : resolve(context.cwd, database);
}

function schemaPrefix({ schemaPrefix }: WarehouseFlags, { name }: Workspace): string {
  if (schemaPrefix !== undefined) return schemaPrefix;
  return name === DEFAULT_DATASET ? '' : `${name.replaceAll('-', '_').toLowerCase()}_`;
}
