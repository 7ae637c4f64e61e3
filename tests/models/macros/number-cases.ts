import { type Case, double, int, over, rows, text } from './case.ts';

/** Numbers, sums and hashes: by the name of the macro of includes/sql.js, values worked out by hand. */
export const NUMBER_CASES: Readonly<Record<string, readonly Case[]>> = {
  countIf: over(
    (m, values: readonly string[]) => `(select ${m.countIf('x > 0')} from ${rows(values)})`,
    [
      [['1', '2', '-1', 'null'], 2],
      [['0', 'null'], 0],
      [['cast(null as bigint)'], 0],
    ],
  ),
  sumInt: over(
    (m, values: readonly string[]) => `(select ${m.sumInt('x')} from ${rows(values)})`,
    [
      [['1', '-2', 'null'], -1],
      [['4000000000000000000', '4000000000000000000', '-4000000000000000000'].map((x) => `cast(${x} as bigint)`), 4e18],
      [['cast(null as bigint)'], null],
    ],
  ),
  sumIntOver: over(
    (m, values: readonly string[]) =>
      `(select max(total) from (select ${m.sumIntOver('x', 'order by x rows between 1 preceding and current row')} as total from ${rows(values)}) as sums)`,
    [
      [['1', '2', '4'], 6],
      [['-1', '0'], -1],
      [['cast(null as bigint)'], null],
    ],
  ),
  div: over(
    (m, a: string, b: string) => m.div(a, b),
    [
      ['7', '2', 3.5],
      ['-1', '4', -0.25],
      ['0', '5', 0],
      ['1', '0', null],
      ['0', '0', null],
      [double(1), double('-0'), null],
      ['cast(null as bigint)', '2', null],
      ['2', 'cast(null as bigint)', null],
      [`cast(10.00 as decimal(10,2))`, '4', 2.5],
    ],
  ),
  greatest: over(
    (m, a: string, b: string) => m.greatest(a, b),
    [
      [int(1), int(2), 2],
      [int(-1), int(-2), -1],
      [int(null), int(2), 2],
      [int(1), int(null), 1],
      [int(null), int(null), null],
    ],
  ),
  least: over(
    (m, a: string, b: string) => m.least(a, b),
    [
      [int(1), int(2), 1],
      [int(-1), int(-2), -2],
      [int(null), int(2), 2],
      [int(1), int(null), 1],
      [int(null), int(null), null],
    ],
  ),
  asInlined: [
    {
      sql: (m) =>
        `(with twos ${m.asInlined} (select 2 as x union all select 2) select sum(a.x + b.x) from twos as a cross join twos as b)`,
      is: 16,
    },
  ],
  md5: over(
    (m, x: string | null) => m.md5(text(x)),
    [
      ['', 'd41d8cd98f00b204e9800998ecf8427e'],
      ['Zoë', 'fb44af73417cf03c023d098e7f07c114'],
      ['a', '0cc175b9c0f1b6a831c399e269772661'],
      [null, null],
    ],
  ),
  hash: [
    // Its value is each engine's own; that it tells rows apart and sees a null is what it is for.
    {
      sql: (m) =>
        `(select bit_xor(${m.hash('x', 'y')}) from ${rows([
          ["'a'", '1'],
          ["'a'", '1'],
        ])})`,
      is: 0,
    },
    ...over(
      (m, one: readonly [string, string], other: readonly [string, string]) =>
        `(select bit_xor(${m.hash('x', 'y')}) <> 0 from ${rows([one, other])})`,
      [
        [["'a'", '1'], ["'a'", '2'], true],
        [["'a'", '1'], ["'a'", 'null'], true],
        [["'ab'", '1'], ["'a'", '1'], true],
        [["'Zoë'", '1'], ["'Zoe'", '1'], true],
      ],
    ),
  ],
  byBytes: [
    {
      sql: (m) =>
        `(select string_agg(x, ' ' order by ${m.byBytes('x')}) from ${rows(["'b'", "'B'", "'a'", "'_'", "'ä'", "'Z'"])})`,
      is: 'B Z _ a b ä',
    },
  ],
};
