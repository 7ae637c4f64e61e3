import type { Statements } from '../warehouse/statements.ts';
import { targetName } from '../warehouse/target.ts';
import type { ColumnInfo } from '../warehouse/warehouse.ts';
import type { LoadTask } from './task.ts';

/** The statements that make a table ready for the columns of new rows; throws as {@link columnChange}. */
export function schemaChange(
  load: LoadTask,
  table: readonly ColumnInfo[],
  query: readonly ColumnInfo[],
  statements: Statements,
): string[] {
  const { added, removed } = columnChange(load, table, query);
  return [
    ...added.map((column) => statements.addColumn(load.target, column)),
    ...removed.map((column) => statements.dropColumn(load.target, column.name)),
  ];
}

/**
 * The columns that a table gets and loses for new rows, by the policy of the table: FAIL allows no difference, EXTEND adds columns,
 * SYNCHRONIZE also drops those that the query no longer gives, IGNORE changes nothing.
 *
 * @throws {Error} with the columns, when the policy forbids the difference or a column of the unique key would be dropped.
 */
export function columnChange(
  { target, onSchemaChange, uniqueKey }: Pick<LoadTask, 'target' | 'onSchemaChange' | 'uniqueKey'>,
  table: readonly ColumnInfo[],
  query: readonly ColumnInfo[],
): { added: ColumnInfo[]; removed: ColumnInfo[] } {
  if (onSchemaChange === 'IGNORE') return { added: [], removed: [] };
  const added = without(query, table);
  const removed = without(table, query);
  if (added.length + removed.length === 0) return { added, removed };
  const name = targetName(target);
  if (onSchemaChange === 'FAIL') {
    throw new Error(
      `The query of ${name} gives other columns than the table has: ${differences(added, removed)} (onSchemaChange: "FAIL").`,
    );
  }
  if (onSchemaChange === 'EXTEND' && removed.length > 0) {
    throw new Error(
      `The query of ${name} no longer gives columns that the table has: ${list(removed)} (onSchemaChange: "EXTEND").`,
    );
  }
  const keys = new Set(uniqueKey.map(fold));
  const lostKeys = removed.filter((column) => keys.has(fold(column.name)));
  if (lostKeys.length > 0) {
    throw new Error(
      `The query of ${name} no longer gives columns of its unique key: ${list(lostKeys)}; they are not dropped.`,
    );
  }
  return { added, removed };
}

/** Engines compare names without case unless they are quoted; a table with two names that differ in case only is not worth supporting. */
const fold = (name: string): string => name.toLowerCase();

function without(some: readonly ColumnInfo[], others: readonly ColumnInfo[]): ColumnInfo[] {
  const known = new Set(others.map(({ name }) => fold(name)));
  return some.filter(({ name }) => !known.has(fold(name)));
}

const list = (columns: readonly ColumnInfo[]): string => columns.map(({ name }) => name).join(', ');

function differences(added: readonly ColumnInfo[], removed: readonly ColumnInfo[]): string {
  return [
    ...(added.length > 0 ? [`new ${list(added)}`] : []),
    ...(removed.length > 0 ? [`missing ${list(removed)}`] : []),
  ].join('; ');
}
