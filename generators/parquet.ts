import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { openWarehouse } from '../warehouse/open.ts';
import type { WrittenFile } from './day-files.ts';
import { writtenFile } from './world-record.ts';

/** A file of JSON lines that is to be Parquet; its name says so already. */
export interface LinesFile extends WrittenFile {
  readonly columns: readonly string[];
}

/**
 * Turns files of JSON lines into Parquet, in their places. All columns are text, as in the lines: a number that a fault turned into a word
 * must have a place, and who reads raw files types them anyway.
 *
 * @param betweenFiles may throw to stop.
 */
export async function toParquet(
  folder: string,
  files: readonly LinesFile[],
  betweenFiles: (done: number) => void,
): Promise<WrittenFile[]> {
  const warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  const written: WrittenFile[] = [];
  try {
    const { literal, identifier } = warehouse.statements;
    const connection = await warehouse.connect();
    for (const { path, columns } of files) {
      betweenFiles(written.length);
      const lines = join(folder, path);
      const parquet = `${lines}.new`;
      const types = columns.map((column) => `${literal(column)}: 'varchar'`).join(', ');
      await connection.execute(
        `copy (select ${columns.map(identifier).join(', ')} from read_json(${literal(lines)}, format = 'newline_delimited', columns = {${types}}))
         to ${literal(parquet)} (format parquet, compression zstd)`,
      );
      renameSync(parquet, lines);
      written.push(await writtenFile(folder, path));
    }
  } finally {
    await warehouse.close();
  }
  return written;
}
