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
  /** Milliseconds of lateness on top of the normal delay; 0 when no rule of that kind is among the hits. */
  lateMs(hits: number, a: number, b: number): number;
  /**
   * The lines that a hit record becomes are its parts: 0 is its own, and each copy has the next number. How many there are; most often 1.
   */
  parts(hits: number): number;
  /** Milliseconds from the record's own receipt to that of a copy, which comes in the same file. */
  againMs(hits: number, part: number, a: number, b: number): number;
  /** The faults of a part that is spelt as the record is; undefined when it is spelt otherwise. */
  marksOfWhole(hits: number, part: number): readonly Mark[] | undefined;
  /** Spells a part. `write` spells a record as a line. */
  spoil(hits: number, part: number, a: number, b: number, record: Rec, write: (record: Rec) => string): Spoilt;
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
  const bits = armed.map((rule, index) => ({ rule, bit: 1 << index, mark: markOf(rule) }));
  const at = (level: string) => bits.filter(({ rule }) => kindOf(rule.kind).level === level);
  const [delays, cells, lines, copies] = [at('delay'), at('cell'), at('line'), at('copy')];
  const textBits = [...cells, ...lines].reduce((all, { bit }) => all | bit, 0);
  const copyBits = copies.reduce((all, { bit }) => all | bit, 0);
  const lateMarks = (hits: number): Mark[] => {
    const marks: Mark[] = [];
    for (const { bit, mark } of delays) if (hits & bit) marks.push(mark);
    return marks;
  };
  /** The rule behind a part that is a copy. */
  const copyOf = (hits: number, part: number) => {
    let left = part;
    for (const copy of copies) if (hits & copy.bit && --left === 0) return copy;
    throw new RangeError(`hits ${hits} have no part ${part}`);
  };
  const spoilCells = (hits: number, a: number, b: number, record: Rec, marks: Mark[]): Rec => {
    let spoilt = record;
    for (const { rule, bit, mark } of cells) {
      if (!(hits & bit)) continue;
      const value = cellAt(spoilt, rule.column!);
      const changed = CELLS[rule.kind]!(value, rule, rule.how.uniform(a, b), rule.more.uniform(a, b));
      // What was missing cannot be spoilt, and what stays the same is no fault.
      if ((value === null && rule.kind !== 'personal_data') || changed === value) continue;
      spoilt = withCell(spoilt, rule.column!, changed);
      marks.push(mark);
    }
    return spoilt;
  };

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
    lateMs(hits, a, b) {
      let longest = 0;
      for (const { rule, bit } of delays)
        if (hits & bit)
          longest = Math.max(longest, lateness(rule.delays!, rule.how.uniform(a, b), rule.more.uniform(a, b)));
      return longest;
    },

    parts(hits) {
      let parts = 1;
      for (let left = hits & copyBits; left !== 0; left &= left - 1) parts++;
      return parts;
    },
    againMs(hits, part, a, b) {
      if (part === 0) return 0;
      const { rule } = copyOf(hits, part);
      return 1 + Math.floor(-rule.meanSeconds! * 1000 * Math.log(1 - rule.how.uniform(a, b)));
    },
    marksOfWhole(hits, part) {
      if ((hits & textBits) !== 0) return undefined;
      if (part === 0) return lateMarks(hits);
      const { rule, mark } = copyOf(hits, part);
      return rule.kind === 'duplicate' ? [...lateMarks(hits), mark] : undefined;
    },

    spoil(hits, part, a, b, record, write) {
      const marks = lateMarks(hits);
      const spoilt = spoilCells(hits, a, b, record, marks);
      let text = write(spoilt);
      for (const { rule, bit, mark } of lines) {
        if (!(hits & bit)) continue;
        text = broken(format, text, rule.how.uniform(a, b), rule.more.uniform(a, b));
        marks.push(mark);
      }
      if (part === 0) return { text, marks };
      const { rule, mark } = copyOf(hits, part);
      const copy = rule.kind === 'duplicate' ? text : write(otherPayload(spoilt, rule, rule.more.uniform(a, b)));
      return { text: copy, marks: copy === text ? [...marks, mark] : [mark] };
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
