import type { BigqueryService, NewColumn } from '../warehouse/bigquery/service.ts';
import { bronzeTable, LOAD_BATCHES, LOAD_FILES } from './tables.ts';

const text = (...names: string[]): NewColumn[] => names.map((name) => ({ name, type: 'STRING' }));
const integers = (...names: string[]): NewColumn[] => names.map((name) => ({ name, type: 'INT64' }));
const required = (columns: readonly NewColumn[]): NewColumn[] =>
  columns.map((column) => ({ ...column, required: true }));
const moment = (name: string): NewColumn => ({ name, type: 'TIMESTAMP' });

const BRONZE: readonly NewColumn[] = [
  ...required(text('raw')),
  ...text('parsed'),
  ...required([...text('row_hash', 'source_file'), ...integers('line_no'), ...text('batch_id'), moment('loaded_at')]),
  ...text('problem'),
];

const FILES: readonly NewColumn[] = [
  ...required([...text('source', 'source_file', 'content_hash', 'format'), ...integers('bytes')]),
  { name: 'modified', type: 'FLOAT64' },
  ...required([...integers('rows_read', 'rows_added', 'duplicates', 'malformed'), ...text('batch_id')]),
  ...required([moment('loaded_at')]),
  ...text('drift'),
];

const BATCHES: readonly NewColumn[] = [
  ...required([...text('batch_id'), moment('started_at')]),
  moment('finished_at'),
  ...integers('files_loaded', 'rows_read', 'rows_added', 'duplicates', 'malformed', 'rows_removed'),
];

/** Rows on their way to bronze. */
export const STAGED_ROWS: readonly NewColumn[] = [
  ...integers('file_no', 'line_no'),
  ...text('raw', 'parsed', 'row_hash', 'problem'),
];

/** What is to be done with files: `load` what is staged of them, `remove` their rows of before. */
export const STAGED_FILES: readonly NewColumn[] = [
  ...text('action'),
  ...integers('file_no'),
  ...text('source', 'source_file', 'content_hash', 'format'),
  ...integers('bytes'),
  { name: 'modified', type: 'FLOAT64' },
  ...integers('rows_read', 'added_before', 'malformed'),
  ...text('batch_id'),
  moment('loaded_at'),
  ...text('drift'),
];

/** Makes the tables of the loader where they do not exist, with the columns that the other engines have. */
export async function createBigqueryTables(service: BigqueryService, sources: readonly string[]): Promise<void> {
  for (const schema of ['bronze', 'ops']) await service.createSchema(schema);
  for (const source of sources) await service.createTable(bronzeTable(source), BRONZE);
  await service.createTable(LOAD_FILES, FILES);
  await service.createTable(LOAD_BATCHES, BATCHES);
}
