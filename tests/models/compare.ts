import type { Target } from '../../warehouse/target.ts';
import type { Row, Warehouse } from '../../warehouse/warehouse.ts';

/** What differs between two loads of the same files, and hashes, which each engine has of its own. */
const OF_THE_LOAD = new Set(['batch_id', 'loaded_at', 'contract_hash', 'references_hash', 'day_content']);

/** All rows of a table, or those of a condition, in the order of their text, which no collation and no null order decides. */
export async function rowsOf(warehouse: Warehouse, table: Target, where = 'true'): Promise<Row[]> {
  const { columns } = (await warehouse.describe(table))!;
  const names = columns.map(({ name }) => name).filter((name) => !OF_THE_LOAD.has(name));
  const connection = await warehouse.connect();
  const rows = await connection.rows(
    `select ${names.map(warehouse.statements.identifier).join(', ')} from ${warehouse.statements.relation(table)} where ${where}`,
  );
  await connection.close();
  // The last digits of a double are no part of what is compared, so they must not decide the order.
  const key = (row: Row) =>
    JSON.stringify(Object.values(row).map((value) => (typeof value === 'number' ? value.toPrecision(9) : value)));
  return rows
    .map((row) => [key(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);
}

/** How two lists of rows differ: values that are not the same, numbers beyond rounding. */
export function differences(expected: readonly Row[], found: readonly Row[]): string[] {
  const list = expected.length === found.length ? [] : [`${expected.length} rows and ${found.length}`];
  expected.forEach((row, i) => {
    for (const [name, value] of Object.entries(row)) {
      const other = found[i]?.[name];
      const close =
        typeof value === 'number' && typeof other === 'number' && !Number.isInteger(value)
          ? Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(value))
          : Object.is(value, other);
      if (!close) list.push(`row ${i}, ${name}: ${value} and ${other} (${JSON.stringify(row)})`);
    }
  });
  return list;
}

/** A table with more rows is compared in parts. */
const MANY_ROWS = 100_000;

/**
 * How a table differs between two warehouses, and how many rows it has. A large one with days is compared a month at a time, so that it does
 * not have to fit into memory.
 */
export async function tableDifferences(
  one: Warehouse,
  other: Warehouse,
  table: Target,
): Promise<{ rows: number; found: string[] }> {
  const { columns } = (await one.describe(table))!;
  const connection = await one.connect();
  const [counted] = await connection.rows(`select count(*) as n from ${one.statements.relation(table)}`);
  const months =
    Number(counted!.n) > MANY_ROWS && columns.some(({ name }) => name === 'date_day')
      ? await connection.rows<{ month: string | null }>(
          `select distinct cast(date_trunc('month', date_day) as date) as month from ${one.statements.relation(table)}`,
        )
      : [];
  await connection.close();
  const parts =
    months.length === 0
      ? ['true']
      : [
          ...months.map(({ month }) => `cast(date_trunc('month', date_day) as date) = date '${month}'`),
          // Of the other warehouse alone.
          `cast(date_trunc('month', date_day) as date) not in (${months.map(({ month }) => `date '${month}'`).join(', ')})`,
        ];
  const total = { rows: 0, found: [] as string[] };
  for (const where of parts) {
    const rows = await rowsOf(one, table, where);
    total.rows += rows.length;
    total.found.push(...differences(rows, await rowsOf(other, table, where)));
  }
  return total;
}
