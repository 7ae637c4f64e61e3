import { describe, expect, test } from 'vitest';
import { lintGoogleSql } from '../../warehouse/bigquery/lint.ts';

/** Broken SQL, and what is said of it. `^` stands before the place that is named, and is taken out. */
const REFUSED: readonly [sql: string, message: string][] = [
  ['select x^::int64 from t', 'the operator ::, which BigQuery does not have'],
  ["select x ^->> 'a' from t", 'the operator ->>, which BigQuery does not have'],
  ["select x ^-> 'a' from t", 'the operator ->, which BigQuery does not have'],
  ['select x ^% 2 from t', 'the operator %, which BigQuery does not have'],
  ['select ^$1', 'the operator $, which BigQuery does not have'],
  ['select x ^// 2 from t', 'the operator //, which BigQuery does not have'],
  ["select x ^~ 'a' from t", 'the operator ~, which BigQuery does not have'],
  ["select x !^~ 'a' from t", 'the operator ~, which BigQuery does not have'],
  ["select x ^ilike 'a%' from t", 'ilike, which BigQuery does not have'],
  ["select x ^similar to 'a' from t", 'similar to, which BigQuery does not have'],
  ['select count(*) ^filter (where x) from t', 'a filter clause, which BigQuery does not have'],
  ['select percentile_cont(.5) ^within group (order by x) from t', 'within group, which BigQuery does not have'],
  ['select extract(^epoch from ts) from t', 'extract(epoch), which BigQuery does not have'],
  ['select extract(^isodow from ts) from t', 'extract(isodow), which BigQuery does not have'],
  ['select ^generate_series(1, 2)', 'generate_series(), which BigQuery does not have'],
  ["select ^strftime(d, '%Y') from t", 'strftime(), which BigQuery does not have'],
  ['select ^try_cast(x as int64) from t', 'try_cast(), which BigQuery does not have'],
  ["select ^date_trunc('month', d) from t", "date_trunc('month', ...): on BigQuery the part stands last and bare"],
  ["select ^date_diff('day', a, b) from t", "date_diff('day', ...): on BigQuery the part stands last and bare"],
  ['select cast(x as ^varchar) from t', 'the type varchar, which BigQuery does not have'],
  ['select cast(coalesce(x, 1) as ^double precision) from t', 'the type double, which BigQuery does not have'],
  ["select ^timestamptz '2026-01-01 00:00:00+00'", 'the type timestamptz, which BigQuery does not have'],
  ["select ts + ^interval '1 day' from t", "interval '1 day': on BigQuery the number stands bare"],
  ["select ts + ^interval '1' day from t", "interval '1': on BigQuery the number stands bare"],
  ['select 1 as a ^union select 2', 'union without all or distinct'],
  ['select 1 as a ^intersect select 2', 'intersect without distinct'],
  ['select 1 as a ^except all select 2', 'except without distinct'],
  ['select * from (^values (1), (2))', 'a list of values as a relation'],
  ['select ^distinct on (a) a, b from t', 'distinct on, which BigQuery does not have'],
  ['select a.x from a ^natural join b', 'a natural join, which BigQuery does not have'],
  ['select a.x from a cross join ^lateral (select 1) as b', 'a lateral join, which BigQuery does not have'],
  ['select i from f(1) as ^t(i)', 'names of columns after the alias t'],
  ['select x ^collate "C" from t', 'collate as an operator, which BigQuery does not have'],
  ["select ts ^at time zone 'UTC' from t", 'at time zone, which BigQuery does not have here'],
  ['select x^[1] from t', 'an array with a bare index'],
  ["select 'it'^'s'", "a quote doubled within a string, as in 'it''s'"],
  ["select e^'a'", "a string with the prefix e, as in e'...'"],
  ["select '^\\d+'", '\\d is no escape that BigQuery knows'],
  ['select 1 as ^rows', 'rows as a name, which BigQuery reserves'],
  ['with ^groups as (select 1 as x) select x from t', 'groups as a name, which BigQuery reserves'],
  ['/* a ^/* b */ select 1 */', 'a comment in a comment: on BigQuery the first */ ends both'],
  ['select 1 ^/* a', 'a comment that does not end'],
  ["select ^'a\n, b from t", 'a string that does not end on its line'],
  ['select 1 from ^`a.b', 'a name without its closing backquote'],
];
const DIFFERS: readonly [sql: string, message: string][] = [
  ['select ^"x" from t', '"x" is a string on BigQuery, and a name on DuckDB and Postgres'],
  ["select 'a^\\nb'", '\\n in a string escapes on BigQuery alone'],
  ["select 'a^\\\\b'", '\\\\ in a string escapes on BigQuery alone'],
  ['select 5 ^# 1', '# begins a comment on BigQuery, and is an operator on Postgres'],
  [
    "select first_date ^- date '2026-01-01' from t",
    'a date minus a date is an interval on BigQuery, and a number elsewhere',
  ],
  [
    'select a.end_date ^- b.start_date from t',
    'a date minus a date is an interval on BigQuery, and a number elsewhere',
  ],
  ['select date_day ^+ 1 from t', 'arithmetic with a date and a number'],
  ['select * ^except (a) from t', 'select * except, which Postgres does not have'],
  ['select 1 as ^userId', 'the name userId: Postgres writes it in lower case, BigQuery as it stands'],
  ['select a from t ^qualify row_number() over (order by a) = 1', 'qualify, which Postgres does not have'],
  ['select a, count(*) from t ^group by all', 'group by all, which Postgres does not have'],
  ['select ^any_value(a) from t', 'any_value(): which value it gives, each engine chooses'],
  [
    'select ^greatest(a, b) from t',
    'greatest() is null on BigQuery as soon as one value is; DuckDB and Postgres leave nulls out',
  ],
];
/** GoogleSQL that looks like one of those. */
const FINE = [
  "select r'\\d+', 'it\\'s', 'a -- b', '# c', '''it's\n''' from `a.b.c`",
  '# a comment\n  # another\nselect 1 -- x::int64 and "y"\n/* ilike */',
  'select ~x, -x, a - b, a / b, x.rows, b.hash from t',
  'select count(*) as n, countif(x) as filtered from t where filter',
  "select extract(dayofweek from d), extract(hour from ts at time zone 'UTC'), interval '1-2' year to month from t",
  'select cast(x as numeric(10, 2)), safe_cast(y as string), cast(z as interval) from t',
  'select as struct 1 as a union all select as struct 2 union distinct select as struct 3 except distinct select as struct 4',
  'select xs[safe_offset(0)], xs[offset(1)], [1, 2], array[1] from t, unnest([1, 2]) as x',
  'with age as (select 1 as x), years as (select x from age) select x from years',
  'select date_trunc(d, month), date_diff(a, b, day), start_date + x, n - 1, d.date from t',
  'SELECT COUNT(1) AS INDEX_ROW_COUNT, array_transform(xs, e -> e) FROM t',
  "select f(a => 1), concat(e, 'x'), row_number() over (order by x desc nulls last) from t",
];

