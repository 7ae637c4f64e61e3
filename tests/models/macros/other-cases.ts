import { type Case, json, over, rows, shown, text, utc } from './case.ts';
import { ATTRIBUTION, STATS } from './growth-cases.ts';
import { MONEY, MONEY_TESTED_ELSEWHERE } from './money-cases.ts';

const given = (x: string | null, sql: string) =>
  `(with given as materialized (select ${text(x)} as x) select ${sql} from given)`;

/** How a source writes dates and numbers, read as includes/formats.js reads them. */
const FORMATS = {
  standard: [
    ...over(
      (m, x, type, format) => {
        const value = m.formats.standard('x', { type, format });
        return given(x, type === 'timestamp' ? utc(m, value) : shown(m, m.cast(value, type)));
      },
      [
        ['29/2/2024', 'date', 'D/M/YYYY', '2024-02-29'],
        ['29/2/2023', 'date', 'D/M/YYYY', null],
        ['2/29/2024', 'date', 'M/D/YYYY', '2024-02-29'],
        ['2024/2/9', 'date', 'YYYY/M/D', '2024-02-09'],
        ['31.12.1999', 'date', 'D.M.YYYY', '1999-12-31'],
        ['1999.12.31', 'date', 'YYYY.M.D', '1999-12-31'],
        ['1-2-2026', 'date', 'D-M-YYYY', '2026-02-01'],
        ['1-2-2026', 'date', 'M-D-YYYY', '2026-01-02'],
        ['1-2-26', 'date', 'M-D-YYYY', null],
        ['2026-02-01 00:00:00', 'date', 'YYYY/M/D', null],
        ['31/12/2025 23:30:00-01:00', 'timestamp', 'D/M/YYYY', '2026-01-01 00:30:00.000000'],
        ['0', 'timestamp', 'epoch_seconds', null],
        ['951782400', 'timestamp', 'epoch_seconds', '2000-02-29 00:00:00.000000'],
        ['951782400123', 'timestamp', 'epoch_milliseconds', '2000-02-29 00:00:00.123000'],
        ['-951782400', 'timestamp', 'epoch_seconds', null],
        ['', 'date', 'D/M/YYYY', null],
        [null, 'date', 'D/M/YYYY', null],
      ],
    ),
    ...over(
      (m, x, format) => given(x, m.formats.standard('x', { type: 'number', format })),
      [
        ['1.234.567,5', 'decimal_comma', 1234567.5],
        ['-0,5', 'decimal_comma', -0.5],
        ['1,234,567.5', 'thousands_comma', 1234567.5],
        ['12,34', 'thousands_comma', null],
        ['1.5', 'decimal_comma', null],
        ['NaN', 'decimal_comma', null],
        [null, 'thousands_comma', null],
      ],
    ),
  ],
  repaired: over(
    (m, x, standard, accepted) =>
      given(x, shown(m, m.cast(m.formats.repaired(standard, 'x', { type: 'date', accept_formats: accepted }), 'date'))),
    [
      ['1/2/2026', 'cast(null as date)', ['D/M/YYYY', 'M/D/YYYY'], '2026-02-01'],
      ['1/13/2026', 'cast(null as date)', ['D/M/YYYY', 'M/D/YYYY'], '2026-01-13'],
      ['1/2/2026', "date '2026-01-02'", ['D/M/YYYY'], '2026-01-02'],
      ['x', 'cast(null as date)', ['D/M/YYYY'], null],
    ],
  ),
} satisfies Record<string, readonly Case[]>;

const PERSONAL = {
  PATTERNS: [{ sql: (m) => String(m.personal.PATTERNS.length), is: 3 }],
  isIn: over(
    (m, x) => m.personal.isIn(text(x)),
    [
      ['write to zoë.o+x@mail.example.co.uk, please', true],
      ['call +49 (30) 1234-567', true],
      ['(202) 555-0123', true],
      ['202-555-0123', true],
      ['a @ b, 12-34, 2026-03-01, +1', false],
      ['', false],
      [null, null],
    ],
  ),
  masked: over(
    (m, x) => m.personal.masked(text(x)),
    [
      ['a@b.cd or c@d.ef', '[email] or [email]'],
      ['call +1 202-555-0123 now', 'call [phone] now'],
      ['(202) 555-0123', '[phone]'],
      ['id 2026-03-01 12:00', 'id 2026-03-01 12:00'],
      ['東京', '東京'],
      [null, null],
    ],
  ),
  searchable: over(
    (m, record) => m.personal.isIn(m.personal.searchable(m.jsonText(json(record), 'props'), json(record), 'props')),
    [
      ['{"props": {"note": "a\\u0040b.cd"}}', true],
      ['{"props": {"note": "\\u002B49 30 1234567"}}', true],
      ['{"props": {"note": "nothing"}}', false],
      ['{}', null],
    ],
  ),
} satisfies Record<string, readonly Case[]>;

