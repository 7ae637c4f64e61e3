import type { Statements } from '../warehouse/statements.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Action, AssertionAction, TableAction } from './graph.ts';
import { planIncremental } from './plan-incremental.ts';
import type { WarehouseState } from './state.ts';
import { type CommentsTask, count, once, type PlannedTask } from './task.ts';

type Existing = WarehouseState[string] | undefined;
type Engine = Pick<Warehouse, 'statements' | 'capabilities'>;

/** How many offending rows of an assertion are kept in the record. */
const SAMPLE_ROWS = 3;

/** The tasks of one action and why they are these. */
export function planTasks(
  action: Action,
  fullRefresh: boolean,
  existing: Existing,
  engine: Engine,
): { why: string; tasks: PlannedTask[] } {
  switch (action.kind) {
    case 'table':
    case 'view':
      return { why: whyReplaced(action), tasks: replace(action, existing, engine) };
    case 'incremental': {
      const full = reasonForFull(action, fullRefresh, existing);
      if (full) return { why: full, tasks: replace(action, existing, engine) };
      return planIncremental(action, existing?.columns ?? [], engine.statements, describe(action, engine));
    }
    case 'operations':
      return { why: 'operations: run on every run', tasks: action.queries.map((query) => once(query)) };
    case 'assertion':
      return { why: 'assertion: checked on every run', tasks: assertion(action, existing, engine) };
    case 'declaration':
    case 'test':
    case 'notebook':
    case 'dataPreparation':
    case 'jit':
      return { why: '', tasks: [] };
  }
}

function whyReplaced({ kind, materialized }: TableAction): string {
  const plain = materialized ? ' (made as a plain view, not materialized)' : '';
  return `${kind}: replaced on every run${plain}`;
}

/** Undefined when new rows can be brought into the table that is there. */
function reasonForFull(action: TableAction, fullRefresh: boolean, existing: Existing): string | undefined {
  if (!existing) return 'incremental: built in full, for the table does not exist';
  if (existing.type === 'view') return 'incremental: built in full, for a view stands in its place';
  if (fullRefresh && !action.incremental?.protected)
    return 'incremental: built in full, for a full refresh was asked for';
  return undefined;
}

function replace(action: TableAction, existing: Existing, engine: Engine): PlannedTask[] {
  const { statements } = engine;
  const type = action.kind === 'view' ? 'view' : 'table';
  const create =
    type === 'view'
      ? statements.createView(action.target, action.query)
      : statements.createTableAs(action.target, action.query);
  return [
    ...action.preOperations.map(once),
    { type: 'statement', statements: [...dropOther(action, type, existing, statements), ...create], repeatable: true },
    ...describe(action, engine),
    ...action.postOperations.map(once),
    ...(type === 'table' ? [{ type: 'count' as const, sql: count(statements.relation(action.target)) }] : []),
  ];
}

/** Goes into the transaction of the creation, so that a reader never finds nothing. */
function dropOther(action: Action, type: 'table' | 'view', existing: Existing, statements: Statements): string[] {
  return existing && existing.type !== type ? [statements.drop(action.target, existing.type)] : [];
}

function assertion(action: AssertionAction, existing: Existing, { statements }: Engine): PlannedTask[] {
  const view = statements.relation(action.target);
  return [
    {
      type: 'statement',
      statements: [
        ...dropOther(action, 'view', existing, statements),
        ...statements.createView(action.target, action.query),
      ],
      repeatable: true,
    },
    { type: 'assertion', sql: count(view), sample: `select * from ${view} limit ${SAMPLE_ROWS}` },
  ];
}

function describe(action: TableAction, { statements, capabilities }: Engine): CommentsTask[] {
  if (!capabilities.comments) return [];
  const type = action.kind === 'view' ? 'view' : 'table';
  const { target } = action;
  const comments = [
    ...(action.description ? [{ sql: statements.comment(target, type, action.description) }] : []),
    ...action.columns
      .filter(({ description }) => description !== '')
      .map(({ name, description }) => ({ column: name, sql: statements.commentColumn(target, name, description) })),
  ];
  return comments.length > 0 ? [{ type: 'comments', target, statements: comments }] : [];
}
