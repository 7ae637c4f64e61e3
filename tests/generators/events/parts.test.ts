import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chances, keyed } from '../../../core/keyed.ts';
import { dayBuffer, KEY, RECEIVED, STRIDE, USER } from '../../../generators/events/day-buffer.ts';
import { dayOfKey, eventIds, eventKey, idText } from '../../../generators/events/ids.ts';
import { exponentialMs, picker } from '../../../generators/events/laws.ts';

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
  const added = fc.array(fc.record({ at: fc.nat(86_399_999), text: fc.boolean() }), { maxLength: 3000 });
  const buffer = dayBuffer();
  fc.assert(
    fc.property(
      fc.oneof(
        added,
        added.map((all) => all.map((one) => ({ ...one, at: one.at % 5 }))),
      ),
      (all) => {
        for (const [index, { at, text }] of all.entries()) {
          if (text) buffer.addText(at, `line ${index}`);
          else {
            const start = buffer.add();
            buffer.records[start + RECEIVED] = at;
            buffer.records[start + USER] = 1;
            buffer.records[start + KEY] = index;
          }
        }
        const found = [...buffer.order()].map((start) => {
          const user = buffer.records[start + USER]!;
          const at = buffer.records[start + RECEIVED]!;
          return { at, is: user < 0 ? buffer.texts[-1 - user] : buffer.records[start + KEY] };
        });
        const wanted = all.map(({ at, text }, index) => ({ at, is: text ? `line ${index}` : index }));
        expect(found).toEqual(wanted.sort((a, b) => a.at - b.at));
        expect(buffer.length * STRIDE).toBeLessThanOrEqual(buffer.records.length);
        buffer.clear();
        expect(buffer.order()).toHaveLength(0);
      },
    ),
    { numRuns: 40 },
  );
});
