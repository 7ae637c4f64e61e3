import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TidemarkError } from '../core/errors.ts';
import { DEFAULT_DATASET, type Workspace } from '../core/workspace.ts';
import type { WarehouseOptions } from '../warehouse/open.ts';
import type { Engine } from '../warehouse/warehouse.ts';
import type { Context, ProjectFlags } from './context.ts';
import { variables } from './flags.ts';

export interface WarehouseFlags extends ProjectFlags {
  /** `bigquery` for commands that offer it. */
  readonly warehouse?: Engine;
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

/** Flags of every command that works on the warehouse. */
export function warehouseFlags(command: Command, engines: readonly Engine[] = ['duckdb', 'postgres']): Command {
  return command
    .addOption(
      new Option('--warehouse <engine>', 'default: postgres when DATABASE_URL is set, else duckdb').choices(engines),
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

const DUCKDB_FLAGS = [
  ['database', '--database'],
  ['attach', '--attach'],
  ['memoryLimit', '--memory-limit'],
  ['tempDirectory', '--temp-directory'],
] as const;

const memory = (text: string) => {
  if (!/^\d+(\.\d+)? *([kmgt]i?b)$/i.test(text))
    throw new InvalidArgumentError('expected a size with its unit, as 4GB');
  return text;
};

/** @throws {TidemarkError} USAGE for BigQuery, which is no warehouse that is opened here. */
export function engineOf({ databaseUrl }: Context, { warehouse }: WarehouseFlags): WarehouseOptions['engine'] {
  if (warehouse === 'bigquery') throw new TidemarkError({ code: 'USAGE', message: 'this cannot be done on BigQuery' });
  return warehouse ?? (databaseUrl === undefined ? 'duckdb' : 'postgres');
}

/** Where the warehouse of a data set is: a DuckDB file of its own, or schemas of its own in the Postgres database. */
export function warehouseOf(context: Context, flags: WarehouseFlags, place: Workspace): WarehouseOptions {
  if (engineOf(context, flags) === 'postgres') {
    const given = DUCKDB_FLAGS.filter(([name]) => flags[name] !== undefined).map(([, flag]) => flag);
    if (given.length > 0) {
      throw new TidemarkError(
        given.map((flag) => ({ code: 'USAGE', message: `${flag} makes sense on DuckDB only; this is Postgres` })),
      );
    }
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
