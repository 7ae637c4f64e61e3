import type { ColumnInfo } from './warehouse.ts';
import type { Target } from './target.ts';

export interface Merge {
  readonly target: Target;
  readonly query: string;
  readonly columns: readonly string[];
  readonly uniqueKey: readonly string[];
  /** Narrows the rows of the target that can match: `updatePartitionFilter` and incremental predicates. */
  readonly filter?: string;
}

/** Pure functions from names and SQL to SQL: what a plan shows is what the engine gets. */
export interface Statements {
  identifier(name: string): string;
  literal(text: string): string;
  /** The quoted, qualified name. */
  relation(target: Target): string;
  createSchema(schema: string): string;
  /** Replaces atomically: a reader finds the old table or the new one. */
  createTableAs(target: Target, query: string): string[];
  createView(target: Target, query: string): string[];
  drop(target: Target, type: 'table' | 'view'): string;
  /** Inserts by column name. */
  insert(target: Target, columns: readonly string[], query: string): string[];
  merge(merge: Merge): string[];
  addColumn(target: Target, column: ColumnInfo): string;
  dropColumn(target: Target, column: string): string;
  comment(target: Target, type: 'table' | 'view', text: string): string;
  commentColumn(target: Target, column: string, text: string): string;
  /** Asks for the plan of a query without running it. */
  explain(query: string): string;
}
