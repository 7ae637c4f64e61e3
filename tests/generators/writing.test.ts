import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf, turns } from '../../generators/writing/turns.ts';

test('chunks cover the days without a gap, and the last ones are short where workers share them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 9 }), (days, workers) => {
      const chunks = chunksOf(days, workers);
      expect(
        chunks.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n)),
      ).toEqual(Array.from({ length: days }, (_, day) => day));
      const lengths = chunks.map(({ first, last }) => last - first + 1);
      if (workers === 1) expect(lengths).toEqual([days]);
      else expect(lengths.at(-1)).toBe(1);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    }),
  );
});

test('however fast the workers are, each day is written once, by one who knows that it comes and who saw the days before it', () => {
  const races = fc.record({
    days: fc.integer({ min: 1, max: 120 }),
    reach: fc.integer({ min: 1, max: 9 }),
    workers: fc.integer({ min: 1, max: 5 }),
    // Who lives the next day.
    order: fc.infiniteStream(fc.nat()),
  });
  fc.assert(
    fc.property(races, ({ days, reach, workers, order }) => {
      const chunks = chunksOf(days, workers);
      const claims = new Int32Array(chunks.length);
      const all = Array.from({ length: workers }, () => ({
        turns: turns(chunks, claims),
        day: 0,
        // Days that were seen, and whether as the eve of one that is written.
        saw: new Map<number, boolean>(),
        isOver: false,
      }));
      const written: number[] = [];
      while (all.some(({ isOver }) => !isOver)) {
        const running = all.filter(({ isOver }) => !isOver);
        const worker = running[order.next().value! % running.length]!;
        const { day, saw, turns: mine } = worker;
        const turn = mine.at(day);
        if (turn) {
          expect(day >= turn.first && day <= turn.last).toBe(true);
          expect(chunks[turn.index]).toEqual({ first: turn.first, last: turn.last });
          written.push(day);
          for (let before = Math.max(0, day - reach); before < day; before++) expect(saw.has(before)).toBe(true);
          if (day > 0) expect(saw.get(day - 1)).toBe(true);
          saw.set(day, true);
        } else if (mine.isNear(day, reach)) saw.set(day, mine.at(day + 1) !== undefined);
        worker.isOver = mine.isOver(day);
        worker.day++;
        expect(worker.day).toBeLessThanOrEqual(days);
      }
      expect(written.sort((a, b) => a - b)).toEqual(Array.from({ length: days }, (_, day) => day));
    }),
  );
});
