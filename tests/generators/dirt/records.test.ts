import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashText } from '../../../core/keyed.ts';
import { cellAt } from '../../../generators/dirt/cells.ts';
import { type DirtRuleSpec, dirtRules, type FaultKind, KINDS, kindOf } from '../../../generators/dirt/rule.ts';
import { type SourceDirt, sourceDirt } from '../../../generators/dirt/source-dirt.ts';
import { lineOf } from '../../../generators/dirt/text.ts';
import type { Rec } from '../../../generators/source.ts';

const RECORD: Rec = {
  id: 'p1',
  user_id: 'u000001',
  ts: '2026-03-04T05:06:07.000Z',
  amount: 49.5,
  plan: 'basic',
  props: { channel: 'web' },
};
const COLUMNS = Object.keys(RECORD);
const DELAYS = [
  { share: 0.7, min_hours: 1.5, mean_hours: 7, max_hours: 30 },
  { share: 0.3, min_hours: 24, mean_hours: 60, max_hours: 168 },
];
/** A rule of each kind that strikes records. */
const RULES: Partial<Record<FaultKind, Omit<DirtRuleSpec, 'kind' | 'source' | 'rate'>>> = {
  late: { delays: DELAYS },
  duplicate: {},
  near_duplicate: { column: 'amount' },
  null_user: {},
  missing_value: { column: 'plan' },
  infinite: { column: 'amount' },
  out_of_range: { column: 'amount' },
  negative: { column: 'amount' },
  outlier: { column: 'amount' },
  wrong_type: { column: 'amount' },
  unknown_category: { column: 'plan' },
  misspelt_category: { column: 'plan' },
  mixed_format: { column: 'ts' },
  personal_data: { column: 'props' },
  future: { column: 'ts', mean_hours: 5 },
  malformed: {},
};
const write = (record: Rec) => lineOf('jsonl', COLUMNS, record);
const dirtOf = (spec: Record<string, DirtRuleSpec>, format: 'jsonl' | 'csv' = 'jsonl') =>
  sourceDirt(dirtRules(spec, 7, 100), format);
const only = (kind: FaultKind, rate: number) => dirtOf({ [kind]: { kind, source: 's', rate, ...RULES[kind] } });

/** All that a record becomes. */
const linesOf = (dirt: SourceDirt, hits: number, a: number, b: number, record: Rec) =>
  Array.from({ length: dirt.parts(hits) }, (_, part) => ({
    ...dirt.spoil(hits, part, a, b, record, write),
    againMs: dirt.againMs(hits, part, a, b),
  }));

test('every kind that strikes records is tried here', () => {
  const kinds = Object.keys(KINDS) as FaultKind[];
  const strike = kinds.filter((kind) => ['delay', 'copy', 'cell', 'line'].includes(kindOf(kind).level));
  expect(Object.keys(RULES).sort()).toEqual(strike.sort());
});

describe.each(Object.keys(RULES) as FaultKind[])('%s', (kind) => {
  test('hits records at its rate, and only on its days', () => {
    const n = 50_000;
    const rate = 0.03;
    const dirt = only(kind, rate);
    let hits = 0;
    for (let i = 0; i < n; i++) if (dirt.hits(3, i >> 8, i & 255) !== 0) hits++;
    // Five standard deviations of the binomial.
    expect(Math.abs(hits - n * rate)).toBeLessThan(5 * Math.sqrt(n * rate * (1 - rate)));

    const spring = dirtOf({ some: { kind, source: 's', rate: 1, ...RULES[kind], days: [10, 12] } });
    expect([8, 9, 10, 11, 12].map((day) => spring.hits(day, 1, 1) !== 0)).toEqual([false, true, true, true, false]);
  });

  test('marks exactly what it changed', () => {
    const dirt = only(kind, 1);
    const clean = write(RECORD);
    for (let key = 0; key < 200; key++) {
      const hits = dirt.hits(0, key, 9);
      const lines = linesOf(dirt, hits, key, 9, RECORD);
      const marks = lines.flatMap((line) => line.marks);
      expect(marks.every((mark) => mark.rule === kind && mark.kind === kind)).toBe(true);
      expect(marks.length).toBeGreaterThan(0);
      if (kind === 'late') {
        expect(dirt.lateMs(hits, key, 9)).toBeGreaterThanOrEqual(1.5 * 3_600_000);
        expect(dirt.lateMs(hits, key, 9)).toBeLessThanOrEqual(dirt.longestMs);
        expect(lines).toEqual([{ text: clean, againMs: 0, marks }]);
      } else if (kind === 'duplicate') {
        expect(lines.map(({ text }) => text)).toEqual([clean, clean]);
        expect(lines[1]!.againMs).toBeGreaterThan(0);
      } else if (kind === 'near_duplicate') {
        expect(lines.map(({ text }) => text === clean)).toEqual([true, false]);
        expect(JSON.parse(lines[1]!.text).id).toBe('p1');
      } else expect(lines.map(({ text }) => text === clean)).toEqual([false]);
    }
  });
});

test('a part that is said to be whole is spelt as the record is, with the same faults', () => {
  const rules = Object.entries(RULES).map(([kind, rest]) => [kind, { kind, source: 's', rate: 0.3, ...rest }]);
  const dirt = dirtOf(Object.fromEntries(rules) as Record<string, DirtRuleSpec>);
  let whole = 0;
  for (let key = 0; key < 3000; key++) {
    // Most records are hit by some cell; those of every second key by the rules of lateness and of copies alone.
    const hits = dirt.hits(0, key, 9) & (key % 2 === 0 ? 0b111 : -1);
    for (const [part, { text, marks }] of linesOf(dirt, hits, key, 9, RECORD).entries()) {
      const marksOfWhole = dirt.marksOfWhole(hits, part);
      if (!marksOfWhole) continue;
      whole++;
      expect(text).toBe(write(RECORD));
      expect(marksOfWhole).toEqual(marks);
    }
  }
  expect(whole).toBeGreaterThan(1500);
});

