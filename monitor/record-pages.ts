import type { Statements } from '../warehouse/statements.ts';
import type { Connection, Value } from '../warehouse/warehouse.ts';
import type { Condition } from './rejects/filter.ts';

/** What tells a record of a source from all others, in the order of files and lines. */
export interface RecordKey {
  source_file: string;
  line_no: number;
  row_hash: string;
  record_no: number;
  [column: string]: Value;
}

const KEY = 'source_file, line_no, row_hash, record_no';

/**
 * The records of `silver.stg_<source>` that meet a condition, in the order of files and lines, a page at a time, however many there are.
 *
 * @param columns to select beside those of the key.
 * @param pageSize records that are in memory at a time. Each page is found by a look at all records, so few are faster.
 */
export async function* recordPages<T extends RecordKey>(
  source: string,
  columns: string,
  { where, parameters }: Condition,
  pageSize: number,
  connection: Connection,
  { relation }: Statements,
): AsyncGenerator<T[]> {
  const types = ['text', 'bigint', 'text', 'bigint'];
  const bound = types.map((type, i) => `cast($${parameters.length + i + 1} as ${type})`).join(', ');
  let last: T | undefined;
  for (;;) {
    const page: T[] = await connection.rows<T>(
      `select ${KEY}, ${columns} from ${relation({ schema: 'silver', name: `stg_${source}` })}
       where ${where}${last ? ` and (${KEY}) > (${bound})` : ''} order by ${KEY} limit ${pageSize}`,
      last ? [...parameters, last.source_file, last.line_no, last.row_hash, last.record_no] : parameters,
    );
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    last = page.at(-1);
  }
}
