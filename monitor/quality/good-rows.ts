import { appendFileSync } from 'node:fs';
import { csvLine } from '../../core/csv.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import { type RecordKey, recordPages } from '../record-pages.ts';

const PAGE = 50_000;

/**
 * Writes the accepted records of a batch as CSV with a header: typed, and personal data as the contract wants them. Returns how many there
 * are; without one there is no file.
 *
 * @param columns canonical columns in their order.
 */
export async function writeGoodRows(
  file: string,
  {
    source,
    columns,
    batchId,
  }: { readonly source: string; readonly columns: readonly string[]; readonly batchId: string },
  connection: Connection,
  statements: Statements,
): Promise<number> {
  const selected = columns.map((name) => statements.identifier(name)).join(', ');
  const condition = { where: "verdict = 'accepted' and batch_id = $1", parameters: [batchId] };
  let rows = 0;
  for await (const page of recordPages<RecordKey>(source, selected, condition, PAGE, connection, statements)) {
    if (rows === 0) appendFileSync(file, csvLine(columns));
    const lines = page.map((row) => csvLine(columns.map((name) => (row[name] === null ? null : String(row[name])))));
    appendFileSync(file, lines.join(''));
    rows += page.length;
  }
  return rows;
}
