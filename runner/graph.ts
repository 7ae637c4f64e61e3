import type { Target } from '../warehouse/target.ts';

export const GRAPH_VERSION = 1;

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface ColumnDoc {
  readonly name: string;
  readonly description: string;
  /** As in the config block. Ours: `key`, `time`, `feature` with `numeric` or `categorical`, `label`, `unavailable`. */
  readonly tags: readonly string[];
}

interface ActionBase {
  readonly target: Target;
  /** The target without suffix and prefix: stable across environments. */
  readonly canonicalTarget: Target;
  /** Names as {@link targetName} gives them, sorted, without duplicates. */
  readonly dependencies: readonly string[];
  readonly tags: readonly string[];
  readonly disabled: boolean;
  /** Relative to the project folder, with forward slashes. */
  readonly fileName: string;
  readonly description: string;
  readonly columns: readonly ColumnDoc[];
  /** `metadata.extraProperties` of the config block as plain JSON: grain, owner, severity and whatever a project adds. */
  readonly properties: { readonly [key: string]: Json };
}

export interface TableAction extends ActionBase {
  readonly kind: 'table' | 'view' | 'incremental';
  readonly query: string;
  readonly preOperations: readonly string[];
  readonly postOperations: readonly string[];
  readonly materialized: boolean;
  /** Of incremental tables. */
  readonly incremental?: {
    readonly query: string;
    readonly preOperations: readonly string[];
    readonly postOperations: readonly string[];
    readonly uniqueKey: readonly string[];
    /** A condition on the table without its alias: `updatePartitionFilter` of the config block. */
    readonly updatePartitionFilter?: string;
    /** Conditions over the aliases DATAFORM_DEST and DATAFORM_SOURCE. */
    readonly predicates: readonly string[];
    readonly strategy: 'INSERT' | 'MERGE' | 'INSERT_OVERWRITE';
    readonly onSchemaChange: 'IGNORE' | 'FAIL' | 'EXTEND' | 'SYNCHRONIZE';
    readonly protected: boolean;
  };
  /** BigQuery settings as they stand in the config block. */
  readonly bigquery: { readonly [key: string]: Json };
}

export interface OperationsAction extends ActionBase {
  readonly kind: 'operations';
  readonly queries: readonly string[];
  readonly hasOutput: boolean;
}

export interface AssertionAction extends ActionBase {
  readonly kind: 'assertion';
  readonly query: string;
  /** The table whose config block made this assertion. */
  readonly parent?: string;
  /** `warn`: rows are reported, dependents run, the exit code stays 0. */
  readonly severity: 'error' | 'warn';
}

export interface DeclarationAction extends ActionBase {
  readonly kind: 'declaration';
}

/**
 * A unit test: the two queries must give equal rows. It is no part of a run and makes nothing in the warehouse; its target has the
 * schema `test`.
 */
export interface TestAction extends ActionBase {
  readonly kind: 'test';
  /** The query of the model with its inputs replaced. */
  readonly query: string;
  readonly expectedQuery: string;
  /** Name of the tested table or view; empty where the compiler of a project is too old to say it. */
  readonly model: string;
  /** Names of the inputs that replaced a ref, and of those that replaced none. */
  readonly inputs: { readonly used: readonly string[]; readonly unused: readonly string[] };
  /**
   * The query of what an incremental table holds before the run. With it `query` gives the new rows, and the table after the run is
   * compared; without it the first build is.
   */
  readonly before?: string;
}

/** What the compiler gives and the runner does not run: said by name, never in silence. */
export interface UnsupportedAction extends ActionBase {
  readonly kind: 'notebook' | 'dataPreparation' | 'jit';
}

export type Action =
  | TableAction
  | OperationsAction
  | AssertionAction
  | DeclarationAction
  | TestAction
  | UnsupportedAction;

/** A compiled project: plain, readonly, JSON. Actions are sorted by name. */
export interface CompiledGraph {
  readonly version: typeof GRAPH_VERSION;
  readonly projectConfig: {
    readonly warehouse: string;
    readonly defaultSchema: string;
    readonly assertionSchema: string;
    readonly defaultDatabase?: string;
    readonly vars: { readonly [name: string]: string };
  };
  readonly dataformCoreVersion: string;
  /** SHA-256 over everything that decides what a run does. */
  readonly hash: string;
  readonly actions: readonly Action[];
}
