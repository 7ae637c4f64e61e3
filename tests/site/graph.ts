import type {
  Action,
  AssertionAction,
  ColumnDoc,
  CompiledGraph,
  OperationsAction,
  TableAction,
} from '../../runner/graph.ts';
import type { ActionResult, ActionStatus, RunRecord } from '../../runner/record.ts';
import { targetName } from '../../warehouse/target.ts';

type Base = Omit<TableAction, 'kind' | 'query' | 'preOperations' | 'postOperations' | 'materialized' | 'bigquery'>;

function base(name: string, dependencies: readonly string[], more: Partial<Base> = {}): Base {
  const dot = name.indexOf('.');
  const target = { schema: name.slice(0, dot), name: name.slice(dot + 1) };
  return {
    target,
    canonicalTarget: target,
    dependencies,
    tags: [],
    disabled: false,
    fileName: `definitions/${target.schema}/${target.name}.sqlx`,
    description: '',
    columns: [],
    properties: {},
    ...more,
  };
}

export const column = (name: string, description = '', ...tags: string[]): ColumnDoc => ({ name, description, tags });

export const model = (
  name: string,
  dependencies: readonly string[] = [],
  more: Partial<TableAction> = {},
): TableAction => ({
  ...base(name, dependencies),
  kind: 'table',
  query: `select * from ${dependencies[0] ?? '(values (1))'}`,
  preOperations: [],
  postOperations: [],
  materialized: false,
  bigquery: {},
  ...more,
});

export const source = (name: string, more: Partial<Base> = {}): Action => ({
  ...base(name, [], more),
  kind: 'declaration',
});

export const assertion = (
  name: string,
  dependencies: readonly string[],
  more: Partial<AssertionAction> = {},
): AssertionAction => ({
  ...base(name, dependencies),
  kind: 'assertion',
  query: `select * from ${dependencies[0]} where false`,
  severity: 'error',
  ...more,
});

export const operations = (
  name: string,
  queries: readonly string[],
  dependencies: readonly string[] = [],
): OperationsAction => ({
  ...base(name, dependencies),
  kind: 'operations',
  queries,
  hasOutput: true,
});

export const graphOf = (actions: readonly Action[], hash = 'abc123def456abc123'): CompiledGraph => ({
  version: 1,
  projectConfig: {
    warehouse: 'bigquery',
    defaultSchema: 'analytics',
    assertionSchema: 'assertions',
    vars: { engine: 'duckdb', dataset: 'synthetic' },
  },
  dataformCoreVersion: '3.0.62',
  hash,
  actions: [...actions].sort((a, b) => (targetName(a.target) < targetName(b.target) ? -1 : 1)),
});

/** A result for an action: by default it was successful and made 1,000 rows, or found none. */
export function result(
  action: Action,
  status: ActionStatus = 'SUCCESSFUL',
  more: Partial<ActionResult> = {},
): ActionResult {
  const ran = ['SUCCESSFUL', 'FAILED', 'WARNED'].includes(status);
  const rows = action.kind === 'assertion' ? 0 : 1000;
  return {
    name: targetName(action.target),
    kind: action.kind,
    status,
    fileName: action.fileName,
    ...(ran ? { startedAt: 10, rows } : {}),
    milliseconds: ran ? 120 : 0,
    tasks: [],
    ...more,
  };
}

export const recordOf = (actions: readonly ActionResult[], more: Partial<RunRecord> = {}): RunRecord => ({
  version: 1,
  runId: '20260301T101500Z-1a2b3c',
  status: actions.some(({ status }) => status === 'FAILED') ? 'FAILED' : 'SUCCESSFUL',
  startedAt: '2026-03-01T10:15:00.000Z',
  finishedAt: '2026-03-01T10:15:08.400Z',
  milliseconds: 8400,
  engine: 'duckdb',
  engineVersion: 'v1.5.6',
  graphHash: 'abc123def456abc123',
  selection: { actions: [], tags: [], includeDependencies: false, includeDependents: false, fullRefresh: false },
  actions,
  ...more,
});
