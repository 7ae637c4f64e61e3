import type { Statements } from '../warehouse/statements.ts';
import type { Connection, EngineOfRows, RowSink } from '../warehouse/warehouse.ts';
import { type FileCounts, NO_ROWS, takeOutDuplicates } from './duplicates.ts';
import { hashSet } from './hash-set.ts';
import { isSurelyObject } from './json-proof.ts';
import { judge } from './jsonl.ts';
import { lineBlocks } from './line-blocks.ts';
import type { Content } from './raw-files.ts';
import { lineDigest, rowDigest } from './row-hash.ts';
import type { Batch, NumberedLines, Stage } from './stage.ts';
import { bronzeTable } from './tables.ts';

const COLUMNS = ['raw', 'parsed', 'row_hash', 'line_no', 'problem', 'source_file', 'batch_id', 'loaded_at'];
const LINE_FEED = 10;

/**
 * The way of rows to the bronze table of an engine that takes rows faster than it computes with them: hash and problem are found here, so
 * that each row is written once and for good.
 */
export function rowStage(
  connection: Connection,
  stream: EngineOfRows['stream'],
  statements: Statements,
  source: string,
  batch: Batch,
  hashes = hashSet(),
): Stage {
  const target = bronzeTable(source);
  const bronze = statements.relation(target);
  const counts = new Map<number, { rowsRead: number; malformed: number }>();
  /** By file number: what the end of all its rows is. */
  const ends = new Map<number, Uint8Array>();
  const loadedAt = Date.parse(batch.loadedAt);
  let hasOthers: boolean | undefined;

  const send = async (work: (rows: RowSink) => Promise<void>) => {
    hasOthers ??= (await connection.rows(`select 1 as found from ${bronze} limit 1`)).length > 0;
    await stream(target, COLUMNS, work);
  };
  const endOf = (rows: RowSink, fileNo: number): Uint8Array => {
    const end =
      ends.get(fileNo) ??
      rows.kept(() => {
        rows.text(batch.paths[fileNo]!);
        rows.text(batch.batchId);
        rows.time(loadedAt);
      });
    ends.set(fileNo, end);
    return end;
  };
  const countOf = (fileNo: number) => {
    const count = counts.get(fileNo) ?? { rowsRead: 0, malformed: 0 };
    counts.set(fileNo, count);
    return count;
  };
  /** What comes after the text of a row. */
  const rest = (rows: RowSink, digest: string, lineNo: number, problem: string | null, end: Uint8Array) => {
    if (!hasOthers) hashes.add(digest);
    rows.hex(digest);
    rows.integer(lineNo);
    if (problem === null) rows.nothing();
    else rows.text(problem);
    rows.again(end);
  };

  /** The lines of a file, until its content turns out not to be plain: the server would refuse some of what may come then. */
  const sendFile = async (rows: RowSink, { fileNo, lines }: NumberedLines, content: Content | undefined) => {
    const endOfRow = endOf(rows, fileNo);
    const count = countOf(fileNo);
    let lineNo = lines.linesBefore;
    const sendLines = (bytes: Buffer, isSure: boolean) => {
      const text = isSure ? '' : bytes.toString('latin1');
      for (let start = 0; start < bytes.length; ) {
        const feed = bytes.indexOf(LINE_FEED, start);
        const end = feed < 0 ? bytes.length : feed;
        lineNo++;
        if (end > start) {
          const problem = isSure || isSurelyObject(text, start) ? null : judge(bytes.toString('utf8', start, end));
          const line = bytes.subarray(start, end);
          rows.begin();
          rows.bytes(line);
          rows.nothing();
          rest(rows, lineDigest(line), lineNo, problem, endOfRow);
          count.rowsRead++;
          if (problem !== null) count.malformed++;
        }
        start = end + 1;
      }
    };
    for await (const block of lineBlocks(lines.file, lines.start)) {
      // A last line without its end has not been judged.
      const isWhole = block.at(-1) === LINE_FEED;
      const isSure = (content?.look(block) ?? false) && isWhole;
      if (!isWhole) content?.isPlain();
      if (content?.isPlainSoFar() === false) return;
      sendLines(block, isSure);
      await rows.flush();
    }
  };

  return {
    add: (rows) =>
      send(async (sink) => {
        for (const [i, [fileNo, lineNo, raw, parsed, problem]] of rows.entries()) {
          sink.begin();
          sink.text(raw);
          if (parsed === null) sink.nothing();
          else sink.text(parsed);
          rest(sink, rowDigest({ raw, parsed, problem }), lineNo, problem, endOf(sink, fileNo));
          const count = countOf(fileNo);
          count.rowsRead++;
          if (problem !== null) count.malformed++;
          if (i % 1000 === 0) await sink.flush();
        }
      }),

    addLines: (files, _shape, content) =>
      send(async (sink) => {
        for (const file of files) await sendFile(sink, file, content);
      }),

    async forget(fileNo) {
      if (!counts.delete(fileNo)) return;
      await connection.execute(`delete from ${bronze} where source_file = $1 and batch_id = $2`, [
        batch.paths[fileNo]!,
        batch.batchId,
      ]);
    },

    async finish() {
      const found = [...counts].filter(([, { rowsRead }]) => rowsRead > 0);
      if (found.length === 0) return new Map();
      if (!hasOthers && !hashes.mayRepeat()) {
        return new Map<number, FileCounts>(found.map(([fileNo, count]) => [fileNo, { ...NO_ROWS, ...count }]));
      }
      const files = new Map(found.map(([fileNo]) => [fileNo, batch.paths[fileNo]!]));
      return takeOutDuplicates(connection, statements, bronze, { batchId: batch.batchId, files }, hasOthers ?? true);
    },
  };
}
