import { existsSync } from 'node:fs';
import type { Workspace } from '../core/workspace.ts';
import { openWarehouse } from '../warehouse/open.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Context } from './context.ts';
import { type WarehouseFlags, warehouseOf } from './warehouse.ts';

/** The warehouse as it is, for reading only; where no DuckDB file has been made yet an empty one in memory, as reading must not make it. */
export function openForReading(context: Context, flags: WarehouseFlags, place: Workspace): Promise<Warehouse> {
  const options = warehouseOf(context, flags, place);
  return options.engine === 'duckdb' && !existsSync(options.file)
    ? openWarehouse({ ...options, file: ':memory:' })
    : openWarehouse({ ...options, readOnly: true });
}
