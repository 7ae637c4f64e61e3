import type { Statements } from '../warehouse/statements.ts';
import type { Target } from '../warehouse/target.ts';
import type { Connection, LinesOf, Value } from '../warehouse/warehouse.ts';
import { bronzeTable } from './tables.ts';

const STAGE: Target = { schema: 'ops', name: 'load_stage' };
const STAGE_COLUMNS = ['file_no', 'line_no', 'raw', 'parsed', 'problem'];
const LINES = 'load_lines';
const ROWS = 'load_rows';
const DUPLICATES = 'load_duplicates';

/** A row on its way to bronze, by the columns of the stage. Files count in the order in which they are read. */
export type StageRow = readonly [
  fileNo: number,
  lineNo: number,
  raw: string,
  parsed: string | null,
  problem: string | null,
];

/** How an engine reads the lines of plain files: JSON objects, or the fields of a CSV header. */
export type LineShape =
  | { readonly format: 'jsonl' }
  | { readonly format: 'csv'; readonly delimiter: string; readonly header: readonly string[] };

/** What a file turned out to hold. */
export interface FileCounts {
  readonly rowsRead: number;
  readonly malformed: number;
  /** Rows whose record was in bronze already or was read before. */
  readonly duplicates: number;
}

export const NO_ROWS: FileCounts = { rowsRead: 0, malformed: 0, duplicates: 0 };

/** What the rows of bronze say of their load. */
export interface Batch {
  readonly batchId: string;
  readonly loadedAt: string;
  /** By file number. */
  readonly paths: readonly string[];
}

/**
 * Where rows wait on their way to bronze. It lives inside one transaction: made, filled and dropped there, so that no trace of it stays
 * when that is rolled back.
 */
export interface Stage {
  add(rows: readonly StageRow[]): Promise<void>;
  /** Has the engine read lines of a plain file. All of them until `flush` must have the same shape. */
  addLines(lines: LinesOf, fileNo: number, shape: LineShape): Promise<void>;
  /** Moves the rows that wait to bronze but for those whose record is there already or was read before. */
  flush(): Promise<void>;
  /** Forgets the rows of the last file, which turned out to be unreadable, in bronze too. */
  forget(fileNo: number): Promise<void>;
  /** Flushes; returns the counts by file number, of files that have rows. */
  finish(): Promise<ReadonlyMap<number, FileCounts>>;
}

