import type { Target } from '../warehouse/target.ts';
import type { RelationType, Warehouse } from '../warehouse/warehouse.ts';
import { generationOf } from './generation.ts';
import type { Action, AssertionAction, TableAction } from './graph.ts';
import { planIncremental } from './plan-incremental.ts';
import type { WarehouseState } from './state.ts';
import { type CommentsTask, count, once, type PlannedTask } from './task.ts';

type Existing = WarehouseState[string] | undefined;
type Engine = Pick<Warehouse, 'statements' | 'capabilities'>;

/** How many offending rows of an assertion are kept in the record. */
const SAMPLE_ROWS = 3;

export interface TaskOptions {
  readonly fullRefresh: boolean;
  /** What stands under the name now. */
  readonly existing: Existing;
  /** Views that the plan makes after this action, because they depend on it. */
  readonly remade: readonly Target[];
}

/** The tasks of one action and why they are these. */
export function planTasks(action: Action, options: TaskOptions, engine: Engine): { why: string; tasks: PlannedTask[] } {
  const { fullRefresh, existing } = options;
  switch (action.kind) {
    case 'table':
    case 'view':
      return { why: whyReplaced(action, engine), tasks: replace(action, options, engine) };
    case 'incremental': {
      const full = reasonForFull(action, fullRefresh, existing);
      if (full) return { why: full, tasks: replace(action, options, engine) };
      return planIncremental(action, existing?.columns ?? [], engine.statements, describe(action, engine));
    }
    case 'operations':
      return { why: 'operations: run on every run', tasks: action.queries.map((query) => once(query)) };
    case 'assertion':
      return { why: 'assertion: checked on every run', tasks: assertion(action, options, engine) };
    case 'declaration':
    case 'test':
    case 'notebook':
    case 'dataPreparation':
    case 'jit':
      return { why: '', tasks: [] };
  }
}

function whyReplaced(action: TableAction, engine: Engine): string {
  const type = relationTypeOf(action, engine);
  const plain = action.materialized && type === 'view' ? ' (made as a plain view, not materialized)' : '';
  return `${type}: replaced on every run${plain}`;
}

/** What an action is made as. */
export function relationTypeOf(
  { kind, materialized }: TableAction,
  { capabilities }: Pick<Engine, 'capabilities'>,
): RelationType {
  if (kind !== 'view') return 'table';
  return materialized && capabilities.materializedViews ? 'materialized view' : 'view';
}

/** Undefined when new rows can be brought into the table that is there. */
function reasonForFull(action: TableAction, fullRefresh: boolean, existing: Existing): string | undefined {
  if (!existing) return 'incremental: built in full, for the table does not exist';
  if (existing.type !== 'table') return `incremental: built in full, for a ${existing.type} stands in its place`;
  if (action.incremental?.protected) return undefined;
  if (fullRefresh) return 'incremental: built in full, for a full refresh was asked for';
  const generation = generationOf(action);
  if (generation && generation.value !== existing.generation)
    return `incremental: built in full, for what it holds was not made under this ${generation.column}`;
  return undefined;
}

function replace(action: TableAction, { existing, remade }: TaskOptions, engine: Engine): PlannedTask[] {
  const { statements } = engine;
  const type = relationTypeOf(action, engine);
  const indexes = engine.capabilities.indexes ? indexesOf(action) : [];
  const create =
    type === 'table'
      ? statements.createTableAs(action.target, action.query, { remade, indexes })
      : statements.createView(action.target, action.query, {
          remade,
          ...(type === 'materialized view' ? { indexes, materialized: true } : {}),
        });
  const drop = dropOther(action, type, existing, engine);
  // What comes afterwards can change how many rows there are.
  const filled = type === 'table' && action.postOperations.length === 0;
  const counted = type !== 'view' && !filled;
  return [
    ...action.preOperations.map(once),
    {
      type: 'statement',
      statements: [...drop, ...create],
      repeatable: true,
      ...(filled ? { fills: drop.length } : {}),
    },
    ...describe(action, engine),
    ...action.postOperations.map(once),
    ...(counted ? [{ type: 'count' as const, sql: count(statements.relation(action.target)) }] : []),
  ];
}

/** `indexes` in the properties: a list of lists of columns. Anything else there is not ours. */
function indexesOf({ properties: { indexes } }: TableAction): string[][] {
  if (!Array.isArray(indexes)) return [];
  return indexes.filter(
    (columns): columns is string[] =>
      Array.isArray(columns) && columns.length > 0 && columns.every((column) => typeof column === 'string'),
  );
}

/** Goes into the transaction of the creation, so that a reader never finds nothing. */
function dropOther(
  action: Action,
  type: RelationType,
  existing: Existing,
  { statements, capabilities }: Engine,
): string[] {
  if (capabilities.replacesOtherTypes) return [];
  return existing && existing.type !== type ? [statements.drop(action.target, existing.type)] : [];
}

function assertion(action: AssertionAction, { existing, remade }: TaskOptions, engine: Engine): PlannedTask[] {
  const { statements } = engine;
  const view = statements.relation(action.target);
  return [
    {
      type: 'statement',
      statements: [
        ...dropOther(action, 'view', existing, engine),
        ...statements.createView(action.target, action.query, { remade }),
      ],
      repeatable: true,
    },
    { type: 'assertion', sql: count(view), sample: `select * from ${view} limit ${SAMPLE_ROWS}` },
  ];
}

function describe(action: TableAction, engine: Engine): CommentsTask[] {
  const { statements, capabilities } = engine;
  if (!capabilities.comments) return [];
  const type = relationTypeOf(action, engine);
  const { target } = action;
  const comments = [
    ...(action.description ? [{ sql: statements.comment(target, type, action.description) }] : []),
    ...action.columns
      .filter(({ description }) => description !== '')
      .map(({ name, description }) => ({ column: name, sql: statements.commentColumn(target, name, description) })),
  ];
  return comments.length > 0 ? [{ type: 'comments', target, statements: comments }] : [];
}
