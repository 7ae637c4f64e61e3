import { existsSync } from 'node:fs';
import type { Workspace } from '../core/workspace.ts';
import { openDuckdb } from '../warehouse/duckdb/open.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

/** The warehouse as it is, or an empty one in memory where none has been made yet: reading must not make a file. */
export const openForReading = ({ databaseFile }: Workspace): Promise<Warehouse> =>
  existsSync(databaseFile) ? openDuckdb({ file: databaseFile, readOnly: true }) : openDuckdb({ file: ':memory:' });
