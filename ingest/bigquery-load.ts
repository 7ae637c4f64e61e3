import type { Effects } from '../core/effects.ts';
import type { BigqueryService } from '../warehouse/bigquery/service.ts';
import { loadBigquerySource } from './bigquery-source.ts';
import { createBigqueryTables } from './bigquery-tables.ts';
import { type Bronze, type FilesToLoad, loadInto } from './load-into.ts';
import type { LoadProgress, LoadReport } from './report.ts';
import { bronzeTable, LOAD_BATCHES, LOAD_FILES } from './tables.ts';

export interface BigqueryLoadOptions extends FilesToLoad {
  readonly service: BigqueryService;
}

/**
 * Loads the raw files of a data set into BigQuery, with the tables, hashes and accounts of `load`: what is new is read here, sent by load jobs
 * into staging tables, and brought into bronze and the manifest by one transaction a source.
 *
 * @throws {TidemarkError} RUN_CANCELLED when the signal aborts; WAREHOUSE_FAILED; PATH_OUTSIDE.
 */
export const loadIntoBigquery = (
  { service, ...files }: BigqueryLoadOptions,
  effects: Effects,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadReport> => loadInto(bronzeOf(service), files, effects, onProgress);

function bronzeOf(service: BigqueryService): Bronze {
  const { relation } = service.statements;
  const batches = relation(LOAD_BATCHES);
  return {
    createTables: (sources) => createBigqueryTables(service, sources),
    async countBatches() {
      const [row] = await service.rows<{ batches: number }>(`select count(*) as batches from ${batches}`);
      return Number(row!.batches);
    },
    async beginBatch(batchId, at) {
      await service.rows(`insert into ${batches} (batch_id, started_at) values ($1, $2)`, [batchId, at]);
    },
    async endBatch(batchId, at, totals) {
      await service.rows(
        `update ${batches} set finished_at = $2, files_loaded = $3, rows_read = $4, rows_added = $5, duplicates = $6, malformed = $7,
           rows_removed = $8
         where batch_id = $1`,
        [batchId, at, ...totals],
      );
    },
    loadSource: (source, job) => loadBigquerySource(source, { ...job, service, readsOnce: false }),
    async forgetSource(name) {
      if (!(await service.describe(bronzeTable(name)))) return;
      await service.rows(
        [
          'begin transaction',
          `delete from ${relation(bronzeTable(name))} where true`,
          `delete from ${relation(LOAD_FILES)} where source = $1`,
          'commit transaction',
        ].join(';\n'),
        [name],
      );
    },
    cancel: () => service.cancel(),
  };
}
