import type { DuckdbOptions } from './duckdb/open.ts';
import type { PostgresOptions } from './postgres/open.ts';
import type { Warehouse } from './warehouse.ts';

/** Where a warehouse is and how it is opened, by engine. */
export type WarehouseOptions =
  | ({ readonly engine: 'duckdb' } & DuckdbOptions)
  | ({ readonly engine: 'postgres' } & PostgresOptions);

/** Opens the warehouse of an engine, and loads the packages of that engine only; throws as the `open` of the engine does. */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  switch (options.engine) {
    case 'duckdb':
      return (await import('./duckdb/open.ts')).openDuckdb(options);
    case 'postgres':
      return (await import('./postgres/open.ts')).openPostgres(options);
  }
}
