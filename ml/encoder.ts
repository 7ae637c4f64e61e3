import { TidemarkError } from '../core/errors.ts';
import type { Column } from '../warehouse/warehouse.ts';
import type { UserDays } from './learning-rows.ts';
import type { Feature } from './learning-tables.ts';
import { median } from './metrics/quantile.ts';

/** One column of the design matrix: (transform(feature) - mean) / sd, both of the training part. */
export interface EncodedColumn {
  /** `tickets_14d`, `tickets_14d missing`, `plan_id = pro`. */
  readonly name: string;
  readonly feature: string;
  /** `log1p` of the size with the sign kept; `missing` 1 where there is no value; `level` 1 where the feature has this level. */
  readonly transform: 'identity' | 'log1p' | 'missing' | 'level';
  readonly level?: string;
  readonly mean: number;
  readonly sd: number;
}

export interface Levels {
  /** Levels with a column, then pooled ones under {@link OTHER} where there are any. */
  readonly levels: readonly string[];
  /** The most frequent level: it has no column, and unseen levels count as OTHER or else as it. */
  readonly reference: string;
}

/** How features become numbers, learnt from the training part alone. Plain JSON: it is a part of the model file. */
export interface Encoder {
  readonly columns: readonly EncodedColumn[];
  /** Medians of the training part by numeric feature, untransformed: what a missing value becomes. */
  readonly medians: { readonly [feature: string]: number };
  readonly levels: { readonly [feature: string]: Levels };
  /** Columns that are constant in the training part: they teach nothing and have no coefficient. */
  readonly constant: readonly string[];
}

export const OTHER = '(other)';
export const MISSING = '(missing)';

/**
 * Learns medians, levels, means and spreads from the given rows.
 *
 * @param rows indices of the training part.
 * @param rareShare levels with a smaller share of these rows are pooled.
 * @throws {TidemarkError} TRAINING_IMPOSSIBLE naming each feature that holds infinite values, or text where a number was declared.
 */
export function fitEncoder(features: readonly Feature[], data: UserDays, rows: Int32Array, rareShare: number): Encoder {
  const columns: EncodedColumn[] = [];
  const medians: Record<string, number> = {};
  const levels: Record<string, Levels> = {};
  const constant: string[] = [];
  mustBeFinite(features, data, rows);

  const add = (column: Omit<EncodedColumn, 'mean' | 'sd'>) => {
    const values = columnValues({ ...column, mean: 0, sd: 1 }, { columns: [], medians, levels, constant }, data, rows);
    const mean = values.reduce((sum, value) => sum + value, 0) / rows.length;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows.length);
    if (sd <= 1e-12 * Math.max(1, Math.abs(mean))) constant.push(column.name);
    else columns.push({ ...column, mean, sd });
  };

  for (const { name, kind } of features) {
    const source = data.columns.get(name)!;
    if (kind === 'categorical') {
      levels[name] = fitLevels(source, rows, rareShare);
      for (const level of levels[name].levels)
        add({ name: `${name} = ${level}`, feature: name, transform: 'level', level });
      continue;
    }
    const all = numbers(source);
    const values = Float64Array.from(rows, (row) => all[row]!);
    const middle = median(values);
    medians[name] = Number.isNaN(middle) ? 0 : middle;
    add({ name, feature: name, transform: kind === 'count' ? 'log1p' : 'identity' });
    if (values.some(Number.isNaN)) add({ name: `${name} missing`, feature: name, transform: 'missing' });
  }
  return { columns, medians, levels, constant };
}

/** The design matrix of the given rows: n x columns, row-major, standardised. */
export function encode(encoder: Encoder, data: UserDays, rows: Int32Array): Float64Array {
  const p = encoder.columns.length;
  const x = new Float64Array(rows.length * p);
  encoder.columns.forEach((column, j) => {
    const values = columnValues(column, encoder, data, rows);
    for (let i = 0; i < rows.length; i++) x[i * p + j] = (values[i]! - column.mean) / column.sd;
  });
  return x;
}

function columnValues(
  { feature, transform, level }: EncodedColumn,
  encoder: Encoder,
  data: UserDays,
  rows: Int32Array,
): Float64Array {
  const source = data.columns.get(feature)!;
  if (transform === 'level') {
    const known = encoder.levels[feature]!;
    return Float64Array.from(rows, (row) => (levelOf(source, row, known) === level ? 1 : 0));
  }
  const raw = numbers(source);
  const middle = encoder.medians[feature]!;
  if (transform === 'missing') return Float64Array.from(rows, (row) => (Number.isNaN(raw[row]!) ? 1 : 0));
  return Float64Array.from(rows, (row) => {
    const value = Number.isNaN(raw[row]!) ? middle : raw[row]!;
    return transform === 'log1p' ? Math.sign(value) * Math.log1p(Math.abs(value)) : value;
  });
}

const numbers = (column: Column): Float64Array =>
  column.kind === 'number' ? column.values : Float64Array.from(column.values, () => Number.NaN);

function levelOf(column: Column, row: number, known?: Levels): string {
  const value = column.values[row];
  const level = value === null || value === undefined || Number.isNaN(value) ? MISSING : String(value);
  if (!known || known.reference === level || known.levels.includes(level)) return level;
  return known.levels.includes(OTHER) ? OTHER : known.reference;
}

function fitLevels(column: Column, rows: Int32Array, rareShare: number): Levels {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const level = levelOf(column, row);
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const frequent = sorted
    .filter(([, count], rank) => rank === 0 || count >= rareShare * rows.length)
    .map(([level]) => level);
  const [reference = MISSING, ...rest] = frequent;
  return { levels: frequent.length < sorted.length ? [...rest.sort(), OTHER] : rest.sort(), reference };
}

function mustBeFinite(features: readonly Feature[], data: UserDays, rows: Int32Array): void {
  const problems = features.flatMap(({ name, kind }) => {
    const column = data.columns.get(name)!;
    if (kind === 'categorical') return [];
    if (column.kind === 'text') {
      // A column without any value has no type to speak of; as a feature it is constant.
      const text = column.values.find((value) => value !== null);
      return text === undefined
        ? []
        : [`the feature ${name} is tagged "${kind}" but holds text such as ${JSON.stringify(text)}; expected numbers`];
    }
    let infinite = 0;
    for (const row of rows) if (Math.abs(column.values[row]!) === Number.POSITIVE_INFINITY) infinite++;
    return infinite === 0
      ? []
      : [`the feature ${name} is infinite in ${infinite} of ${rows.length} rows; expected finite numbers or null`];
  });
  if (problems.length > 0)
    throw new TidemarkError(problems.map((message) => ({ code: 'TRAINING_IMPOSSIBLE' as const, message })));
}
