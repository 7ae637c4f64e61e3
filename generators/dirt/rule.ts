import type { DelaySpec } from '../scenario/dirt.ts';

/** What a fault does, and what a rule of its kind has to say; `text` is for the messages about impossible rules. */
interface Kind {
  /**
   * Where it strikes: `delay` moves a record to a later file, `copy` brings it twice, `cell` changes a value, `line` breaks the text,
   * `shape` changes a column of a whole file, `file` the file itself, `order` swaps two files. The rate is per record for the first
   * four, per file for the others.
   */
  readonly level: 'delay' | 'copy' | 'cell' | 'line' | 'shape' | 'file' | 'order';
  readonly column: boolean;
  /** Other properties that a rule of this kind must have, and may have. */
  readonly needs?: readonly Option[];
  readonly takes?: readonly Option[];
}

export type Option = 'delays' | 'mean_seconds' | 'value' | 'values' | 'factor' | 'to' | 'mean_hours';

export const KINDS = {
  late: { level: 'delay', column: false, needs: ['delays'] },
  duplicate: { level: 'copy', column: false, takes: ['mean_seconds'] },
  near_duplicate: { level: 'copy', column: true, takes: ['mean_seconds'] },
  null_user: { level: 'cell', column: false },
  missing_value: { level: 'cell', column: true },
  infinite: { level: 'cell', column: true },
  out_of_range: { level: 'cell', column: true, takes: ['value'] },
  negative: { level: 'cell', column: true },
  outlier: { level: 'cell', column: true, takes: ['factor'] },
  wrong_type: { level: 'cell', column: true },
  unknown_category: { level: 'cell', column: true, takes: ['values'] },
  misspelt_category: { level: 'cell', column: true },
  mixed_format: { level: 'cell', column: true },
  personal_data: { level: 'cell', column: true },
  future: { level: 'cell', column: true, needs: ['mean_hours'] },
  malformed: { level: 'line', column: false },
  missing_column: { level: 'shape', column: true },
  renamed_column: { level: 'shape', column: true, needs: ['to'] },
  changed_type: { level: 'shape', column: true },
  new_column: { level: 'shape', column: true, needs: ['values'] },
  truncated_file: { level: 'file', column: false },
  empty_file: { level: 'file', column: false },
  out_of_order_days: { level: 'order', column: false },
} as const satisfies Record<string, Kind>;

export type FaultKind = keyof typeof KINDS;

export const kindOf = (kind: FaultKind): Kind => KINDS[kind];

/** A rule with its defaults filled in. Plain JSON. */
export interface DirtRule {
  /** Its own name in the YAML. */
  readonly name: string;
  readonly kind: FaultKind;
  readonly source: string;
  /** A column, or with dots a key inside of one (`props.note`). */
  readonly column?: string;
  /** Probability per record or per file, see the kind. */
  readonly rate: number;
  /** First and last day on which it strikes, counted from 0. */
  readonly from: number;
  readonly until: number;
  readonly seed: number;
  /** Of `late`: a mixture of shifted exponentials, cut at their maximum. */
  readonly delays?: readonly DelaySpec[];
  /** Of copies: mean time until the second one arrives. */
  readonly meanSeconds?: number;
  /** Of `out_of_range`: what stands there instead. */
  readonly value?: number;
  /** Of `unknown_category` and `new_column`: what stands there. */
  readonly values?: readonly string[];
  /** Of `outlier`. */
  readonly factor?: number;
  /** Of `renamed_column`. */
  readonly to?: string;
  /** Of `future`. */
  readonly meanHours?: number;
}

/** What a user writes; `days` are counted from 1, both ends included. */
export interface DirtRuleSpec {
  readonly kind: FaultKind;
  readonly source: string;
  readonly rate: number;
  readonly column?: string;
  readonly days?: readonly [number, number];
  readonly seed?: number;
  readonly delays?: readonly DelaySpec[];
  readonly mean_seconds?: number;
  readonly value?: number;
  readonly values?: readonly string[];
  readonly factor?: number;
  readonly to?: string;
  readonly mean_hours?: number;
}

/** By the name of the rule. */
export type DirtSpec = Readonly<Record<string, DirtRuleSpec>>;

export const DEFAULTS = { meanSeconds: 20, value: -1, factor: 1000, values: ['zzz_unknown', 'n.a.'] } as const;

/** @param days of the scenario; a rule without `days` strikes on all of them. */
export function dirtRules(spec: DirtSpec, seed: number, days: number): DirtRule[] {
  return Object.entries(spec).map(([name, rule]) => {
    const { takes = [] } = kindOf(rule.kind);
    const option = <T>(key: Option, given: T | undefined, otherwise: T | undefined): T | undefined =>
      given ?? (takes.includes(key) ? otherwise : undefined);
    return withoutUndefined({
      name,
      kind: rule.kind,
      source: rule.source,
      column: rule.kind === 'null_user' ? 'user_id' : rule.column,
      rate: rule.rate,
      from: (rule.days?.[0] ?? 1) - 1,
      until: Math.min(days, rule.days?.[1] ?? days) - 1,
      seed: rule.seed ?? seed,
      delays: rule.delays,
      meanSeconds: option('mean_seconds', rule.mean_seconds, DEFAULTS.meanSeconds),
      value: option('value', rule.value, DEFAULTS.value),
      values: option('values', rule.values, DEFAULTS.values),
      factor: option('factor', rule.factor, DEFAULTS.factor),
      to: rule.to,
      meanHours: rule.mean_hours,
    }) as DirtRule;
  });
}

const withoutUndefined = (entries: object): object =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
