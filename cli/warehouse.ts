import { type Command, Option } from 'commander';
import { TidemarkError } from '../core/errors.ts';
import { DEFAULT_DATASET, type Workspace } from '../core/workspace.ts';
import type { WarehouseOptions } from '../warehouse/open.ts';
import type { Context, ProjectFlags } from './context.ts';

export interface WarehouseFlags extends ProjectFlags {
  readonly warehouse?: WarehouseOptions['engine'];
  readonly schemaPrefix?: string;
  /** In seconds. */
  readonly executionTimeout?: number;
}

/** The command cancels its statements itself; where it no longer can, the server does so this much later. */
const GRACE_MS = 5000;

/** Flags of every command that works on the warehouse. */
export function warehouseFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--warehouse <engine>', 'default: postgres when DATABASE_URL is set, else duckdb').choices([
        'duckdb',
        'postgres',
      ]),
    )
    .option(
      '--schema-prefix <text>',
      'before every schema on Postgres (default: none for synthetic, else the name of the data set and _)',
    );
}

export const engineOf = ({ databaseUrl }: Context, { warehouse }: WarehouseFlags): WarehouseOptions['engine'] =>
  warehouse ?? (databaseUrl === undefined ? 'duckdb' : 'postgres');

/** Where the warehouse of a data set is: a DuckDB file of its own, or schemas of its own in the Postgres database. */
export function warehouseOf(context: Context, flags: WarehouseFlags, place: Workspace): WarehouseOptions {
  if (engineOf(context, flags) === 'postgres') {
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
  return { engine: 'duckdb', file: place.databaseFile };
}

function schemaPrefix({ schemaPrefix }: WarehouseFlags, { name }: Workspace): string {
  if (schemaPrefix !== undefined) return schemaPrefix;
  return name === DEFAULT_DATASET ? '' : `${name.replaceAll('-', '_').toLowerCase()}_`;
}
