import { type Chances, chances, type Keyed, keyed } from '../../core/keyed.ts';
import type { DelaySpec } from '../scenario/dirt.ts';
import type { Rec } from '../source.ts';
import { CELLS, cellAt, withCell } from './cells.ts';
import { type DirtRule, kindOf } from './rule.ts';
import { broken, type Format } from './text.ts';

/** A fault in a file, as the ledger has it but for the place. */
export interface Mark {
  readonly rule: string;
  readonly kind: DirtRule['kind'];
  readonly column?: string;
}

/** A line that a record became. */
export interface Spoilt {
  readonly text: string;
  /** Milliseconds after the record's own receipt, on the same day; 0 but for copies. */
  readonly againMs: number;
  readonly marks: readonly Mark[];
}

/** The rules that strike single records of a source. A record has a key of two integers; all that befalls it follows from that. */
export interface SourceDirt {
  /** Longest lateness that a rule can give, in milliseconds. */
  readonly longestMs: number;
  /** The rules that hit the record on the day on which it was made, as bits; 0 for most. */
  hits(day: number, a: number, b: number): number;
  /** The first half of {@link hits}, for many records with the same first word. */
  aim(day: number, a: number): void;
  /** The second half, for a record of the day and the first word that were aimed at. */
  hitsAt(b: number): number;
  /** The rules of lateness alone, on whatever day: asks less than {@link hits}, which has to be asked about what this finds. */
  readonly late: Chances;
  /** True when nothing but lateness befalls the record: it looks as if it were whole. */
  isLateOnly(hits: number): boolean;
  /** The faults of such a record. */
  lateMarks(hits: number): Mark[];
  /** Milliseconds of lateness on top of the normal delay; 0 when no rule of that kind is among the hits. */
  lateMs(hits: number, a: number, b: number): number;
  /** What becomes of a hit record. `write` spells a record as a line. The copy of a duplicate, and its faults, come after the record. */
  spoil(hits: number, a: number, b: number, record: Rec, write: (record: Rec) => string): Spoilt[];
}

const HOUR_MS = 3_600_000;
/** Of bits in a 32-bit integer without its sign. */
export const MOST_RULES = 31;

interface Armed extends DirtRule {
  readonly how: Keyed;
  readonly more: Keyed;
}

/**
 * Arms the record rules among `rules`, which are those of one source.
 *
 * Each rule draws by key under its own name and seed: switching one off changes the records that it hit, and no other.
 */
export function sourceDirt(rules: readonly DirtRule[], format: Format): SourceDirt {
  const armed = rules
    .filter(({ kind, rate }) => rate > 0 && ['delay', 'copy', 'cell', 'line'].includes(kindOf(kind).level))
    .map(
      (rule): Armed => ({
        ...rule,
        how: keyed(rule.seed, 'dirt', rule.name, 'how'),
        more: keyed(rule.seed, 'dirt', rule.name, 'more'),
      }),
    );
  const bits = armed.map((rule, index) => ({ rule, bit: 1 << index }));
  const at = (level: string) => bits.filter(({ rule }) => kindOf(rule.kind).level === level);
  const [delays, cells, lines, copies] = [at('delay'), at('cell'), at('line'), at('copy')];
  const delayBits = delays.reduce((all, { bit }) => all | bit, 0);
  const lateMarks = (hits: number) => delays.filter(({ bit }) => hits & bit).map(({ rule }) => markOf(rule));

  const luckOf = (some: readonly DirtRule[]) =>
    chances(some.map(({ seed, name, rate }) => ({ seed, labels: ['dirt', name], rate })));
  const luck = luckOf(armed);
  /** The rules that strike on the day that is aimed at, as bits. */
  let inForce = 0;
  let today = -1;
  const aim = (day: number, a: number) => {
    if (day !== today) {
      today = day;
      inForce = bits.reduce((all, { rule, bit }) => (day >= rule.from && day <= rule.until ? all | bit : all), 0);
    }
    luck.aim(a);
  };
  const hitsAt = (b: number) => luck.at(b) & inForce;

  return {
    longestMs: Math.max(0, ...delays.flatMap(({ rule }) => rule.delays!.map((delay) => delay.max_hours * HOUR_MS))),

    hits(day, a, b) {
      aim(day, a);
      return hitsAt(b);
    },
    aim,
    hitsAt,
    late: luckOf(delays.map(({ rule }) => rule)),
    isLateOnly: (hits) => (hits & ~delayBits) === 0,
    lateMarks,

    lateMs(hits, a, b) {
      let longest = 0;
      for (const { rule, bit } of delays)
        if (hits & bit)
          longest = Math.max(longest, lateness(rule.delays!, rule.how.uniform(a, b), rule.more.uniform(a, b)));
      return longest;
    },

    spoil(hits, a, b, record, write) {
      const marks = lateMarks(hits);
      let spoilt = record;
      for (const { rule, bit } of cells) {
        if (!(hits & bit)) continue;
        const column = rule.column!;
        const value = cellAt(spoilt, column);
        const changed = CELLS[rule.kind]!(value, rule, rule.how.uniform(a, b), rule.more.uniform(a, b));
        // What was missing cannot be spoilt, and what stays the same is no fault.
        if ((value === null && rule.kind !== 'personal_data') || changed === value) continue;
        spoilt = withCell(spoilt, column, changed);
        marks.push(markOf(rule));
      }
      let text = write(spoilt);
      for (const { rule, bit } of lines) {
        if (!(hits & bit)) continue;
        text = broken(format, text, rule.how.uniform(a, b), rule.more.uniform(a, b));
        marks.push(markOf(rule));
      }
      const result: Spoilt[] = [{ text, againMs: 0, marks }];
      for (const { rule, bit } of copies) {
        if (!(hits & bit)) continue;
        const again = -rule.meanSeconds! * 1000 * Math.log(1 - rule.how.uniform(a, b));
        const copy = rule.kind === 'duplicate' ? text : write(otherPayload(spoilt, rule, rule.more.uniform(a, b)));
        result.push({
          text: copy,
          againMs: 1 + Math.floor(again),
          marks: copy === text ? [...marks, markOf(rule)] : [markOf(rule)],
        });
      }
      return result;
    },
  };
}

const markOf = ({ name, kind, column }: DirtRule): Mark => ({
  rule: name,
  kind,
  ...(column === undefined ? {} : { column }),
});

/** Milliseconds: the minimum plus an exponential, cut at the maximum by inversion so that no heap piles up there. */
function lateness(delays: readonly DelaySpec[], choice: number, u: number): number {
  let index = 0;
  for (let left = choice - delays[0]!.share; left >= 0 && index < delays.length - 1; left -= delays[index]!.share)
    index++;
  const delay = delays[index]!;
  const scale = delay.mean_hours - delay.min_hours;
  const reach = 1 - Math.exp(-(delay.max_hours - delay.min_hours) / scale);
  return Math.floor((delay.min_hours - scale * Math.log(1 - u * reach)) * HOUR_MS);
}

/** The same record with another value in one column: a number up to a tenth off, a text with a mark at its end. */
function otherPayload(record: Rec, { column }: DirtRule, u: number): Rec {
  const value = cellAt(record, column!);
  const other =
    typeof value === 'number'
      ? Number((value * (1.01 + 0.09 * u) + 1).toFixed(2))
      : typeof value === 'boolean'
        ? !value
        : `${value ?? ''}~${Math.floor(u * 10)}`;
  return withCell(record, column!, other);
}
