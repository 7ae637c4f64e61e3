import type { Statements } from '../warehouse/statements.ts';
import type { Connection } from '../warehouse/warehouse.ts';

/** What a file turned out to hold. */
export interface FileCounts {
  readonly rowsRead: number;
  readonly malformed: number;
  /** Rows whose record was in bronze already or was read before. */
  readonly duplicates: number;
}

export const NO_ROWS: FileCounts = { rowsRead: 0, malformed: 0, duplicates: 0 };

/** The rows that a transaction has written to bronze. */
export interface NewRows {
  readonly batchId: string;
  /** Paths by file number. Files count in the order in which they are read. */
  readonly files: ReadonlyMap<number, string>;
}

const AGAIN = 'load_again';
const ADDED = 'load_added';
const DUPLICATES = 'load_duplicates';
/** The order in which rows were read, as one number: no file has so many lines. */
const ORDER = 'file_no * 4294967296 + line_no';

/**
 * The counts by file number when all new rows are different records; undefined otherwise, and also when two agree in 64 bits of their
 * hashes, by which they are compared in half the time.
 *
 * @param bronze as SQL names it; it has no older rows.
 */
export async function distinctCounts(
  connection: Connection,
  statements: Statements,
  bronze: string,
  rows: NewRows,
): Promise<ReadonlyMap<number, FileCounts> | undefined> {
  const isOurs = condition(rows, statements);
  const [counted] = await connection.rows<{ n: number; kinds: number }>(
    `select count(*) as n, count(distinct ${statements.hash64('b.row_hash')}) as kinds from ${bronze} as b where ${isOurs}`,
  );
  if (Number(counted!.n) !== Number(counted!.kinds)) return undefined;
  return counts(connection, bronze, rows, isOurs, 'select null as source_file, 0 as n');
}

/**
 * Takes out the new rows whose record was there already or was read before; returns the counts by file number, of files that have rows.
 *
 * @param bronze as SQL names it.
 * @param hasOthers whether it has older rows: false when a source is loaded for the first time.
 */
export async function takeOutDuplicates(
  connection: Connection,
  statements: Statements,
  bronze: string,
  rows: NewRows,
  hasOthers: boolean,
): Promise<ReadonlyMap<number, FileCounts>> {
  const { temporary, literal } = statements;
  const { batchId, files } = rows;
  const all = async (sql: readonly string[]) => {
    for (const statement of sql) await connection.execute(statement);
  };
  const isOurs = condition(rows, statements);
  // Few hashes are there again, so that what comes after them is small: a table of all new rows would not fit into memory.
  const again = [`select b.row_hash from ${bronze} as b where ${isOurs} group by b.row_hash having count(*) > 1`];
  const ofOthers = `select b.row_hash from ${bronze} as b where not (${isOurs})`;
  if (hasOthers) again.push(`select b.row_hash from ${bronze} as b where ${isOurs} and b.row_hash in (${ofOthers})`);
  await all(statements.createTemporary(AGAIN, again.join('\nunion\n')));
  const numbered = [...files].map(([no, path]) => `(${no}, ${literal(path)})`).join(', ');
  await all(
    statements.createTemporary(
      ADDED,
      `select f.file_no, b.source_file, b.line_no, b.row_hash
       from ${bronze} as b
       inner join (values ${numbered}) as f(file_no, path) on f.path = b.source_file
       where ${isOurs} and b.row_hash in (select row_hash from ${temporary(AGAIN)})`,
    ),
  );
  const first = hasOthers
    ? `case when a.row_hash in (${ofOthers} and b.row_hash in (select row_hash from ${temporary(AGAIN)})) then -1 else min(${ORDER}) end`
    : `min(${ORDER})`;
  await all(
    statements.createTemporary(
      DUPLICATES,
      `select a.source_file, a.line_no
       from ${temporary(ADDED)} as a
       inner join (select a.row_hash, ${first} as first from ${temporary(ADDED)} as a group by a.row_hash) as once
         on once.row_hash = a.row_hash and ${ORDER} > once.first`,
    ),
  );
  const byFile = `select source_file, count(*) as n from ${temporary(DUPLICATES)} group by source_file`;
  const found = await counts(connection, bronze, rows, isOurs, byFile);
  if ([...found.values()].some(({ duplicates }) => duplicates > 0)) {
    await connection.execute(
      `delete from ${bronze}
       where batch_id = $1 and (source_file, line_no) in (select source_file, line_no from ${temporary(DUPLICATES)})`,
      [batchId],
    );
  }
  for (const name of [AGAIN, ADDED, DUPLICATES]) await connection.execute(statements.dropTemporary(name));
  return found;
}

const condition = ({ batchId, files }: NewRows, { literal }: Statements) =>
  `b.batch_id = ${literal(batchId)} and b.source_file in (${[...files.values()].map(literal).join(', ')})`;

/** @param duplicates a query of their number `n` by `source_file`. */
async function counts(
  connection: Connection,
  bronze: string,
  { files }: NewRows,
  isOurs: string,
  duplicates: string,
): Promise<ReadonlyMap<number, FileCounts>> {
  const found = await connection.rows<{ source_file: string; rows: number; malformed: number; duplicates: number }>(
    `select a.source_file, a.n as rows, a.malformed, coalesce(d.n, 0) as duplicates
     from (
       select b.source_file, count(*) as n, count(b.problem) as malformed
       from ${bronze} as b where ${isOurs} group by b.source_file
     ) as a
     left join (${duplicates}) as d on d.source_file = a.source_file`,
  );
  const numbers = new Map([...files].map(([no, path]) => [path, no]));
  return new Map(
    found.map(({ source_file: path, rows, malformed, duplicates }) => [
      numbers.get(path)!,
      { rowsRead: Number(rows), malformed: Number(malformed), duplicates: Number(duplicates) },
    ]),
  );
}