test('what a cell becomes is no value that its column may have', () => {
  const spoilt = (kind: FaultKind, key: number) => {
    const column = RULES[kind]!.column ?? 'user_id';
    const dirt = only(kind, 1);
    return cellAt(JSON.parse(dirt.spoil(dirt.hits(0, key, 0), 0, key, 0, RECORD, write).text) as Rec, column);
  };
  for (let key = 0; key < 100; key++) {
    expect(spoilt('missing_value', key)).toBeNull();
    expect(spoilt('null_user', key)).toBeNull();
    expect(['inf', '-inf']).toContain(spoilt('infinite', key));
    expect(spoilt('out_of_range', key)).toBe(-1);
    expect(spoilt('negative', key)).toBe(-49.5);
    expect(spoilt('outlier', key)).toBe(49_500);
    expect(Number(spoilt('wrong_type', key))).toBeNaN();
    expect(['zzz_unknown', 'n.a.']).toContain(spoilt('unknown_category', key));
    expect(spoilt('misspelt_category', key)).not.toBe('basic');
    expect(spoilt('mixed_format', key)).not.toMatch(/^\d{4}-\d{2}-\d{2}/);
    expect(JSON.stringify(spoilt('personal_data', key))).toMatch(/@mail\.example|\+1 202 555 01\d\d/);
    expect(Date.parse(String(spoilt('future', key)))).toBeGreaterThan(Date.parse(String(RECORD.ts)) + 3_600_000 - 1);
  }
});

test('late records follow the mixture that the rule states', () => {
  const dirt = only('late', 1);
  const hours = Array.from({ length: 40_000 }, (_, i) => dirt.lateMs(1, i, 1) / 3_600_000);
  expect(Math.min(...hours)).toBeGreaterThanOrEqual(1.5);
  expect(Math.max(...hours)).toBeLessThanOrEqual(168);
  // The second delay begins after 24 hours; of the first one exp(-22.5/5.5) - exp(-28.5/5.5) of 0.7, over its reach, is later.
  const beyond = hours.filter((hour) => hour > 24).length / hours.length;
  const tail = (0.7 * (Math.exp(-22.5 / 5.5) - Math.exp(-28.5 / 5.5))) / (1 - Math.exp(-28.5 / 5.5));
  expect(beyond).toBeCloseTo(0.3 + tail, 2);
});

test('switching a rule off moves no other', () => {
  const spec = Object.fromEntries(
    Object.entries(RULES).map(([kind, rest]) => [kind, { kind, source: 's', rate: 0.2, ...rest } as DirtRuleSpec]),
  );
  const whole = dirtOf(spec);
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(spec)), fc.nat(1e6), fc.nat(1e6), (off, a, b) => {
      const others = dirtOf(Object.fromEntries(Object.entries(spec).filter(([name]) => name !== off)));
      const marks = (dirt: typeof whole) =>
        linesOf(dirt, dirt.hits(0, a, b), a, b, RECORD)
          .flatMap((line) => line.marks)
          .map(({ rule }) => rule);
      const hit = marks(whole).includes(off);
      if (!hit) expect(marks(others)).toEqual(marks(whole));
    }),
  );
});

test('lines of CSV that are broken have another number of fields, and quotes stay closed', () => {
  const dirt = dirtOf({ m: { kind: 'malformed', source: 's', rate: 1 } }, 'csv');
  const csv = (record: Rec) => lineOf('csv', COLUMNS, record);
  for (const record of [RECORD, { ...RECORD, props: null }]) {
    const clean = csv(record);
    for (let key = 0; key < 100; key++) {
      const { text } = dirt.spoil(1, 0, key, 0, record, csv);
      expect(text.split(',').length).not.toBe(clean.split(',').length);
      expect((text.match(/"/g) ?? []).length % 2).toBe(0);
    }
  }
});

test('what is missing cannot be spoilt', () => {
  const dirt = only('negative', 1);
  const record = { ...RECORD, amount: null };
  expect(linesOf(dirt, 1, 1, 1, record)).toEqual([{ text: write(record), againMs: 0, marks: [] }]);
});

test('a rule leaves what another one has made of a value when it can do nothing with it', () => {
  const dirt = dirtOf({
    words: { kind: 'wrong_type', source: 's', column: 'amount', rate: 1 },
    dates: { kind: 'mixed_format', source: 's', column: 'ts', rate: 1 },
    negative: { kind: 'negative', source: 's', column: 'amount', rate: 1 },
    outlier: { kind: 'outlier', source: 's', column: 'amount', rate: 1 },
    future: { kind: 'future', source: 's', column: 'ts', mean_hours: 5, rate: 1 },
  });
  for (let key = 0; key < 50; key++) {
    const { text, marks } = dirt.spoil(dirt.hits(0, key, 9), 0, key, 9, RECORD, write);
    expect(marks.map(({ rule }) => rule)).toEqual(['words', 'dates']);
    expect((JSON.parse(text) as Rec).amount).toBeTypeOf('string');
  }
});

test('keys of texts spread', () => {
  const seen = new Set(Array.from({ length: 10_000 }, (_, i) => hashText(`p${i}`)));
  expect(seen.size).toBeGreaterThan(9990);
});
