import type { Target } from '../warehouse/target.ts';
import type { TableAction } from './graph.ts';

/** SQL that is sent as it stands; several statements run in one transaction. */
export interface StatementTask {
  readonly type: 'statement';
  readonly statements: readonly string[];
  /** True when it can be sent again after a conflict: it replaces what it makes. Operations and inserts are never sent twice. */
  readonly repeatable: boolean;
  /** True when it makes the temporary table that the load after it reads: on a new session it has to be made again. */
  readonly staging?: boolean;
  /** Which of the statements fills the table, where that is all that will: the rows that it reports need not be counted. */
  readonly fills?: number;
}

/** A query that counts what must not be; any other count than 0 fails the action with the number and `problem`. */
export interface Check {
  readonly sql: string;
  /** Follows the number: `new rows of s.t have no value in ...`. */
  readonly problem: string;
}

/** Brings new rows into an incremental table that exists. */
export interface LoadTask {
  readonly type: 'load';
  readonly target: Target;
  readonly strategy: NonNullable<TableAction['incremental']>['strategy'];
  readonly onSchemaChange: NonNullable<TableAction['incremental']>['onSchemaChange'];
  /** The query of the new rows. */
  readonly query: string;
  readonly uniqueKey: readonly string[];
  readonly filter?: string;
  readonly partitionBy?: string;
  /** Must hold before anything is changed. */
  readonly checks: readonly Check[];
  /** With the columns that the table had when the plan was made; made anew when the schema of the table changes in the run. */
  readonly statements: readonly string[];
}

/** Descriptions as comments. Those of columns that the relation does not have are left out. */
export interface CommentsTask {
  readonly type: 'comments';
  readonly target: Target;
  readonly statements: readonly { readonly column?: string; readonly sql: string }[];
}

/** Counts the rows of an assertion's view. */
export interface AssertionTask {
  readonly type: 'assertion';
  readonly sql: string;
  /** Some of the offending rows. */
  readonly sample: string;
}

/** Counts the rows of a table when it is finished, where no statement says how many there are. */
export interface CountTask {
  readonly type: 'count';
  readonly sql: string;
}

export type PlannedTask = StatementTask | LoadTask | CommentsTask | AssertionTask | CountTask;

/** SQL of the project, sent once. */
export const once = (sql: string): StatementTask => ({ type: 'statement', statements: [sql], repeatable: false });

/** A query with one row and one column, `n`. */
export const count = (from: string): string => `select count(*) as n from ${from}`;
