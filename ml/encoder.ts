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

  const add = (column: Omit<EncodedColumn, 'mean' | 'sd'>, source: Source) => {
    const values = columnValues(column, source);
    let sum = 0;
    for (const value of values) sum += value;
    const mean = sum / rows.length;
    let squares = 0;
    for (const value of values) squares += (value - mean) ** 2;
    const sd = Math.sqrt(squares / rows.length);
    if (sd <= 1e-12 * Math.max(1, Math.abs(mean))) constant.push(column.name);
    else columns.push({ ...column, mean, sd });
  };

  for (const { name, kind } of features) {
    const column = data.columns.get(name)!;
    if (kind === 'categorical') {
      const known = fitLevels(column, rows, rareShare);
      levels[name] = known;
      const source = levelCodes(column, known, rows);
      for (const level of known.levels)
        add({ name: `${name} = ${level}`, feature: name, transform: 'level', level }, source);
      continue;
    }
    const raw = pick(column, rows);
    const middle = median(raw);
    medians[name] = Number.isNaN(middle) ? 0 : middle;
    const source = { raw, median: medians[name] };
    add({ name, feature: name, transform: kind === 'count' ? 'log1p' : 'identity' }, source);
    if (raw.some(Number.isNaN)) add({ name: `${name} missing`, feature: name, transform: 'missing' }, source);
  }
  return { columns, medians, levels, constant };
}

/** The design matrix of the given rows: n x columns, row-major, standardised. */
export function encode(encoder: Encoder, data: UserDays, rows: Int32Array): Float64Array {
  const p = encoder.columns.length;
  const x = new Float64Array(rows.length * p);
  const sources = new Map<string, Source>();
  for (const [j, column] of encoder.columns.entries()) {
    const { feature, mean, sd } = column;
    const source = sources.get(feature) ?? sourceOf(encoder, data.columns.get(feature)!, feature, rows);
    sources.set(feature, source);
    const values = columnValues(column, source);
    for (let i = 0; i < values.length; i++) x[i * p + j] = (values[i]! - mean) / sd;
  }
  return x;
}

/** The values of one feature in the chosen rows, as its columns need them. */
type Source =
  | { readonly raw: Float64Array; readonly median: number }
  | { readonly codes: Int32Array; readonly levels: readonly string[] };

function sourceOf(encoder: Encoder, column: Column, feature: string, rows: Int32Array): Source {
  const known = encoder.levels[feature];
  return known ? levelCodes(column, known, rows) : { raw: pick(column, rows), median: encoder.medians[feature]! };
}

/** Plain loops: this runs once for each column of each fold. */
function columnValues({ transform, level }: Pick<EncodedColumn, 'transform' | 'level'>, source: Source): Float64Array {
  if ('codes' in source) {
    const { codes } = source;
    const wanted = source.levels.indexOf(level!);
    const values = new Float64Array(codes.length);
    for (let i = 0; i < codes.length; i++) values[i] = codes[i] === wanted ? 1 : 0;
    return values;
  }
  const { raw, median: middle } = source;
  const values = new Float64Array(raw.length);
  for (let i = 0; i < raw.length; i++) {
    const missing = Number.isNaN(raw[i]!);
    const value = missing ? middle : raw[i]!;
    if (transform === 'missing') values[i] = missing ? 1 : 0;
    else values[i] = transform === 'log1p' ? Math.sign(value) * Math.log1p(Math.abs(value)) : value;
  }
  return values;
}

/** Numbers of the chosen rows; a column of text holds no number. */
function pick(column: Column, rows: Int32Array): Float64Array {
  const values = new Float64Array(rows.length).fill(Number.NaN);
  if (column.kind === 'number') for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i]!]!;
  return values;
}

/** The index of each row's level among the levels with a column, -1 for the reference. */
function levelCodes(column: Column, { levels, reference }: Levels, rows: Int32Array): Source {
  const unseen = levels.indexOf(OTHER);
  const codes = new Map(levels.map((level, k) => [level, k]));
  codes.set(reference, -1);
  return { codes: rows.map((row) => codes.get(levelOf(column, row)) ?? unseen), levels };
}

function levelOf(column: Column, row: number): string {
  const value = column.values[row];
  return value === null || value === undefined || Number.isNaN(value) ? MISSING : String(value);
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

/** @throws {TidemarkError} TRAINING_IMPOSSIBLE with every feature that holds infinite values or text instead of numbers. */
export function mustBeFinite(features: readonly Feature[], data: UserDays, rows: Int32Array): void {
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
