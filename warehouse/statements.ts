import type { Spelling } from './spelling.ts';
import type { Target } from './target.ts';
import type { ColumnInfo, RelationType } from './warehouse.ts';

export interface Merge {
  readonly target: Target;
  /** Evaluated once; its keys hold no null and no duplicate. */
  readonly query: string;
  readonly columns: readonly string[];
  readonly uniqueKey: readonly string[];
  /**
   * Narrows the rows of the target that can match: `updatePartitionFilter` and incremental predicates. The target has the alias
   * `DATAFORM_DEST` and the new rows `DATAFORM_SOURCE`, as in Dataform's own merge, because predicates use them.
   */
  readonly filter?: string;
}

/** Replaces the partitions of the target that occur in the query. */
export interface Overwrite {
  readonly target: Target;
  readonly query: string;
  readonly columns: readonly string[];
  /** The expression of `partitionBy`, over the columns of the table. */
  readonly partitionBy: string;
  /** Narrows the rows of the target that go, over its alias `DATAFORM_DEST`. */
  readonly filter?: string;
}

/** What an engine may need to know to replace a relation; each has its own reason to ignore it. */
export interface Replacement {
  /** Views that the same run makes anew later: they may show the old rows until then where the new columns do not suit them. */
  readonly remade?: readonly Target[];
  /** One list of columns an index; of tables and materialized views. */
  readonly indexes?: readonly (readonly string[])[];
  /** A view that holds the rows of its query. */
  readonly materialized?: boolean;
}

/**
 * Pure functions from names and SQL to SQL: what a plan shows is what the engine gets. Where several statements are returned, the
 * runner sends them in one transaction.
 */
export interface Statements extends Spelling {
  createSchema(schema: string): string;
  /** Replaces atomically: a reader finds the old table or the new one. Views that read it stay. The first statement fills it. */
  createTableAs(target: Target, query: string, replacement?: Replacement): string[];
  createView(target: Target, query: string, replacement?: Replacement): string[];
  drop(target: Target, type: RelationType): string;
  /** The name of a table that only this connection sees. */
  temporary(name: string): string;
  /** Makes or replaces a table that only this connection sees. */
  createTemporary(name: string, query: string): string[];
  dropTemporary(name: string): string;
  /** Inserts by column name. */
  insert(target: Target, columns: readonly string[], query: string): string[];
  merge(merge: Merge): string[];
  overwrite(overwrite: Overwrite): string[];
  /** The type of a column of long texts that are much like each other, as it is stored best. */
  readonly alikeText: string;
  /** The type of a column of texts that have nothing in common, such as hashes. */
  readonly distinctText: string;
  /** A number of 64 bits that is the same for equal texts, and hardly ever for others. */
  hash64(text: string): string;
  /** Whether a text is a JSON object. An engine may take more for JSON than RFC 8259 does: NaN, infinities, trailing commas. */
  isJsonObject(text: string): string;
  /** Whether a text is JSON of any kind, with the same leniency. */
  isJson(text: string): string;
  addColumn(target: Target, column: ColumnInfo): string;
  dropColumn(target: Target, column: string): string;
  comment(target: Target, type: RelationType, text: string): string;
  commentColumn(target: Target, column: string, text: string): string;
  /** Asks for the plan of a query without running it. */
  explain(query: string): string;
}
