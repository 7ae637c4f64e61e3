import { type Case, double, over } from './case.ts';

/** True when the tail is the known one: relative error, worked out by the complementary error function of a mathematical library. */
const isTail = (z: number, tail: number, error: number): Case => ({
  sql: (m) => `abs((${m.stats.twoSided(double(z))}) / ${double(tail)} - 1) < ${error}`,
  is: true,
});

export const STATS = {
  twoSided: [
    isTail(0.1, 0.920344325445942, 1e-13),
    isTail(1, 0.31731050786291415, 1e-13),
    isTail(-1, 0.31731050786291415, 1e-13),
    isTail(1.959963984540054, 0.05, 1e-13),
    isTail(2.5758293035489004, 0.01, 1e-13),
    isTail(5, 5.733031437583892e-7, 1e-10),
    isTail(7, 2.55962508777167e-12, 1e-8),
    isTail(7.08, 1.4415446172935058e-12, 1e-8),
    isTail(10, 1.5239706048321186e-23, 1e-8),
    isTail(36, 8.365248131594773e-284, 1e-8),
    { sql: (m) => `abs(${m.stats.twoSided(double(0))} - 1) < 1e-15`, is: true },
    ...over(
      (m, z) => m.stats.twoSided(double(z)),
      [
        [40, 0],
        [null, null],
      ],
    ),
  ],
  // A number of JavaScript, which the text of a query takes.
  normalQuantile: over(
    (m, p, z) => `abs(${m.stats.normalQuantile(p)} - ${double(z)}) < 1e-13`,
    [
      [0.975, 1.959963984540054, true],
      [0.995, 2.5758293035489004, true],
      [0.025, -1.959963984540054, true],
      [0.5, 0, true],
    ],
  ),
} satisfies Record<string, readonly Case[]>;

/** The marks of each model for the touches of a path of n, in millionths. */
const marks = (n: number): Case[] =>
  (
    [
      ['first_touch', [0, ...Array<number>(n).fill(1_000_000)]],
      ['last_touch', [...Array<number>(n).fill(0), 1_000_000]],
      ['linear', { 1: [0, 1_000_000], 2: [0, 500_000, 1_000_000], 3: [0, 333_333, 666_667, 1_000_000] }[n]!],
      ['position_based', { 1: [0, 1_000_000], 2: [0, 500_000, 1_000_000], 3: [0, 400_000, 600_000, 1_000_000] }[n]!],
    ] as const
  ).flatMap(([name, expected]) =>
    expected.map((is, k) => ({
      sql: (m) =>
        m.attribution.millionths(
          m.attribution.MODELS.find((model: { name: string }) => model.name === name),
          k,
          n,
        ),
      is,
    })),
  );

export const ATTRIBUTION = {
  MODELS: [{ sql: (m) => String(m.attribution.MODELS.length), is: 4 }],
  millionths: [...marks(1), ...marks(2), ...marks(3)],
  below: over(
    (m, cents, mark) => m.attribution.below(cents, mark),
    [
      [1000, 333_333, 333],
      [1000, 666_667, 666],
      [1000, 1_000_000, 1000],
      // Refunds may be more than the payments that are known.
      [-1000, 333_333, -334],
      [-1000, 1_000_000, -1000],
    ],
  ),
} satisfies Record<string, readonly Case[]>;
