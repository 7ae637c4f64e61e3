import type { Statements } from '../warehouse/statements.ts';
import type { Target } from '../warehouse/target.ts';
import type { Connection, Value } from '../warehouse/warehouse.ts';
import { bronzeTable } from './tables.ts';

const STAGE: Target = { schema: 'ops', name: 'load_stage' };
const STAGE_COLUMNS = ['seq', 'source_file', 'line_no', 'raw', 'parsed', 'problem'];
const ROWS = 'load_rows';
const DUPLICATES = 'load_duplicates';

/** A row on its way to bronze, by the columns of the stage. `seq` is the order in which rows were read. */
export type StageRow = readonly [
  seq: number,
  sourceFile: string,
  lineNo: number,
  raw: string,
  parsed: string | null,
  problem: string | null,
];

/**
 * Where rows wait until their files are whole. It lives inside one transaction: made, filled and dropped there, so that no trace of it
 * stays when that is rolled back.
 */
export interface Stage {
  open(): Promise<void>;
  add(rows: readonly StageRow[]): Promise<void>;
  /** Forgets the rows of a file that turned out to be unreadable. */
  forget(sourceFile: string): Promise<void>;
  /**
   * Moves the rows to bronze but for those whose record is there already or was read before, and drops the stage. Returns the number of
   * duplicates by file.
   */
  commit(batch: { readonly batchId: string; readonly loadedAt: string }): Promise<Map<string, number>>;
}

/** The stage on the way to the bronze table of a source. */
export function stage(connection: Connection, statements: Statements, source: string): Stage {
  const { relation, temporary } = statements;
  const bronze = relation(bronzeTable(source));
  const all = async (sql: readonly string[]) => {
    for (const statement of sql) await connection.execute(statement);
  };
  return {
    async open() {
      await connection.execute(`drop table if exists ${relation(STAGE)}`);
      await connection.execute(
        `create table ${relation(STAGE)} (seq bigint, source_file text, line_no bigint, raw text, parsed text, problem text)`,
      );
    },

    async add(rows) {
      await connection.append(STAGE, STAGE_COLUMNS, rows as readonly (readonly Value[])[]);
    },

    async forget(sourceFile) {
      await connection.execute(`delete from ${relation(STAGE)} where source_file = $1`, [sourceFile]);
    },

    async commit({ batchId, loadedAt }) {
      await all(statements.createTemporary(ROWS, `select *, ${ROW_HASH} as row_hash from ${relation(STAGE)}`));
      await connection.execute(`drop table ${relation(STAGE)}`);
      await all(
        statements.createTemporary(
          DUPLICATES,
          `select seq, source_file from ${temporary(ROWS)} as r
           where exists (select 1 from ${bronze} as b where b.row_hash = r.row_hash)
           union
           select r.seq, r.source_file from ${temporary(ROWS)} as r
           inner join (
             select row_hash, min(seq) as first_seq from ${temporary(ROWS)} group by row_hash having count(*) > 1
           ) as again on again.row_hash = r.row_hash and r.seq > again.first_seq`,
        ),
      );
      const counts = await connection.rows<{ source_file: string; duplicates: number }>(
        `select source_file, count(*) as duplicates from ${temporary(DUPLICATES)} group by source_file`,
      );
      // A plain copy is the common case, and the only one that an engine spreads over its cores.
      if (counts.length > 0) {
        await connection.execute(
          `delete from ${temporary(ROWS)} where seq in (select seq from ${temporary(DUPLICATES)})`,
        );
      }
      await connection.execute(
        `insert into ${bronze} (raw, parsed, row_hash, source_file, line_no, batch_id, loaded_at, problem)
         select raw, parsed, row_hash, source_file, line_no, cast($1 as text), cast($2 as timestamptz), problem from ${temporary(ROWS)}`,
        [batchId, loadedAt],
      );
      await connection.execute(statements.dropTemporary(ROWS));
      await connection.execute(statements.dropTemporary(DUPLICATES));
      return new Map(counts.map(({ source_file, duplicates }) => [source_file, Number(duplicates)]));
    },
  };
}

/**
 * MD5 of the record: the JSON line, or the CSV row with its header, for the same fields under other names are another record. It never
 * covers the path. Text that stands for other bytes is set apart from the same text written properly.
 */
const ROW_HASH = `md5(case
  when problem in ('invalid_utf8', 'nul_character') then problem || ':' || raw
  else coalesce(parsed, raw)
end)`;
