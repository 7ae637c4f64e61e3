import type { Cell, Rec } from '../source.ts';
import type { DirtRule, FaultKind } from './rule.ts';

/** The value that a fault puts in the place of `value`; `u` and `v` are uniform in [0, 1). */
type Spoil = (value: Cell, rule: DirtRule, u: number, v: number) => Cell;

const HOUR_MS = 3_600_000;
const WORDS = ['n/a', 'unknown', 'twelve', '-', '12 EUR', '#REF!'];
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z)?$/;

/** How each kind of fault in a cell changes it. None of them gives back a value that the contract of a source would take for right. */
export const CELLS: Partial<Record<FaultKind, Spoil>> = {
  null_user: () => null,
  missing_value: () => null,
  // JSON has no infinity: writers that meet one spell it as text.
  infinite: (_value, _rule, u) => (u < 0.5 ? 'inf' : '-inf'),
  out_of_range: (_value, { value }) => value!,
  negative: (value) => ofNumber(value, (size) => -size),
  outlier: (value, { factor }) => ofNumber(value, (size) => Number((size * factor!).toFixed(2))),
  wrong_type: (_value, _rule, u) => WORDS[Math.floor(u * WORDS.length)]!,
  unknown_category: (_value, { values }, u) => values![Math.floor(u * values!.length)]!,
  misspelt_category: (value, _rule, u, v) => misspell(String(value), u, v),
  mixed_format: (value, _rule, u) => otherFormat(value, u),
  personal_data: (value, _rule, u, v) => withPersonalData(value, u, v),
  future: (value, { meanHours }, u) => later(value, (1 - meanHours! * Math.log(1 - u)) * HOUR_MS),
};

/** Another case, a space at the end, or two letters swapped; never the word itself. */
function misspell(word: string, u: number, v: number): string {
  if (u < 1 / 3) return word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase();
  if (u < 2 / 3) return ` ${word}`;
  for (let i = 0; i < word.length - 1; i++) {
    const at = (i + Math.floor(v * (word.length - 1))) % (word.length - 1);
    if (word[at] !== word[at + 1]) return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
  }
  return `${word}${word}`;
}

/** A date as other systems write it, or a number with a decimal comma. */
function otherFormat(value: Cell, u: number): Cell {
  const date = DATE.exec(String(value));
  if (!date) {
    const [whole = '', rest = '0'] = String(value).split('.');
    return `${whole},${rest}`;
  }
  const [, year, month, day, time = '00:00:00'] = date;
  if (u < 1 / 3) return `${day}/${month}/${year} ${time}`;
  if (u < 2 / 3) return `${Number(month)}-${Number(day)}-${year} ${time}`;
  return `${year}.${month}.${day}`;
}

/** Addresses of `.example` (RFC 2606) and numbers of 555-01xx, which belong to nobody. */
function withPersonalData(value: Cell, u: number, v: number): Cell {
  const mail = `person.${Math.floor(v * 1e6)}@mail.example`;
  const phone = `+1 202 555 01${String(Math.floor(v * 100)).padStart(2, '0')}`;
  const note = u < 1 / 3 ? `write to ${mail}` : u < 2 / 3 ? `call ${phone}` : `${mail} or ${phone}`;
  if (typeof value === 'object' && value !== null) return { ...value, note };
  return value === null || value === '' ? note : `${value} ${note}`;
}

/** What another rule has made no time of stays as it is, as in {@link ofNumber}. */
function later(value: Cell, milliseconds: number): Cell {
  const time = String(value);
  if (!DATE.test(time)) return value;
  const at = new Date(Date.parse(time) + milliseconds).toISOString();
  return time.length === 10 ? at.slice(0, 10) : at;
}

/** Changes a number by its size, which is 1 at least. What another rule has made no number of stays as it is. */
function ofNumber(value: Cell, change: (size: number) => number): Cell {
  const number = Number(value);
  return Number.isFinite(number) ? change(Math.max(Math.abs(number), 1)) : value;
}

/** The value under a column, or inside of one under a path with dots. */
export function cellAt(record: Rec, path: string): Cell {
  let value: Cell = record;
  for (const key of path.split('.')) value = (value as Rec | null)?.[key] ?? null;
  return value;
}

/** The record with another value under a path. */
export function withCell(record: Rec, path: string, value: Cell): Rec {
  const [key, ...rest] = path.split('.') as [string, ...string[]];
  if (rest.length === 0) return { ...record, [key]: value };
  return { ...record, [key]: withCell((record[key] as Rec | null) ?? {}, rest.join('.'), value) };
}
