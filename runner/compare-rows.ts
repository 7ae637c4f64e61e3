import type { ColumnInfo, Row, Value } from '../warehouse/warehouse.ts';

export interface Result {
  readonly columns: readonly ColumnInfo[];
  readonly rows: readonly Row[];
}

/** A cell in which two results differ. */
export interface CellDifference {
  /** 1-based. */
  readonly row: number;
  /** Undefined when one of the results has no such row; the values are then those of the whole row. */
  readonly column?: string;
  /** As SQL would write it: text in quotes, `null`; undefined when there is no such row. */
  readonly expected?: string;
  readonly found?: string;
}

export interface Comparison {
  /** Columns that only one of the results has, in its spelling. */
  readonly missingColumns: readonly string[];
  readonly extraColumns: readonly string[];
  readonly differences: readonly CellDifference[];
  /** True when the rows are the same ones in another order. */
  readonly reordered: boolean;
}

/**
 * Compares two results row by row in their order. Columns are matched by name without case, wherever they stand; integers are equal
 * whatever their width. Cells are compared in the columns that both have, and not at all when there are none.
 */
export function compareRows(expected: Result, found: Result): Comparison {
  const foundNames = new Map(found.columns.map(({ name }) => [name.toLowerCase(), name]));
  const expectedNames = new Set(expected.columns.map(({ name }) => name.toLowerCase()));
  const missingColumns = namesOf(expected).filter((name) => !foundNames.has(name.toLowerCase()));
  const extraColumns = namesOf(found).filter((name) => !expectedNames.has(name.toLowerCase()));
  const shared = namesOf(expected)
    .filter((name) => foundNames.has(name.toLowerCase()))
    .map((name) => ({ expected: name, found: foundNames.get(name.toLowerCase())! }));
  const differences: CellDifference[] = [];
  for (let i = 0; i < Math.max(expected.rows.length, found.rows.length); i++) {
    const [wanted, given] = [expected.rows[i], found.rows[i]];
    if (!wanted || !given) {
      differences.push({
        row: i + 1,
        ...(wanted ? { expected: wholeRow(wanted) } : {}),
        ...(given ? { found: wholeRow(given) } : {}),
      });
      continue;
    }
    for (const names of shared) {
      const [want, have] = [wanted[names.expected]!, given[names.found]!];
      if (!equal(want, have))
        differences.push({ row: i + 1, column: names.expected, expected: spell(want), found: spell(have) });
    }
  }
  const keys = ({ rows }: Result, side: 'expected' | 'found') =>
    rows.map((row) => JSON.stringify(shared.map((names) => spell(row[names[side]]!)))).sort();
  const reordered =
    differences.length > 0 &&
    missingColumns.length + extraColumns.length === 0 &&
    JSON.stringify(keys(expected, 'expected')) === JSON.stringify(keys(found, 'found'));
  return { missingColumns, extraColumns, differences, reordered };
}

const namesOf = ({ columns }: Result): string[] => columns.map(({ name }) => name);

const equal = (a: Value, b: Value): boolean => Object.is(widen(a), widen(b));

const widen = (value: Value): Value => (Number.isInteger(value) ? BigInt(value as number) : value);

const spell = (value: Value): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

const wholeRow = (row: Row): string =>
  Object.entries(row)
    .map(([name, value]) => `${name} = ${spell(value)}`)
    .join(', ');
