import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chances, keyed } from '../../../core/keyed.ts';
import { dayOfKey, eventIds, eventKey, idText } from '../../../generators/events/ids.ts';
import { exponentialMs, picker } from '../../../generators/events/laws.ts';
import { KEY, RECEIVED, receiptOrder, recordTable, STRIDE } from '../../../generators/events/record-table.ts';

/** Evenly spread 32-bit integers with a sign, as the draws are. */
const spread = (n: number) => Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) / n) * 2 ** 32) | 0);

describe('laws', () => {
  test('a picker gives each value its share, and never one of weight 0', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        weights.filter((all) => all.some((weight) => weight > 0)),
        (all) => {
          const draws = 20_000;
          const counts = new Array<number>(all.length).fill(0);
          const pick = picker(all);
          for (const bits of spread(draws)) counts[pick(bits)]!++;
          const total = all.reduce((sum, weight) => sum + weight, 0);
          for (const [index, weight] of all.entries()) {
            if (weight === 0) expect(counts[index]).toBe(0);
            expect(Math.abs(counts[index]! - (draws * weight) / total)).toBeLessThan(all.length + 2);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('an exponential has its mean, its median and its tail', () => {
    const draws = spread(1 << 20).map(exponentialMs(10_000));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    expect(mean).toBeCloseTo(9999.5, -1);
    const beyond = (x: number) => draws.filter((draw) => draw > x).length / draws.length;
    for (const x of [1000, 6931, 20_000, 50_000]) expect(beyond(x)).toBeCloseTo(Math.exp(-x / 10_000), 3);
    expect(Math.min(...draws.slice(0, 10))).toBeGreaterThanOrEqual(0);
  });

  test('chances asked together are those that are asked one by one', () => {
    const chance = fc.record({
      seed: fc.nat(),
      labels: fc.array(fc.string(), { maxLength: 2 }),
      rate: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    });
    const words = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(fc.array(chance, { maxLength: 31 }), words, words, (all, a, b) => {
        const together = chances(all);
        together.aim(a);
        const expected = all.map(({ seed, labels, rate }) => keyed(seed, ...labels).uniform(a, b) < rate);
        const hits = together.at(b);
        expect(all.map((_, index) => (hits & (1 << index)) !== 0)).toEqual(expected);
      }),
    );
  });
});

describe('ids', () => {
  test('differ for different events, and look like chance', () => {
    const ids = eventIds(7);
    const seen = new Set<string>();
    const ones = new Array<number>(64).fill(0);
    for (let user = 0; user < 100; user++)
      for (let day = 0; day < 40; day++)
        for (let index = 0; index < 10; index++) {
          ids.of(user, eventKey(day, index));
          seen.add(idText(ids));
          for (let bit = 0; bit < 64; bit++) ones[bit]! += ((bit < 32 ? ids.high : ids.low) >>> (bit & 31)) & 1;
        }
    expect(seen.size).toBe(40_000);
    expect([...seen].every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    for (const n of ones) expect(Math.abs(n - 20_000)).toBeLessThan(5 * 100);
  });

  test('a key holds any day of ten years and a million events', () => {
    for (const day of [0, 2047, 2048, 3649]) {
      expect(dayOfKey(eventKey(day, (1 << 20) - 1))).toBe(day);
      expect(dayOfKey(eventKey(day, 0) | 0)).toBe(day);
    }
  });
});

test('a day is ordered by time of receipt, then by the order of adding', () => {
  const added = fc.array(fc.nat(86_399_999), { maxLength: 3000 });
  const table = recordTable();
  const orderOf = receiptOrder();
  fc.assert(
    fc.property(
      fc.oneof(
        added,
        added.map((all) => all.map((at) => at % 5)),
      ),
      fc.nat(2000),
      (all, waited) => {
        const before = recordTable();
        const add = (to: typeof table, at: number, index: number) => {
          const start = to.add();
          to.records[start + RECEIVED] = at;
          to.records[start + KEY] = index;
        };
        for (const [index, at] of all.entries()) {
          if (index === waited) table.take(before);
          add(index < waited ? before : table, at, index);
        }
        if (all.length <= waited) table.take(before);
        const found = [...orderOf(table)].map((start) => ({
          at: table.records[start + RECEIVED],
          is: table.records[start + KEY],
        }));
        expect(found).toEqual(all.map((at, is) => ({ at, is })).sort((a, b) => a.at - b.at));
        expect(table.length * STRIDE).toBeLessThanOrEqual(table.records.length);
        expect(before.length).toBe(0);
        table.clear();
        expect(orderOf(table)).toHaveLength(0);
      },
    ),
    { numRuns: 40 },
  );
});
