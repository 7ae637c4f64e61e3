import type { Statements } from '../warehouse/statements.ts';
import { targetName } from '../warehouse/target.ts';
import type { ColumnInfo } from '../warehouse/warehouse.ts';
import type { TableAction } from './graph.ts';
import { keyChecks, mergeFilter, partitionOf } from './plan-incremental.ts';
import { columnChange } from './schema-change.ts';
import type { Check } from './task.ts';

/** A query and its columns. */
export interface Described {
  readonly sql: string;
  readonly columns: readonly ColumnInfo[];
}

/**
 * The rows of an incremental table after a run, as a query over what the table held and over the new rows: the same rows as
 * `loadStatements` leaves behind, with nothing written. The checks are those of a run; when one fails, the run would.
 *
 * Values have the type that both sides have in common; a real table would cast new values to its own.
 *
 * @throws {Error} as {@link columnChange}.
 */
export function tableAfter(
  action: TableAction,
  before: Described,
  newRows: Described,
  statements: Statements,
): { query: string; checks: Check[] } {
  const { identifier } = statements;
  const incremental = action.incremental!;
  const { strategy, uniqueKey } = incremental;
  const { added, removed } = columnChange({ target: action.target, ...incremental }, before.columns, newRows.columns);
  const columns = [...before.columns.filter((column) => !removed.includes(column)), ...added].map(({ name }) => name);
  const isNew = new Set(added.map(({ name }) => name));
  const old = (column: string) => (isNew.has(column) ? 'null' : `DATAFORM_DEST.${identifier(column)}`);
  const list = (value: (column: string) => string) =>
    columns.map((column) => `${value(column)} as ${identifier(column)}`).join(', ');
  const inserted = `select ${list((column) => `DATAFORM_SOURCE.${identifier(column)}`)}\nfrom new_rows as DATAFORM_SOURCE`;
  const kept = `select ${list(old)}\nfrom rows_before as DATAFORM_DEST`;
  const filter = mergeFilter(incremental);
  const parts = (): string[] => {
    switch (strategy) {
      case 'INSERT':
        return [kept, inserted];
      case 'INSERT_OVERWRITE': {
        const partition = `(${partitionOf(action)})`;
        return [
          `${kept}\nwhere ((${partition} in (select ${partition} from new_rows)
  or (${partition} is null and exists (select 1 from new_rows where ${partition} is null)))${filter ? ` and (${filter})` : ''}) is not true`,
          inserted,
        ];
      }
      case 'MERGE': {
        const keys = uniqueKey.map((key) => `DATAFORM_DEST.${identifier(key)} = DATAFORM_SOURCE.${identifier(key)}`);
        const match = [...keys, ...(filter ? [`(${filter})`] : [])].join(' and ');
        return [
          `select ${list((column) => `case when DATAFORM_SOURCE.tidemark_matched then DATAFORM_SOURCE.${identifier(column)} else ${old(column)} end`)}
from rows_before as DATAFORM_DEST
left join (select *, true as tidemark_matched from new_rows) as DATAFORM_SOURCE on ${match}`,
          `${inserted}\nwhere not exists (select 1 from rows_before as DATAFORM_DEST where ${match})`,
        ];
      }
    }
  };
  return {
    // Evaluated once each, as a run does.
    query: `with rows_before as materialized (\n${before.sql}\n), new_rows as materialized (\n${newRows.sql}\n)\n${parts().join('\nunion all\n')}`,
    checks:
      strategy === 'MERGE'
        ? keyChecks(targetName(action.target), `(\n${newRows.sql}\n) as new_rows`, uniqueKey, statements)
        : [],
  };
}
