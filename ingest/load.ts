import type { Effects } from '../core/effects.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import { type Bronze, type FilesToLoad, loadInto } from './load-into.ts';
import { loadSource } from './load-source.ts';
import type { LoadProgress, LoadReport } from './report.ts';
import { bronzeTable, createTables, LOAD_BATCHES, LOAD_FILES } from './tables.ts';

export { rawFolder } from './load-into.ts';
export type { FileReport, LoadProgress, LoadReport, SourceReport } from './report.ts';

export interface LoadOptions extends FilesToLoad {
  readonly warehouse: Warehouse;
}

/**
 * Loads the raw files of a data set into `bronze.<source>`, and keeps account in `ops.load_files` and `ops.load_batches`.
 *
 * Loading is idempotent by record: a record that bronze holds already is counted and not added, be it the same file again, a moved copy
 * or an exact duplicate elsewhere. Lines that are no record are kept with their problem. For each source, always:
 * sum of rows read = rows in bronze + sum of duplicates.
 *
 * Whole files arrive in one transaction each or with others; whoever is killed leaves no part of a file. Files that cannot be loaded are
 * reported in the result and do not keep the others from it.
 *
 * @throws {TidemarkError} RUN_CANCELLED when the signal aborts; WAREHOUSE_FAILED; PATH_OUTSIDE.
 */
export async function load(
  { warehouse, ...files }: LoadOptions,
  effects: Effects,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadReport> {
  const connection = await warehouse.connect();
  try {
    return await loadInto(bronzeOf(warehouse, connection), files, effects, onProgress);
  } finally {
    await connection.close();
  }
}

function bronzeOf(warehouse: Warehouse, connection: Connection): Bronze {
  const { statements } = warehouse;
  const { relation } = statements;
  const batches = relation(LOAD_BATCHES);
  return {
    createTables: (sources) => createTables(connection, statements, sources),
    async countBatches() {
      const [row] = await connection.rows<{ batches: number }>(`select count(*) as batches from ${batches}`);
      return Number(row!.batches);
    },
    async beginBatch(batchId, at) {
      await connection.execute(
        `insert into ${batches} (batch_id, started_at) values (cast($1 as text), cast($2 as timestamptz))`,
        [batchId, at.toISOString()],
      );
    },
    async endBatch(batchId, at, totals) {
      await connection.execute(
        `update ${batches} set finished_at = cast($2 as timestamptz), files_loaded = $3, rows_read = $4, rows_added = $5, duplicates = $6,
           malformed = $7, rows_removed = $8
         where batch_id = $1`,
        [batchId, at.toISOString(), ...totals],
      );
    },
    loadSource: (source, job) => loadSource(source, { ...job, connection, statements, readsOnce: true }),
    async forgetSource(name) {
      if (!(await warehouse.describe(bronzeTable(name)))) return;
      await connection.transaction(async () => {
        await connection.execute(`delete from ${relation(bronzeTable(name))}`);
        await connection.execute(`delete from ${relation(LOAD_FILES)} where source = $1`, [name]);
      });
    },
    cancel: () => connection.cancel(),
  };
}
