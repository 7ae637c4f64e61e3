import type { Value } from '../warehouse.ts';

/** Type numbers of `pg_type`, which never change. */
const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const INTEGERS: ReadonlySet<number> = new Set([21, 23, 26]);
const FLOATS: ReadonlySet<number> = new Set([700, 701]);
const NUMERIC = 1700;
const TIMESTAMPS: ReadonlySet<number> = new Set([1114, 1184]);

/**
 * One value of a result row from the text that the server sent. Integers that a double holds exactly become numbers, other integers stay
 * bigint; numerics become the nearest double; dates are YYYY-MM-DD, timestamps ISO in UTC; arrays, JSON and the like stay as their text.
 */
export function toValue(text: string, type: number): Value {
  if (type === BOOL) return text === 't';
  if (type === INT8) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }
  if (isNumeric(type)) return Number(text);
  if (TIMESTAMPS.has(type)) return isoTimestamp(text);
  if (type === BYTEA) return text.slice(2);
  return text;
}

/** One value of a column of numbers; booleans are 1 and 0. */
export const toNumber = (text: string, type: number): number => (type === BOOL ? (text === 't' ? 1 : 0) : Number(text));

/** True for the types that a column of numbers can hold. */
export const isNumeric = (type: number): boolean =>
  type === BOOL || type === INT8 || type === NUMERIC || INTEGERS.has(type) || FLOATS.has(type);

/**
 * Milliseconds always, microseconds only when there are any, as in `2026-03-01T10:15:00.000Z`. The session's zone is UTC and its style ISO;
 * what has no such form (`infinity`, years before 1) stays as it is.
 */
function isoTimestamp(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text);
  if (!match) return text;
  const fraction = (match[3] ?? '').padEnd(6, '0');
  return `${match[1]}T${match[2]}.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}Z`;
}

/** Parameters as text, which the server reads as the type that it expects in their place. */
export const bound = (values: readonly Value[]): (string | null)[] =>
  values.map((value) => (value === null ? null : Object.is(value, -0) ? '-0' : String(value)));
