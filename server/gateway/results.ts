import type { Connection, Row, Value } from '../../warehouse/warehouse.ts';
import { type Field, fieldOf } from './types.ts';

/** Rows of a query in the form of the REST interface: `{ f: [{ v }, ...] }`, every scalar as text. */
export interface ResultSet {
  readonly fields: readonly Field[];
  readonly rows: readonly RestRow[];
}

type RestValue = string | null | { readonly v: RestValue }[] | RestRow;
interface RestRow {
  readonly f: readonly { readonly v: RestValue }[];
}

/** A result is kept in memory until it is fetched. */
export const MOST_ROWS = 500_000;

export class ResultTooLarge extends Error {
  constructor() {
    super(`Response too large to return: more than ${MOST_ROWS} rows. Write them into a table instead.`);
  }
}

/** Runs a query and reads all its rows. Lists and records come as JSON, so that their parts can be told. */
export async function readResult(
  connection: Connection,
  sql: string,
  identifier: (name: string) => string,
): Promise<ResultSet> {
  const fields = (await connection.describe(sql)).map(({ name, type }) => resultField(fieldOf(name, type)));
  const columns = fields.map((field) => {
    const name = identifier(field.name);
    return isNested(field) ? `cast(to_json(${name}) as varchar) as ${name}` : name;
  });
  const rows = await connection.rows(
    /^\s*(show|describe)\b/i.test(sql) || fields.length === 0
      ? sql
      : `select ${columns.join(', ')} from (\n${sql}\n) as result limit ${MOST_ROWS + 1}`,
  );
  if (rows.length > MOST_ROWS) throw new ResultTooLarge();
  return { fields, rows: rows.map((row) => restRow(row, fields)) };
}

/** Exact decimals arrive as doubles, so that a unit test compares them with the literals of GoogleSQL, which are. */
const resultField = (field: Field): Field => ({
  ...field,
  ...(field.type === 'NUMERIC' ? { type: 'FLOAT' } : {}),
  ...(field.fields ? { fields: field.fields.map(resultField) } : {}),
});

const isNested = ({ type, mode }: Field): boolean => mode === 'REPEATED' || type === 'RECORD';

const restRow = (row: Row, fields: readonly Field[]): RestRow => ({
  f: fields.map((field) => {
    const value = row[field.name] ?? null;
    return {
      v: isNested(field) && typeof value === 'string' ? nested(JSON.parse(value), field) : scalar(value, field),
    };
  }),
});

function nested(value: unknown, field: Field): RestValue {
  if (field.mode === 'REPEATED') {
    const items = Array.isArray(value) ? value : [];
    return items.map((item) => ({ v: nested(item, { ...field, mode: 'NULLABLE' }) }));
  }
  if (value === null || value === undefined) return null;
  if (field.type === 'RECORD') {
    const members = value as { readonly [name: string]: unknown };
    return { f: (field.fields ?? []).map((member) => ({ v: nested(members[member.name], member) })) };
  }
  return scalar(typeof value === 'object' ? JSON.stringify(value) : (value as Value), field);
}

function scalar(value: Value, { type }: Field): string | null {
  if (value === null) return null;
  const text = String(value);
  if (type === 'TIMESTAMP') return microseconds(text);
  if (type === 'DATETIME') return text.replace(' ', 'T').replace(/\.000Z$|Z$/, '');
  return type === 'BYTES' ? Buffer.from(text, 'hex').toString('base64') : text;
}

/** Since 1970, as the client asks for; what is no time stays as it is. */
function microseconds(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:Z|\+00(?::00)?)?$/.exec(text);
  if (!match) return text;
  const seconds = Date.parse(`${match[1]!.replace(' ', 'T')}Z`) / 1000;
  return String(BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(6, '0')));
}

/** One page, as text of the interface wants it. */
export function page({ fields, rows }: ResultSet, start: number, most: number): Record<string, unknown> {
  const end = Math.min(rows.length, start + most);
  return {
    schema: { fields },
    rows: rows.slice(start, end),
    totalRows: String(rows.length),
    ...(end < rows.length ? { pageToken: String(end) } : {}),
  };
}
