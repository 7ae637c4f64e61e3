import type { Statements } from '../warehouse/statements.ts';
import type { Connection, LinesOf } from '../warehouse/warehouse.ts';
import type { FileCounts } from './duplicates.ts';
import type { Content } from './raw-files.ts';
import { lineStage } from './stage-lines.ts';
import { rowStage } from './stage-rows.ts';

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

export interface NumberedLines {
  readonly fileNo: number;
  readonly lines: LinesOf;
}

/** What the rows of bronze say of their load. */
export interface Batch {
  readonly batchId: string;
  readonly loadedAt: string;
  /** By file number. */
  readonly paths: readonly string[];
}

/**
 * The way of rows to bronze, inside one transaction. They are written once, duplicates and all, and the few duplicates are taken out at
 * the end: to hold rows back until they have been looked at would be to write them twice.
 */
export interface Stage {
  add(rows: readonly StageRow[]): Promise<void>;
  /**
   * Adds the lines of plain files of one shape.
   *
   * @param content of a single file that nobody has read: it looks at all bytes. When it finds that they are not plain, the work ends or fails
   *   early, and the transaction has to be undone.
   */
  addLines(files: readonly NumberedLines[], shape: LineShape, content?: Content): Promise<void>;
  /** Forgets the rows of a file, which turned out to be unreadable. */
  forget(fileNo: number): Promise<void>;
  /** Takes out the rows whose record was there already or was read before; returns the counts by file number, of files that have rows. */
  finish(): Promise<ReadonlyMap<number, FileCounts>>;
}

/** The stage on the way to the bronze table of a source, as the engine of the connection has it fastest. */
export function stage(connection: Connection, statements: Statements, source: string, batch: Batch): Stage {
  const { bulk } = connection;
  return 'stream' in bulk
    ? rowStage(connection, bulk.stream, statements, source, batch)
    : lineStage(connection, bulk.executeOnLines, statements, source, batch);
}

/** Whether the engine of a connection reads plain CSV by itself; JSON lines are no matter of engines. */
export const readsCsv = ({ bulk }: Connection): boolean => 'executeOnLines' in bulk;
