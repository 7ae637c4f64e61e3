import type { Problem } from '../core/errors.ts';
import type { Capabilities } from './capabilities.ts';
import type { Statements } from './statements.ts';
import type { Target } from './target.ts';

export type Engine = 'duckdb' | 'postgres' | 'bigquery';

/** A value that can stand in a result row: 64-bit integers that fit become numbers, dates and timestamps ISO text. */
export type Value = string | number | bigint | boolean | null;
export type Row = Record<string, Value>;

/** A result by column. `kind` decides the array: numbers as Float64Array with NaN for null, anything else as text or null. */
export type Column =
  | { readonly name: string; readonly kind: 'number'; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'text'; readonly values: (string | null)[] };

export interface ColumnInfo {
  readonly name: string;
  /** The engine's spelling. */
  readonly type: string;
}

/** What a name can stand for, as SQL calls it. */
export type RelationType = 'table' | 'view' | 'materialized view';

/** What stands in the warehouse under a name. */
export interface Relation {
  readonly type: RelationType;
  readonly columns: readonly ColumnInfo[];
}

/** A relation as a list of relations names it. */
export interface ListedRelation {
  readonly target: Target;
  readonly type: Relation['type'];
  /** Another one when something else was put in its place; undefined where the engine keeps no such thing. */
  readonly id?: string;
}

/** What a relation holds at one moment. */
export interface Content {
  readonly rows: number;
  /** Differs whenever the rows do; can differ when they are equal. */
  readonly version: string;
}

/**
 * One engine and one database. Opening is cheap to ask for twice and never leaves a half-open state: it either works or throws
 * WAREHOUSE_LOCKED or WAREHOUSE_FAILED.
 */
export interface Warehouse {
  readonly engine: Engine;
  /** As the engine says it: `v1.5.6`. */
  readonly version: string;
  readonly capabilities: Capabilities;
  /** How this engine spells identifiers, literals and the statements that make actions. */
  readonly statements: Statements;
  /** A connection of its own: statements on two connections run at the same time. */
  connect(): Promise<Connection>;
  /** What stands under the name now, or undefined. */
  describe(target: Target): Promise<Relation | undefined>;
  /** As {@link describe} for many names in one question, in their order. */
  describeAll(targets: readonly Target[]): Promise<(Relation | undefined)[]>;
  /** All tables and views of the schemas, in one question; a schema that does not exist has none. */
  relations(schemas: readonly string[]): Promise<ListedRelation[]>;
  /**
   * What the relation holds, by reading all of it; undefined when it is not there or the engine cannot tell, as of a view on Postgres.
   * With `onlyCheap` also when reading it would take more than about a second.
   */
  content(target: Target, options?: { readonly onlyCheap?: boolean }): Promise<Content | undefined>;
  /** What a run that makes these relations has to be allowed and is not: one problem a right, with the statement that grants it. */
  missingRights(writes: readonly Target[]): Promise<Problem[]>;
  /** True for an error after which the same statement can succeed: it lost against another transaction, and changed nothing. */
  isConflict(error: unknown): boolean;
  /** True when a connection was lost or could not be made, and a new one may be had later: {@link Connection.revive}. */
  isLost(error: unknown): boolean;
  close(): Promise<void>;
}

/**
 * The lines of a text file from a place on: UTF-8 without a byte order mark and without control characters but line feeds and tabs; lines up to 2 MB.
 */
export interface LinesOf {
  readonly file: string;
  /** Bytes before the place; a line begins there. */
  readonly start: number;
  /** Lines before the place. */
  readonly linesBefore: number;
}

export interface EngineOfLines {
  /**
   * Runs a statement that reads the lines of text files at the engine's own speed, and returns the rows that it changed.
   *
   * @param files are read in one statement: each costs an engine some milliseconds.
   * @param statement gets the relation that stands for the lines, with the columns `file_no` (of `files`, from 0), `line_no` and `raw`. Lines
   *   count from 1; empty ones are counted and left out.
   */
  executeOnLines(
    files: readonly LinesOf[],
    statement: (lines: string) => string,
    parameters?: readonly Value[],
  ): Promise<number>;
}

export interface EngineOfRows {
  /** Adds the rows that `work` hands over, in the engine's own format. All of them arrive or none does. */
  stream(target: Target, columns: readonly string[], work: (rows: RowSink) => Promise<void>): Promise<void>;
}

/** Takes rows value by value, in the order of the columns. */
export interface RowSink {
  /** Begins a row. */
  begin(): void;
  nothing(): void;
  text(text: string): void;
  /** A text of hexadecimal digits, two a character, which are bytes. */
  hex(bytes: string): void;
  /** A text, in UTF-8. */
  bytes(text: Uint8Array): void;
  /** For a column of the type bigint. */
  integer(value: number): void;
  /** For a column of the type timestamptz. */
  time(milliseconds: number): void;
  /** What `write` writes, to be written into many rows; not now. */
  kept(write: () => void): Uint8Array;
  /** What was {@link kept}. */
  again(kept: Uint8Array): void;
  /** To be called now and then between rows: sends what has come together, and waits until the engine takes more. */
  flush(): Promise<void>;
}

/** Of work whose connection was lost: `undone` was rolled back or never sent. */
export type Fate = 'committed' | 'undone' | 'unknown';

/** Statements run one after another. Parameters are bound by the engine, never spliced into the text. */
export interface Connection {
  /** Runs a statement (or several, when there are no parameters) and returns the rows that the last one changed. */
  execute(sql: string, parameters?: readonly Value[]): Promise<number>;
  /**
   * Runs statements in one transaction, in as few messages as the engine takes, and returns the rows that each changed. For what may be
   * sent again: when the connection is lost, nobody can tell whether they were committed.
   */
  executeAll(statements: readonly string[]): Promise<number[]>;
  rows<T extends Row = Row>(sql: string, parameters?: readonly Value[]): Promise<T[]>;
  /** For learning: whole columns, without an object per row. */
  columns(sql: string, parameters?: readonly Value[]): Promise<Column[]>;
  /** The columns that a query would give, without running it. */
  describe(sql: string): Promise<ColumnInfo[]>;
  /** Bulk insert at the engine's own speed; values by position in the order of `columns`. Returns the number of rows. */
  append(
    target: Target,
    columns: readonly string[],
    rows: AsyncIterable<readonly Value[]> | Iterable<readonly Value[]>,
  ): Promise<number>;
  /** How large text files come in: an engine reads them by itself, or rows from outside are faster. */
  readonly bulk: EngineOfLines | EngineOfRows;
  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it throws. When the connection is lost in the middle of the
   * commit, {@link fate} can say what became of it if `witness` names a table of which every row that `work` writes is a new version.
   */
  transaction<T>(work: () => Promise<T>, witness?: Target): Promise<T>;
  /** Makes a new session in the place of one that was lost, and does nothing otherwise. Temporary objects went with the old session. */
  revive(): Promise<void>;
  /** What became of the work that ended in an error for which {@link Warehouse.isLost} is true; to be asked after {@link revive}. */
  fate(error: unknown): Promise<Fate>;
  /** Asks the engine to stop the running statement, which then rejects. */
  cancel(): void;
  close(): Promise<void>;
}
