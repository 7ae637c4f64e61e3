import type { Statements } from '../warehouse/statements.ts';
import { targetName } from '../warehouse/target.ts';
import type { ColumnInfo } from '../warehouse/warehouse.ts';
import type { TableAction } from './graph.ts';
import { type Check, type CommentsTask, count, type LoadTask, once, type PlannedTask } from './task.ts';

/**
 * The tasks that bring new rows into an existing table.
 *
 * The new rows are computed once, into a temporary table, wherever they are read more than once: to check keys, to compare columns, to
 * find partitions. A plain insert needs none.
 */
export function planIncremental(
  action: TableAction,
  columns: readonly ColumnInfo[],
  statements: Statements,
  comments: readonly CommentsTask[],
): { why: string; tasks: PlannedTask[] } {
  const { target } = action;
  const incremental = action.incremental!;
  const { strategy, onSchemaChange, uniqueKey } = incremental;
  const staged = strategy !== 'INSERT' || onSchemaChange !== 'IGNORE';
  const stage = `tidemark_new_${target.schema}_${target.name}`;
  const partitionBy = partitionOf(action);
  const filter = mergeFilter(incremental);
  const load: Omit<LoadTask, 'statements'> = {
    type: 'load',
    target,
    strategy,
    onSchemaChange,
    query: staged ? `select * from ${statements.temporary(stage)}` : incremental.query,
    uniqueKey,
    checks:
      strategy === 'MERGE' ? keyChecks(targetName(target), statements.temporary(stage), uniqueKey, statements) : [],
    ...(filter ? { filter } : {}),
    ...(partitionBy ? { partitionBy } : {}),
  };
  const tasks: PlannedTask[] = [
    ...incremental.preOperations.map(once),
    ...(staged
      ? [
          {
            type: 'statement' as const,
            statements: statements.createTemporary(stage, incremental.query),
            repeatable: true,
            staging: true,
          },
        ]
      : []),
    {
      ...load,
      statements: loadStatements(
        load,
        columns.map(({ name }) => name),
        statements,
      ),
    },
    ...(staged
      ? [{ type: 'statement' as const, statements: [statements.dropTemporary(stage)], repeatable: true }]
      : []),
    ...comments,
    ...incremental.postOperations.map(once),
    { type: 'count', sql: count(statements.relation(target)) },
  ];
  const how = {
    INSERT: 'new rows are inserted',
    MERGE: `new rows are merged by ${uniqueKey.join(', ')}`,
    INSERT_OVERWRITE: `partitions by ${partitionBy} are overwritten`,
  }[strategy];
  return { why: `incremental: ${how}`, tasks };
}

/** The expression of `partitionBy`. */
export const partitionOf = ({ bigquery: { partitionBy } }: TableAction): string | undefined =>
  typeof partitionBy === 'string' ? partitionBy : undefined;

/** The statements of a load for the columns that the table has. */
export function loadStatements(
  load: Omit<LoadTask, 'statements'>,
  columns: readonly string[],
  statements: Statements,
): string[] {
  const { target, query, uniqueKey, filter, partitionBy } = load;
  switch (load.strategy) {
    case 'INSERT':
      return statements.insert(target, columns, query);
    case 'MERGE':
      return statements.merge({ target, query, columns, uniqueKey, ...(filter ? { filter } : {}) });
    case 'INSERT_OVERWRITE':
      return statements.overwrite({ target, query, columns, partitionBy: partitionBy!, ...(filter ? { filter } : {}) });
  }
}

/** The condition on both sides of a merge that narrows what can match; undefined when nothing does. */
export function mergeFilter({
  updatePartitionFilter,
  predicates,
}: NonNullable<TableAction['incremental']>): string | undefined {
  const parts = [
    ...(updatePartitionFilter ? [`DATAFORM_DEST.${updatePartitionFilter}`] : []),
    ...predicates.map((part) => `(${part})`),
  ];
  return parts.length > 0 ? parts.join(' and ') : undefined;
}

/**
 * A null key never matches and would be inserted on every run; a duplicate one would be merged in any order. `stage` is what stands after
 * `from` to read the new rows.
 */
export function keyChecks(
  name: string,
  stage: string,
  uniqueKey: readonly string[],
  { identifier }: Statements,
): Check[] {
  const keys = uniqueKey.map(identifier);
  return [
    {
      sql: count(`${stage} where ${keys.map((key) => `${key} is null`).join(' or ')}`),
      problem: `of the new rows of ${name} have no value in the unique key (${uniqueKey.join(', ')}); nothing was merged.`,
    },
    {
      sql: count(
        `(select ${keys.join(', ')} from ${stage} group by ${keys.join(', ')} having count(*) > 1) as duplicates`,
      ),
      problem: `values of the unique key (${uniqueKey.join(', ')}) occur more than once in the new rows of ${name}; nothing was merged.`,
    },
  ];
}
