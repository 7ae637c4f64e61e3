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

/** How rows of the two results are put beside each other. */
export type Pairing =
  | { readonly by: 'order' }
  /** Equal rows wherever they stand, then those of an equal key; for what has no order, as a table. */
  | { readonly by: 'content'; readonly key: readonly string[] };

/**
 * Compares two results. Columns are matched by name without case, wherever they stand; integers are equal whatever their width. Cells are
 * compared in the columns that both have, and not at all when there are none.
 */
export function compareRows(expected: Result, found: Result, pairing: Pairing = { by: 'order' }): Comparison {
  const foundNames = new Map(found.columns.map(({ name }) => [name.toLowerCase(), name]));
  const expectedNames = new Set(expected.columns.map(({ name }) => name.toLowerCase()));
  const missingColumns = namesOf(expected).filter((name) => !foundNames.has(name.toLowerCase()));
  const extraColumns = namesOf(found).filter((name) => !expectedNames.has(name.toLowerCase()));
  const shared = namesOf(expected)
    .filter((name) => foundNames.has(name.toLowerCase()))
    .map((name) => ({ expected: name, found: foundNames.get(name.toLowerCase())! }));
  const pairs =
    pairing.by === 'order'
      ? Array.from({ length: Math.max(expected.rows.length, found.rows.length) }, (_, i) => i).map(
          (i): Pair => [expected.rows[i], found.rows[i]],
        )
      : pairsByContent(expected, found, shared, pairing.key);
  const differences: CellDifference[] = [];
  for (const [i, [wanted, given]] of pairs.entries()) {
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
  const contents = ({ rows }: Result, side: Side) => rows.map((row) => contentOf(row, shared, side)).sort();
  const reordered =
    differences.length > 0 &&
    missingColumns.length + extraColumns.length === 0 &&
    JSON.stringify(contents(expected, 'expected')) === JSON.stringify(contents(found, 'found'));
  return { missingColumns, extraColumns, differences, reordered };
}

type Side = 'expected' | 'found';
/** The names of one column in both results. */
type SharedColumn = Readonly<Record<Side, string>>;
type Pair = readonly [expected: Row | undefined, found: Row | undefined];

/** One pair a row of the expected result, in its order, then the rows that only the other has. */
function pairsByContent(
  expected: Result,
  found: Result,
  shared: readonly SharedColumn[],
  key: readonly string[],
): Pair[] {
  const keyColumns = key.flatMap((name) => shared.filter((column) => same(column.expected, name)));
  const partners = new Map<Row, Row>();
  const left = new Set(found.rows);
  const pairBy = (columns: readonly SharedColumn[]) => {
    const byContent = new Map<string, Row[]>();
    for (const row of left) {
      const content = contentOf(row, columns, 'found');
      byContent.set(content, [...(byContent.get(content) ?? []), row]);
    }
    for (const row of expected.rows) {
      const partner = partners.has(row) ? undefined : byContent.get(contentOf(row, columns, 'expected'))?.shift();
      if (!partner) continue;
      partners.set(row, partner);
      left.delete(partner);
    }
  };
  pairBy(shared);
  if (key.length > 0) pairBy(keyColumns.length === key.length ? keyColumns : shared);
  // Without a key the rows that are left are most likely the same ones with other values, when they are as many.
  else if (found.rows.length === expected.rows.length) pairBy([]);
  return [
    ...expected.rows.map((row): Pair => [row, partners.get(row)]),
    ...[...left].map((row): Pair => [undefined, row]),
  ];
}

const contentOf = (row: Row, columns: readonly SharedColumn[], side: Side): string =>
  JSON.stringify(columns.map((names) => spell(row[names[side]]!)));

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const namesOf = ({ columns }: Result): string[] => columns.map(({ name }) => name);

const equal = (a: Value, b: Value): boolean => Object.is(widen(a), widen(b));

const widen = (value: Value): Value => (Number.isInteger(value) ? BigInt(value as number) : value);

const spell = (value: Value): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

const wholeRow = (row: Row): string =>
  Object.entries(row)
    .map(([name, value]) => `${name} = ${spell(value)}`)
    .join(', ');
