import { sha256 } from '../core/files.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Action, TableAction } from './graph.ts';

/** What an action says, in hashes: equal when a run of it would send the same statements to the same relations. */
export interface Fingerprint {
  /** Of its SQL with all its operations. */
  readonly sql: string;
  /** Of everything else that matters on the engine: kind, keys, comments, indexes, what it depends on. */
  readonly rest: string;
}

export function fingerprintOf(action: Action, { capabilities }: Pick<Warehouse, 'capabilities'>): Fingerprint {
  const { kind, disabled, dependencies, description, columns, properties } = action;
  const rest = {
    kind,
    disabled,
    dependencies,
    comments: capabilities.comments
      ? [description, columns.map((column) => [column.name, column.description])]
      : undefined,
    indexes: capabilities.indexes ? properties.indexes : undefined,
    severity: kind === 'assertion' ? action.severity : undefined,
    hasOutput: kind === 'operations' ? action.hasOutput : undefined,
    ...(isTable(action)
      ? {
          materialized: action.materialized,
          bigquery: action.bigquery,
          incremental: { ...action.incremental, query: '', preOperations: [], postOperations: [] },
        }
      : {}),
  };
  return { sql: short(sqlOf(action)), rest: short(rest) };
}

/** All SQL of an action. */
export function sqlOf(action: Action): string[] {
  if (action.kind === 'operations') return [...action.queries];
  if (action.kind === 'assertion') return [action.query];
  if (!isTable(action)) return [];
  const { query, preOperations, postOperations, incremental } = action;
  return [
    ...preOperations,
    query,
    ...postOperations,
    ...(incremental ? [...incremental.preOperations, incremental.query, ...incremental.postOperations] : []),
  ];
}

export const isTable = (action: Action): action is TableAction =>
  action.kind === 'table' || action.kind === 'view' || action.kind === 'incremental';

const short = (value: unknown): string => sha256(JSON.stringify(value)).slice(0, 24);
