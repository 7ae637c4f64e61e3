import type { Engine } from '../../warehouse/warehouse.ts';

/** A column as the REST interface describes it: `INTEGER`, `STRING`, ..., a record with fields, or a list. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode: 'NULLABLE' | 'REPEATED';
  readonly fields?: readonly Field[];
  readonly description?: string;
}

/** Types of GoogleSQL in the spelling of the engines, where that is another. */
const ENGINE_TYPES: Readonly<Record<string, { readonly duckdb: string; readonly postgres: string }>> = {
  int64: { duckdb: 'bigint', postgres: 'bigint' },
  float64: { duckdb: 'double', postgres: 'double precision' },
  string: { duckdb: 'varchar', postgres: 'text' },
  bytes: { duckdb: 'blob', postgres: 'bytea' },
  bool: { duckdb: 'boolean', postgres: 'boolean' },
  numeric: { duckdb: 'decimal(38, 9)', postgres: 'numeric' },
  bignumeric: { duckdb: 'decimal(38, 18)', postgres: 'numeric' },
  timestamp: { duckdb: 'timestamptz', postgres: 'timestamptz' },
  datetime: { duckdb: 'timestamp', postgres: 'timestamp' },
  json: { duckdb: 'json', postgres: 'jsonb' },
};

/** A type of GoogleSQL, as `int64` or `array<string>`, for the engine; undefined when the engine may know it under that name. */
export function engineType(type: string, engine: Engine): string | undefined {
  const array = /^array\s*<(.*)>$/is.exec(type.trim());
  if (array) return `${engineType(array[1]!, engine) ?? array[1]}[]`;
  const known = ENGINE_TYPES[type.trim().toLowerCase()];
  return known && engine !== 'bigquery' ? known[engine] : undefined;
}

/** Both engines' names, without precision; anything else is told as text. 128-bit integers are sums of integers, which BigQuery keeps as such. */
const FIELD_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(u?(tiny|small|big|huge)int|u?integer|int\d?|oid)$/, 'INTEGER'],
  [/^(double|double precision|real|float)$/, 'FLOAT'],
  [/^(decimal|numeric)$/, 'NUMERIC'],
  [/^bool(ean)?$/, 'BOOLEAN'],
  [/^date$/, 'DATE'],
  [/^(timestamp with time zone|timestamptz)$/, 'TIMESTAMP'],
  [/^timestamp/, 'DATETIME'],
  [/^time( without time zone)?$/, 'TIME'],
  [/^(blob|bytea)$/, 'BYTES'],
  [/^jsonb?$/, 'JSON'],
  [/^interval$/, 'INTERVAL'],
];

/** Describes a column by the engine's own name of its type. */
export function fieldOf(name: string, type: string): Field {
  const list = /^(.*)\[\d*\]$/s.exec(type);
  // BigQuery knows no list of lists; the inner one is told as text.
  if (list) return { ...fieldOf(name, list[1]!.endsWith(']') ? 'varchar' : list[1]!), mode: 'REPEATED' };
  const struct = /^struct\((.*)\)$/is.exec(type);
  if (struct) return { name, type: 'RECORD', mode: 'NULLABLE', fields: membersOf(struct[1]!) };
  const bare = type.toLowerCase().replace(/\s*\([^)]*\)/, '');
  return { name, type: FIELD_TYPES.find(([pattern]) => pattern.test(bare))?.[1] ?? 'STRING', mode: 'NULLABLE' };
}

/** The members of DuckDB's `STRUCT("a" INTEGER, b STRUCT(c VARCHAR))`. */
function membersOf(text: string): Field[] {
  const members: Field[] = [];
  let depth = 0;
  let member = '';
  for (const [piece] of `${text},`.matchAll(/"(?:[^"]|"")*"|[\s\S]/g)) {
    if (piece === '(') depth++;
    if (piece === ')') depth--;
    if (piece !== ',' || depth > 0) {
      member += piece;
      continue;
    }
    const [, quoted, plain, type] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(member) ?? [];
    if (type !== undefined) members.push(fieldOf(quoted?.replaceAll('""', '"') ?? plain!, type.trim()));
    member = '';
  }
  return members;
}

/** The name under which GoogleSQL knows the type of a field: `INT64`, `ARRAY<STRING>`. */
export function googleType({ type, mode, fields = [] }: Field): string {
  const bare =
    type === 'RECORD'
      ? `STRUCT<${fields.map((field) => `${field.name} ${googleType(field)}`).join(', ')}>`
      : ({ INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' }[type] ?? type);
  return mode === 'REPEATED' ? `ARRAY<${bare}>` : bare;
}
