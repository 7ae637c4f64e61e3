import type { Engine, Warehouse } from '../../warehouse/warehouse.ts';
import { engineType } from './types.ts';

/** A variable is a temporary table of one row, which has whatever type its value has, on either engine. */
export const variableTable = (name: string): string => `tidemark_variable_${name}`;

/** What stands in SQL where the variable is named. */
export const reference = (name: string, { statements }: Warehouse): string =>
  `(select value from ${statements.temporary(variableTable(name))})`;

/** The query that makes it. `type` is GoogleSQL's, empty where the value decides; `value` is SQL of the engine. */
export function declaration(type: string, value: string | undefined, engine: Engine): string {
  const spelt = value ?? 'null';
  return `select ${type === '' ? `(${spelt})` : `cast((${spelt}) as ${engineType(type, engine) ?? type})`} as value`;
}