const day = (n: number, value: string) => `select date '2026-01-0${n}' as day, ${value} as value`;
const relation = (...selects: string[]) => `(${selects.join(' union all ')}) as relation`;
const changedDays = (now: readonly string[], made: readonly string[]): Case['sql'] => {
  const of = (selects: readonly string[], m: Parameters<Case['sql']>[0]) => ({
    from: relation(...selects),
    day: 'day',
    content: m.days.content(['value']),
  });
  return (m) =>
    `(select string_agg(${shown(m, 'day')}, ' ' order by day) from (${m.days.changed(of(now, m), of(made, m))}) as days)`;
};

const DAYS = {
  content: over(
    (m, one, other) =>
      `(select count(distinct content) from (select ${m.days.content(['x', 'y'])} as content from ${rows(one)} union all select ${m.days.content(['x', 'y'])} from ${rows(other)}) as contents)`,
    [
      // The order of rows is no part of what they are; a value, a null and a row are.
      [
        [
          ["'a'", '1'],
          ["'b'", '2'],
        ],
        [
          ["'b'", '2'],
          ["'a'", '1'],
        ],
        1,
      ],
      [[["'a'", '1']], [["'a'", '2']], 2],
      [[["'a'", '1']], [["'a'", 'null']], 2],
      [
        [["'a'", '1']],
        [
          ["'a'", '1'],
          ["'b'", '2'],
        ],
        2,
      ],
    ],
  ),
  changed: [
    { sql: changedDays([day(1, "'a'"), day(2, "'b'")], [day(1, "'a'"), day(2, "'b'")]), is: null },
    {
      sql: changedDays([day(1, "'a'"), day(2, "'c'"), day(3, "'d'")], [day(1, "'a'"), day(2, "'b'")]),
      is: '2026-01-02 2026-01-03',
    },
    // A day of which nothing is left is deleted, not made anew.
    { sql: changedDays([day(1, "'a'")], [day(1, "'a'"), day(2, "'b'")]), is: null },
    { sql: changedDays([day(1, "'a'"), day(1, "'b'")], [day(1, "'a'")]), is: '2026-01-01' },
  ],
} satisfies Record<string, readonly Case[]>;

/** By file of includes and name of the macro. */
export const OTHER_CASES: Readonly<Record<string, Readonly<Record<string, readonly Case[]>>>> = {
  formats: FORMATS,
  personal: PERSONAL,
  days: DAYS,
  money: MONEY,
  attribution: ATTRIBUTION,
  stats: STATS,
};

/** What other files of includes give is whole queries or no SQL; the test that runs or reads it, and a word that stands in it. */
export const TESTED_ELSEWHERE: Readonly<Record<string, readonly [file: string, word: string]>> = {
  ...MONEY_TESTED_ELSEWHERE,
  'accounts.differences': ['tests/models/new-source.test.ts', 'rows_accounted'],
  'days.deleteEmptied': ['tests/models/incremental.test.ts', 'edits and removals'],
  'json.fields': ['tests/models/json-fields.test.ts', 'fields'],
  'rolling.entriesAndExits': ['tests/models/features.test.ts', 'gold_user_features_daily'],
  'silver.typing': ['tests/models/faults.test.ts', 'rejected'],
  'staging.staging': ['definitions/tests/test_stg_events.js', 'stg_events'],
  'staging.deleteOutdated': ['tests/models/incremental.test.ts', 'edits and removals'],
  'scd2.versions': ['tests/models/people.test.ts', 'dim_user'],
  'scd2.faults': ['tests/models/assertion-faults-people.ts', 'scd2_windows'],
  'checks.of': ['tests/models/faults.test.ts', 'flagged'],
};
