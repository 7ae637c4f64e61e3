import type { Statements } from '../warehouse/statements.ts';
import type { Target } from '../warehouse/target.ts';
import type { Connection } from '../warehouse/warehouse.ts';

export const bronzeTable = (source: string): Target => ({ schema: 'bronze', name: source });
/** One row per content of a raw file that bronze holds: for each source the rows read are the bronze rows plus the duplicates. */
export const LOAD_FILES: Target = { schema: 'ops', name: 'load_files' };
/** One row per call of the loader; `finished_at` is null while it runs and for one that was killed. */
export const LOAD_BATCHES: Target = { schema: 'ops', name: 'load_batches' };

/**
 * Makes the tables of the loader where they do not exist.
 *
 * `parsed` is the record of a line that is not JSON itself. It is text and not jsonb, which Postgres would read faster: jsonb refuses
 * numbers that are valid JSON (1e200000), and one such line would keep its whole file from being loaded.
 */
export async function createTables(
  connection: Connection,
  statements: Statements,
  sources: readonly string[],
): Promise<void> {
  const { alikeText, distinctText } = statements;
  for (const schema of ['bronze', 'ops']) await connection.execute(statements.createSchema(schema));
  for (const source of sources) {
    await connection.execute(`
      create table if not exists ${statements.relation(bronzeTable(source))} (
        raw ${alikeText} not null,
        parsed ${alikeText},
        row_hash ${distinctText} not null,
        source_file text not null,
        line_no bigint not null,
        batch_id text not null,
        loaded_at timestamptz not null,
        problem text
      )`);
    // Warehouses from when it was kept beside the text.
    await connection.execute(`alter table ${statements.relation(bronzeTable(source))} drop column if exists record`);
  }
  await connection.execute(`
    create table if not exists ${statements.relation(LOAD_FILES)} (
      source text not null,
      source_file text not null,
      content_hash text not null,
      format text not null,
      bytes bigint not null,
      modified double precision,
      rows_read bigint not null,
      rows_added bigint not null,
      duplicates bigint not null,
      malformed bigint not null,
      batch_id text not null,
      loaded_at timestamptz not null,
      drift text
    )`);
  // Warehouses from before they were kept.
  for (const column of ['modified double precision', 'drift text']) {
    await connection.execute(`alter table ${statements.relation(LOAD_FILES)} add column if not exists ${column}`);
  }
  await connection.execute(`
    create table if not exists ${statements.relation(LOAD_BATCHES)} (
      batch_id text not null,
      started_at timestamptz not null,
      finished_at timestamptz,
      files_loaded bigint,
      rows_read bigint,
      rows_added bigint,
      duplicates bigint,
      malformed bigint,
      rows_removed bigint
    )`);
}
