import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf, turns } from '../../generators/writing/turns.ts';

test('chunks cover the days without a gap, and none is shorter than an event can be under way', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 9 }),
      (days, reach, workers) => {
        const chunks = chunksOf(days, reach, workers);
        expect(chunks[0]!.first).toBe(0);
        expect(chunks.at(-1)!.last).toBe(days - 1);
        for (const [index, { first, last }] of chunks.entries()) {
          if (index > 0) expect(first).toBe(chunks[index - 1]!.last + 1);
          if (chunks.length > 1) expect(last - first + 1).toBeGreaterThanOrEqual(reach);
        }
      },
    ),
  );
});

test('however fast the workers are, each day is written once, by one who saw the days before it', () => {
  const races = fc.record({
    days: fc.integer({ min: 1, max: 120 }),
    reach: fc.integer({ min: 1, max: 9 }),
    workers: fc.integer({ min: 1, max: 5 }),
    // Who lives the next day.
    order: fc.infiniteStream(fc.nat()),
  });
  fc.assert(
    fc.property(races, ({ days, reach, workers, order }) => {
      const chunks = chunksOf(days, reach, workers);
      const claims = new Int32Array(chunks.length);
      const all = Array.from({ length: workers }, () => ({
        turns: turns(chunks, reach, claims),
        day: 0,
        sent: new Set<number>(),
      }));
      const written: number[] = [];
      for (let left = days * workers; left > 0; left--) {
        const running = all.filter(({ day }) => day < days);
        const worker = running[order.next().value! % running.length]!;
        const { day, sent } = worker;
        worker.day++;
        const turn = worker.turns.at(day);
        if (!turn) continue;
        sent.add(day);
        if (day < turn.first) continue;
        written.push(day);
        for (let before = Math.max(0, day - reach); before < day; before++) expect(sent.has(before)).toBe(true);
      }
      expect(written.sort((a, b) => a - b)).toEqual(Array.from({ length: days }, (_, day) => day));
      expect(all.every((worker) => worker.turns.isOver())).toBe(true);
    }),
  );
});
