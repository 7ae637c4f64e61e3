import { createRequire } from 'node:module';
import { packageRoot } from '../../core/files.ts';
import type { Connection, Row, Value } from '../../warehouse/warehouse.ts';

/** Names of types that DuckDB and Postgres share. */
const TYPES = {
  string: 'text',
  integer: 'bigint',
  number: 'float8',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamptz',
} as const;

type Canonical = Record<string, Record<string, { readonly type: keyof typeof TYPES }>>;

const canonical = createRequire(import.meta.url)(`${packageRoot()}/includes/canonical.js`) as Canonical;

/** What silver has beside the columns of the contract, as far as models read it. */
const EXTRA: Record<string, Record<string, keyof typeof TYPES>> = {
  events: { event_date: 'date', received_date: 'date', is_late: 'boolean', lateness_seconds: 'integer' },
  support_tickets: { is_late: 'boolean' },
};

/**
 * Makes the tables `silver.silver_<source>` of some sources with these rows, so that a test can say what each row of a model must be without
 * the way through files and contracts. Columns that a row leaves out are null.
 */
export async function writeSilver(
  connection: Connection,
  rows: Readonly<Record<string, readonly Row[]>>,
): Promise<void> {
  await connection.execute('create schema if not exists silver');
  for (const [source, list] of Object.entries(rows)) {
    const types = {
      ...Object.fromEntries(Object.entries(canonical[source]!).map(([name, { type }]) => [name, type])),
      ...EXTRA[source],
      row_hash: 'string' as const,
    };
    const names = Object.keys(types);
    const columns = Object.entries(types).map(([name, type]) => `${name} ${TYPES[type]}`);
    await connection.execute(`drop table if exists silver.silver_${source}`);
    await connection.execute(`create table silver.silver_${source} (${columns.join(', ')})`);
    for (const [i, row] of list.entries()) {
      const unknown = Object.keys(row).filter((name) => !names.includes(name));
      if (unknown.length > 0) throw new Error(`silver_${source} has no column ${unknown.join(', ')}`);
      if (row.row_hash === undefined) row.row_hash = `${source}${i}`;
    }
    const values = list.map((row) => names.map((name): Value => row[name] ?? null));
    if (values.length > 0) await connection.append({ schema: 'silver', name: `silver_${source}` }, names, values);
  }
}
