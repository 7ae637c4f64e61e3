import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOut } from '../../site/layout.ts';

const SIZES = { boxWidth: 100, boxHeight: 40, gapX: 30, gapY: 10 };

const graphs = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 25 }).chain((columns) =>
  fc.record({
    boxes: fc.constant(columns.map((column, id) => ({ id, column }))),
    edges: fc.array(fc.tuple(fc.nat(columns.length - 1), fc.nat(columns.length - 1)), { maxLength: 40 }),
  }),
);

test('boxes never overlap nor leave the picture, and stand in their columns', () => {
  fc.assert(
    fc.property(graphs, ({ boxes, edges }) => {
      const { boxes: placed, width, height } = layOut(boxes, edges, SIZES);
      for (const { id, column } of boxes) {
        const { x, y } = placed.get(id)!;
        expect(x).toBe(column * 130);
        expect(x + 100).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(-0.1);
        expect(y + 40).toBeLessThanOrEqual(height + 0.1);
      }
      for (const column of new Set(boxes.map((box) => box.column))) {
        const tops = boxes.filter((box) => box.column === column).map(({ id }) => placed.get(id)!.y);
        tops.sort((a, b) => a - b);
        for (let i = 1; i < tops.length; i++) expect(tops[i]! - tops[i - 1]!).toBeGreaterThanOrEqual(49.8);
      }
    }),
  );
});

test('each edge between columns runs from the right side of the left box to the left side of the right one', () => {
  fc.assert(
    fc.property(graphs, ({ boxes, edges }) => {
      const { boxes: placed, paths } = layOut(boxes, edges, SIZES);
      expect(paths).toHaveLength(edges.length);
      for (const [i, [from, to]] of edges.entries()) {
        const ends = [from, to].map((id) => boxes[id]!).sort((a, b) => a.column - b.column);
        if (ends[0]!.column === ends[1]!.column) {
          expect(paths[i]).toBeUndefined();
          continue;
        }
        const numbers = paths[i]!.match(/-?[\d.]+/g)!.map(Number);
        const [left, right] = ends.map(({ id }) => placed.get(id)!);
        expect(numbers[0]).toBe(left!.x + 100);
        expect(numbers[1]).toBeCloseTo(left!.y + 20, 0);
        expect(numbers.at(-2)).toBe(right!.x);
        expect(numbers.at(-1)).toBeCloseTo(right!.y + 20, 0);
      }
    }),
  );
});

test('edges that need not cross do not', () => {
  const boxes = [0, 1, 2, 3, 4, 5].map((id) => ({ id, column: id < 3 ? 0 : 1 }));
  const { boxes: placed } = layOut(
    boxes,
    [
      [0, 5],
      [1, 4],
      [2, 3],
    ],
    SIZES,
  );
  const order = (ids: number[]) => ids.sort((a, b) => placed.get(a)!.y - placed.get(b)!.y);
  const right = order([3, 4, 5]);
  expect(order([0, 1, 2]).map((id) => 5 - id)).toEqual(right);
});
