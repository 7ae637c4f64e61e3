import { isoTimestamp } from '../iso-timestamp.ts';
import type { Column, Row, Value } from '../warehouse.ts';

/** A column of a result as the REST interface describes it. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

/** A row as the REST interface gives it: every scalar is text. */
export interface RestRow {
  readonly f: readonly { readonly v: unknown }[];
}

const INTEGERS = new Set(['INTEGER', 'INT64']);
const NUMBERS = new Set([...INTEGERS, 'FLOAT', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']);
const BOOLEANS = new Set(['BOOLEAN', 'BOOL']);

const isList = ({ mode }: Field) => mode === 'REPEATED';

/** One value, as the other engines give it; lists and records as JSON of the interface. */
function toValue(value: unknown, field: Field): Value {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string' || isList(field)) return JSON.stringify(value);
  if (BOOLEANS.has(field.type)) return value === 'true';
  // Microseconds since 1970.
  if (field.type === 'TIMESTAMP') return /^-?\d+$/.test(value) ? isoTimestamp(BigInt(value)) : value;
  if (!NUMBERS.has(field.type)) return value;
  const number = Number(value);
  return INTEGERS.has(field.type) && !Number.isSafeInteger(number) ? BigInt(value) : number;
}

export const toRow = ({ f }: RestRow, fields: readonly Field[]): Row =>
  Object.fromEntries(fields.map((field, i) => [field.name, toValue(f[i]!.v, field)]));

/** Collects pages of a result by column. */
export interface ColumnCollector {
  add(rows: readonly RestRow[]): void;
  columns(): Column[];
}

export function collectColumns(fields: readonly Field[]): ColumnCollector {
  const isNumber = fields.map((field) => (NUMBERS.has(field.type) || BOOLEANS.has(field.type)) && !isList(field));
  const numbers = fields.map(() => new Float64Array(2048));
  const texts = fields.map((): (string | null)[] => []);
  let total = 0;
  const grow = (rows: number) => {
    for (let i = 0; i < numbers.length; i++) {
      if (!isNumber[i] || total + rows <= numbers[i]!.length) continue;
      const larger = new Float64Array(Math.max(total + rows, numbers[i]!.length * 2));
      larger.set(numbers[i]!);
      numbers[i] = larger;
    }
  };
  return {
    add(rows) {
      grow(rows.length);
      for (const { f } of rows) {
        for (let i = 0; i < fields.length; i++) {
          const value = toValue(f[i]!.v, fields[i]!);
          if (isNumber[i]) numbers[i]![total] = value === null ? Number.NaN : Number(value);
          else texts[i]!.push(value === null ? null : String(value));
        }
        total++;
      }
    },
    columns: () =>
      fields.map(({ name }, i) =>
        isNumber[i]
          ? { name, kind: 'number', values: numbers[i]!.slice(0, total) }
          : { name, kind: 'text', values: texts[i]! },
      ),
  };
}
