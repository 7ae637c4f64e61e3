import { CONTACT_PATTERNS } from '../../core/personal-data.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection, Value } from '../../warehouse/warehouse.ts';
import type { ColumnType } from '../contract-types.ts';

/** What the values of a raw field are like. Empty text counts as missing, as it does in silver. */
export interface FieldProfile {
  /** Dots lead into nested objects. */
  readonly field: string;
  /** Column of the table of fields. */
  readonly column: string;
  /** Values that are there. */
  readonly present: number;
  readonly distinct: number;
  /** Values that read as the type. */
  readonly readsAs: Readonly<Record<Exclude<ColumnType, 'string'>, number>>;
  /** Values that begin with a zero that a number would lose. */
  readonly leadingZeros: number;
  /** Values that hold an e-mail address or a telephone number. */
  readonly contacts: number;
  /** Of numbers; null when no value is one. */
  readonly least: number | null;
  readonly largest: number | null;
  /** Characters. */
  readonly longest: number;
  /** The values, by their bytes, when there are few of them. */
  readonly values: readonly string[] | undefined;
  /** Some of the values. */
  readonly sample: readonly string[];
}

/** The table of the fields of all records, as text, in the database of an inference. */
export const FIELDS = { schema: 'ops', name: 'inferred_fields' };

/** More values than this are no closed set. */
export const FEW = 25;
const SAMPLE = 400;
const DEPTH = 4;

/** The patterns of silver's own parsing, see includes/sql.js: what reads here reads there. */
const READS: FieldProfile['readsAs'] extends Record<infer Type extends string, number>
  ? Record<Type, (x: string) => string>
  : never = {
  integer: (x) => `regexp_matches(${x}, '^[+-]?[0-9]{1,18}$')`,
  number: (x) => `regexp_matches(${x}, '^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *$')`,
  boolean: (x) => `lower(${x}) in ('true', 't', 'yes', 'false', 'f', 'no')`,
  date: (x) => `regexp_matches(${x}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') and try_cast(${x} as date) is not null`,
  timestamp: (x) =>
    `regexp_matches(${x}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$') and try_cast(${x} as timestamptz) is not null`,
};

/** The JSON of a row of bronze. */
const RECORD = 'coalesce(parsed, raw)::json';

/** A field that a contract can name: see the schema of sources. A star means every field to DuckDB. */
const NAMEABLE = /^[^"'`\\$.{}*]+$/;

/**
 * Names of the fields of the JSON records in `bronze`, in the order in which they stand; objects give way to their fields. Those that a
 * contract cannot name are in `unnameable`.
 */
export async function fieldsOf(
  bronze: string,
  connection: Connection,
  path: readonly string[] = [],
): Promise<{ fields: string[]; unnameable: string[] }> {
  const at = path.length === 0 ? '' : `, '${pathOf(path)}'`;
  const keys = `json_keys(${RECORD}${at})`;
  const found = await connection.rows<{ key: string }>(
    `select key, min(position) as first from (
       select unnest(${keys}) as key, unnest(range(len(${keys}))) as position from ${bronze} where problem is null
     ) as k group by key order by first, key`,
  );
  const keysHere = found.map(({ key }) => key);
  const nameable = keysHere.filter((key) => NAMEABLE.test(key));
  const unnameable = keysHere.filter((key) => !NAMEABLE.test(key)).map((key) => [...path, key].join('.'));
  const objects = path.length + 1 < DEPTH ? await objectsAmong(bronze, nameable, path, connection) : new Set();
  const fields: string[] = [];
  for (const key of nameable) {
    const inner = [...path, key];
    if (!objects.has(key)) {
      fields.push(inner.join('.'));
      continue;
    }
    const deeper = await fieldsOf(bronze, connection, inner);
    fields.push(...deeper.fields);
    unnameable.push(...deeper.unnameable);
  }
  return { fields, unnameable };
}

/** The keys whose values are objects wherever there is one. */
async function objectsAmong(
  bronze: string,
  keys: readonly string[],
  path: readonly string[],
  connection: Connection,
): Promise<Set<unknown>> {
  if (keys.length === 0) return new Set();
  const type = (key: string) => `json_type(${RECORD}, '${pathOf([...path, key])}')`;
  const counts = keys.map(
    (key, i) =>
      `count(case when ${type(key)} = 'OBJECT' then 1 end) as o${i}, count(case when ${type(key)} <> 'NULL' then 1 end) as n${i}`,
  );
  const [row] = await connection.rows(`select ${counts.join(', ')} from ${bronze} where problem is null`);
  return new Set(keys.filter((_, i) => Number(row![`o${i}`]) > 0 && row![`o${i}`] === row![`n${i}`]));
}

/** The names have no quotes and no backslashes. */
const pathOf = (path: readonly string[]) => `$.${path.map((part) => `"${part}"`).join('.')}`;

/** Makes the table of fields, and says what each is like. */
export async function profileFields(
  bronze: string,
  fields: readonly string[],
  connection: Connection,
  { relation, createTableAs, createSchema }: Statements,
): Promise<FieldProfile[]> {
  const columns = fields.map(
    (field, i) => `nullif(json_extract_string(${RECORD}, '${pathOf(field.split('.'))}'), '') as f${i}`,
  );
  await connection.execute(createSchema(FIELDS.schema));
  await connection.executeAll(
    createTableAs(FIELDS, `select ${columns.join(', ')} from ${bronze} where problem is null`),
  );
  const profiles: FieldProfile[] = [];
  for (const [i, field] of fields.entries()) {
    profiles.push(await profileField(field, `f${i}`, relation(FIELDS), connection));
  }
  return profiles;
}

async function profileField(field: string, x: string, table: string, connection: Connection): Promise<FieldProfile> {
  const counts = Object.entries(READS).map(([type, reads]) => `count(case when ${reads(x)} then 1 end) as is_${type}`);
  const contacts = CONTACT_PATTERNS.map(([pattern]) => `(${pattern})`).join('|');
  const number = `case when ${READS.number(x)} then try_cast(${x} as double) end`;
  const [row] = await connection.rows<Record<string, Value>>(
    `select count(${x}) as present, count(distinct ${x}) as different, coalesce(max(length(${x})), 0) as longest,
       count(case when regexp_matches(${x}, '^[+-]?0[0-9]') then 1 end) as zeros,
       count(case when regexp_matches(${x}, $1) then 1 end) as contacts,
       min(${number}) as least, max(${number}) as largest, ${counts.join(', ')}
     from ${table}`,
    [contacts],
  );
  const distinct = Number(row!.different);
  const values = async (limit: number) =>
    (
      await connection.rows<{ v: string }>(
        `select distinct ${x} as v from ${table} where ${x} is not null order by v limit ${limit}`,
      )
    ).map(({ v }) => v);
  const sample = await values(distinct <= FEW ? FEW : SAMPLE);
  return {
    field,
    column: x,
    present: Number(row!.present),
    distinct,
    readsAs: Object.fromEntries(
      Object.keys(READS).map((type) => [type, Number(row![`is_${type}`])]),
    ) as unknown as FieldProfile['readsAs'],
    leadingZeros: Number(row!.zeros),
    contacts: Number(row!.contacts),
    least: row!.least === null ? null : Number(row!.least),
    largest: row!.largest === null ? null : Number(row!.largest),
    longest: Number(row!.longest),
    values: distinct <= FEW ? sample : undefined,
    sample,
  };
}