const marked = (text: string) => {
  const index = text.indexOf('^');
  return { sql: text.slice(0, index) + text.slice(index + 1), index };
};

describe('what BigQuery refuses', () => {
  test.each(REFUSED)('%s', (text, message) => {
    const { sql, index } = marked(text);
    expect(lintGoogleSql(sql).filter(({ kind }) => kind === 'refused')).toEqual([
      { kind: 'refused', message, hint: expect.stringMatching(/^[A-Z].*\.$/), index },
    ]);
  });
});

describe('what BigQuery reads in another way', () => {
  test.each(DIFFERS)('%s', (text, message) => {
    const { sql, index } = marked(text);
    expect(lintGoogleSql(sql)).toEqual([
      { kind: 'differs', message, hint: expect.stringMatching(/^[A-Z].*\.$/), index },
    ]);
  });
});

test.each(FINE)('nothing is wrong with %s', (sql) => {
  expect(lintGoogleSql(sql)).toEqual([]);
});

test('^ is xor, and everything that is wrong is found in its order', () => {
  const sql = "select a ^ 2, b::text, 'it''s' from t";
  expect(lintGoogleSql(sql).map(({ message, index }) => [sql.slice(index, index + 2), message])).toEqual([
    ['^ ', '^ is xor on BigQuery, and a power on DuckDB and Postgres'],
    ['::', 'the operator ::, which BigQuery does not have'],
    ["'s", "a quote doubled within a string, as in 'it''s'"],
  ]);
});
