import type { Statements } from '../warehouse/statements.ts';
import type { Target } from '../warehouse/target.ts';
import type { Connection, EngineOfLines, Value } from '../warehouse/warehouse.ts';
import { distinctCounts, takeOutDuplicates } from './duplicates.ts';
import { lineBlocks } from './line-blocks.ts';
import type { Content } from './raw-files.ts';
import { ROW_HASH } from './row-hash.ts';
import type { Batch, LineShape, Stage } from './stage.ts';
import { bronzeTable } from './tables.ts';

const STAGE: Target = { schema: 'ops', name: 'load_stage' };
const STAGE_COLUMNS = ['file_no', 'line_no', 'raw', 'parsed', 'problem'];

/** The way of rows to the bronze table of an engine that reads lines by itself. */
export function lineStage(
  connection: Connection,
  executeOnLines: EngineOfLines['executeOnLines'],
  statements: Statements,
  source: string,
  batch: Batch,
): Stage {
  const { relation, literal } = statements;
  const bronze = relation(bronzeTable(source));
  const files = new Set<number>();
  const parameters = [batch.batchId, batch.loadedAt];
  /** Whether there are records that the new ones could repeat: not when a source is loaded for the first time. */
  let hasOthers: boolean | undefined;
  const begin = async () => {
    hasOthers ??= (await connection.rows(`select 1 as found from ${bronze} limit 1`)).length > 0;
  };
  const insert = (file: string, judged: string) => `
    insert into ${bronze} (raw, parsed, row_hash, source_file, line_no, batch_id, loaded_at, problem)
    select raw, parsed, ${ROW_HASH}, ${file}, line_no, cast($1 as text), cast($2 as timestamptz), problem
    from (${judged}) as judged`;
  const pathOf = (fileNo: number) => literal(batch.paths[fileNo]!);

  return {
    async add(rows) {
      await begin();
      for (const [fileNo] of rows) files.add(fileNo);
      await connection.execute(`drop table if exists ${relation(STAGE)}`);
      await connection.execute(
        `create table ${relation(STAGE)} (file_no bigint, line_no bigint, raw text, parsed text, problem text)`,
      );
      await connection.append(STAGE, STAGE_COLUMNS, rows as readonly (readonly Value[])[]);
      // Not a join: it would cost the engine the order of the rows, and a fifth of the time.
      const file = `case file_no ${[...new Set(rows.map(([no]) => no))].map((no) => `when ${no} then ${pathOf(no)}`).join(' ')} end`;
      await connection.execute(insert(file, `select * from ${relation(STAGE)}`), parameters);
      await connection.execute(`drop table ${relation(STAGE)}`);
    },

    async addLines(plain, shape, content) {
      await begin();
      for (const { fileNo } of plain) files.add(fileNo);
      const paths = plain.map(({ fileNo }) => pathOf(fileNo));
      const path = paths.length === 1 ? paths[0]! : `(array[${paths.join(', ')}])[file_no + 1]`;
      const inserted = executeOnLines(
        plain.map(({ lines }) => lines),
        (relation) => insert(path, judgedLines(relation, shape, statements)),
        parameters,
      );
      // Awaited below in any case: nothing else may be asked of the connection before.
      inserted.catch(() => undefined);
      try {
        for (const { lines } of content ? plain : []) await lookThrough(lines.file, content!, connection);
      } finally {
        await inserted.catch(() => undefined);
      }
      await inserted;
    },

    async forget(fileNo) {
      if (!files.delete(fileNo)) return;
      await connection.execute(`delete from ${bronze} where source_file = $1 and batch_id = $2`, [
        batch.paths[fileNo]!,
        batch.batchId,
      ]);
    },

    async finish() {
      const rows = { batchId: batch.batchId, files: new Map([...files].map((no) => [no, batch.paths[no]!])) };
      if (files.size === 0) return new Map();
      const distinct = hasOthers ? undefined : await distinctCounts(connection, statements, bronze, rows);
      return distinct ?? takeOutDuplicates(connection, statements, bronze, rows, hasOthers ?? true);
    },
  };
}

/** The lines of plain files with what our own readers would say of them. */
function judgedLines(lines: string, shape: LineShape, { literal, isJson, isJsonObject }: Statements): string {
  if (shape.format === 'jsonl') {
    return `select file_no, line_no, raw, cast(null as text) as parsed,
      case when ${isJsonObject('raw')} then null when ${isJson('raw')} then 'not_an_object' else 'malformed_json' end as problem
    from ${lines} as lines`;
  }
  const width = shape.header.length;
  const fields = shape.header.map((name, i) => {
    const key = literal(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    return `${key} || case when fields[${i + 1}] = '' then 'null' else '"' || fields[${i + 1}] || '"' end`;
  });
  return `select file_no, line_no, raw,
      case when array_length(fields, 1) = ${width} then ${fields.join(' || ')} || '}' end as parsed,
      case when array_length(fields, 1) = ${width} then null else 'column_count' end as problem
    from (select file_no, line_no, raw, string_to_array(raw, ${literal(shape.delimiter)}) as fields from ${lines} as lines where line_no > 1) as split`;
}

/** Looks at a file while the engine reads it, and stops the engine when it reads what is not plain. */
async function lookThrough(file: string, content: Content, { cancel }: Connection): Promise<void> {
  for await (const block of lineBlocks(file)) {
    content.look(block);
    if (content.isPlainSoFar()) continue;
    cancel();
    return;
  }
  content.isPlain();
}