/** The stage on the way to the bronze table of a source. */
export function stage(connection: Connection, statements: Statements, source: string, batch: Batch): Stage {
  const { relation, temporary, literal } = statements;
  const bronze = relation(bronzeTable(source));
  const counts = new Map<number, FileCounts>();
  let isOpen = false;
  let shape: LineShape | undefined;
  const all = async (sql: readonly string[]) => {
    for (const statement of sql) await connection.execute(statement);
  };
  const open = async () => {
    if (isOpen) return;
    isOpen = true;
    await connection.execute(`drop table if exists ${relation(STAGE)}`);
    await connection.execute(
      `create table ${relation(STAGE)} (file_no bigint, line_no bigint, raw text, parsed text, problem text)`,
    );
  };

  const flush = async () => {
    if (!isOpen) return;
    const lines = shape ? `\nunion all\n${judgedLines(temporary(LINES), shape, statements)}` : '';
    await all(
      statements.createTemporary(
        ROWS,
        `select *, ${ROW_HASH} as row_hash
         from (select file_no, line_no, raw, parsed, problem from ${relation(STAGE)}${lines}) as judged`,
      ),
    );
    await connection.execute(`drop table ${relation(STAGE)}`);
    if (shape) await connection.execute(statements.dropTemporary(LINES));
    isOpen = false;
    shape = undefined;
    await all(
      statements.createTemporary(
        DUPLICATES,
        `select file_no, line_no from ${temporary(ROWS)} as r
         where exists (select 1 from ${bronze} as b where b.row_hash = r.row_hash)
         union
         select r.file_no, r.line_no from ${temporary(ROWS)} as r
         inner join (
           select row_hash, min(${ORDER}) as first from ${temporary(ROWS)} group by row_hash having count(*) > 1
         ) as again on again.row_hash = r.row_hash and ${ORDER} > again.first`,
      ),
    );
    const found = await connection.rows<{ file_no: number; rows: number; malformed: number; duplicates: number }>(
      `select r.file_no, r.n as rows, r.malformed, coalesce(d.n, 0) as duplicates
       from (select file_no, count(*) as n, count(problem) as malformed from ${temporary(ROWS)} group by file_no) as r
       left join (select file_no, count(*) as n from ${temporary(DUPLICATES)} group by file_no) as d on d.file_no = r.file_no`,
    );
    // A plain copy is the common case, and the only one that an engine spreads over its cores.
    if (found.some(({ duplicates }) => Number(duplicates) > 0)) {
      await connection.execute(
        `delete from ${temporary(ROWS)} where ${ORDER} in (select ${ORDER} from ${temporary(DUPLICATES)})`,
      );
    }
    if (found.length > 0) {
      // Not a join: it would cost the engine the order of the rows, and a fifth of the time.
      const files = found.map(({ file_no: file }) => `when ${file} then ${literal(batch.paths[Number(file)]!)}`);
      await connection.execute(
        `insert into ${bronze} (raw, parsed, row_hash, source_file, line_no, batch_id, loaded_at, problem)
         select raw, parsed, row_hash, case file_no ${files.join(' ')} end, line_no, cast($1 as text), cast($2 as timestamptz), problem
         from ${temporary(ROWS)}`,
        [batch.batchId, batch.loadedAt],
      );
    }
    await connection.execute(statements.dropTemporary(ROWS));
    await connection.execute(statements.dropTemporary(DUPLICATES));
    for (const { file_no: file, rows, malformed, duplicates } of found) {
      const before = counts.get(Number(file)) ?? NO_ROWS;
      counts.set(Number(file), {
        rowsRead: before.rowsRead + Number(rows),
        malformed: before.malformed + Number(malformed),
        duplicates: before.duplicates + Number(duplicates),
      });
    }
  };

  return {
    async add(rows) {
      await open();
      await connection.append(STAGE, STAGE_COLUMNS, rows as readonly (readonly Value[])[]);
    },

    async addLines(lines, fileNo, shapeOfLines) {
      await open();
      if (!shape) {
        await all(
          statements.createTemporary(LINES, `select file_no, line_no, raw from ${relation(STAGE)} where 1 = 0`),
        );
      }
      shape ??= shapeOfLines;
      await connection.appendLines(LINES, lines, fileNo);
    },

    flush,

    async forget(fileNo) {
      if (isOpen) await connection.execute(`delete from ${relation(STAGE)} where file_no = $1`, [fileNo]);
      if (shape) await connection.execute(`delete from ${temporary(LINES)} where file_no = $1`, [fileNo]);
      if (!counts.delete(fileNo)) return;
      await connection.execute(`delete from ${bronze} where source_file = $1 and batch_id = $2`, [
        batch.paths[fileNo]!,
        batch.batchId,
      ]);
    },

    async finish() {
      await flush();
      return counts;
    },
  };
}

/** The order in which rows were read, as one number. */
const ORDER = 'file_no * 4294967296 + line_no';

/**
 * MD5 of the record: the JSON line, or the CSV row with its header, for the same fields under other names are another record. It never
 * covers the path. Text that stands for other bytes is set apart from the same text written properly.
 */
const ROW_HASH = `md5(case
  when problem in ('invalid_utf8', 'nul_character') then problem || ':' || raw
  else coalesce(parsed, raw)
end)`;

/** The lines of plain files with what our own readers would say of them. */
function judgedLines(lines: string, shape: LineShape, { literal, isJson, isJsonObject }: Statements): string {
  if (shape.format === 'jsonl') {
    return `select file_no, line_no, raw, cast(null as text) as parsed,
      case when ${isJsonObject('raw')} then null when ${isJson('raw')} then 'not_an_object' else 'malformed_json' end as problem
    from ${lines}`;
  }
  const width = shape.header.length;
  const fields = shape.header.map((name, i) => {
    const key = literal(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    return `${key} || case when fields[${i + 1}] = '' then 'null' else '"' || fields[${i + 1}] || '"' end`;
  });
  return `select file_no, line_no, raw,
      case when array_length(fields, 1) = ${width} then ${fields.join(' || ')} || '}' end as parsed,
      case when array_length(fields, 1) = ${width} then null else 'column_count' end as problem
    from (select file_no, line_no, raw, string_to_array(raw, ${literal(shape.delimiter)}) as fields from ${lines} where line_no > 1) as split`;
}
