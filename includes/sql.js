// @ts-check
/**
 * One function per portable idea, three spellings. The engine comes from `dataform.projectConfig.vars.engine`: our runner sets it, and
 * `dataform.json` says bigquery so that the stock tools compile GoogleSQL.
 *
 * @typedef {'duckdb' | 'postgres' | 'bigquery'} Engine
 */

/** @type {Engine} */
const engine = /** @type {any} */ (dataform.projectConfig.vars.engine || 'bigquery');
if (!['duckdb', 'postgres', 'bigquery'].includes(engine)) {
  throw new Error(`vars.engine is "${engine}"; expected duckdb, postgres or bigquery`);
}

/** False where Dataform's own compiler is at work: it refuses tests of incremental tables, on BigQuery and through the gateway. */
const testsIncremental = engine !== 'bigquery' && dataform.projectConfig.vars.cli !== 'dataform';

/**
 * Picks the spelling of this engine.
 * @template T
 * @param {{ duckdb: T, postgres: T, bigquery: T }} spellings
 * @returns {T}
 */
const by = (spellings) => spellings[engine];

/** A text literal. Backslashes are refused: engines disagree on what they mean. @param {string} value */
function text(value) {
  if (value.includes('\\'))
    throw new Error(`backslash in the literal ${JSON.stringify(value)}: engines read it differently`);
  return by({
    duckdb: `'${value.replaceAll("'", "''")}'`,
    postgres: `'${value.replaceAll("'", "''")}'`,
    // A string of BigQuery ends with its line.
    bigquery: `'${value.replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`,
  });
}

/** A literal of a value from a YAML file. @param {string | number | boolean | null | undefined} value */
function literal(value) {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'string' ? text(value) : String(value);
}

const types = by({
  duckdb: {
    string: 'varchar',
    integer: 'bigint',
    number: 'double',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamptz',
  },
  postgres: {
    string: 'text',
    integer: 'bigint',
    number: 'double precision',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamptz',
  },
  bigquery: {
    string: 'string',
    integer: 'int64',
    number: 'float64',
    boolean: 'bool',
    date: 'date',
    timestamp: 'timestamp',
  },
});

/** @typedef {keyof typeof types} Type */

/** @param {string} x @param {Type} type */
const cast = (x, type) => `cast(${x} as ${types[type]})`;

/** The first match of the pattern in the text, null when there is none. @param {string} x @param {string} pattern */
const firstMatch = (x, pattern) =>
  by({
    duckdb: `nullif(regexp_extract(${x}, ${text(pattern)}), '')`,
    postgres: `substring(${x} from ${text(pattern)})`,
    bigquery: `regexp_extract(${x}, ${text(pattern)})`,
  });

/** @param {string} path */
function jsonKeys(path) {
  if (!/^[^"'`\\$.{}]+([.][^"'`\\$.{}]+)*$/.test(path)) throw new Error(`"${path}" is no JSON field path`);
  return path.split('.');
}

/** A dotted path (`props.channel`) in the language of DuckDB and BigQuery. @param {string} path */
const jsonPath = (path) =>
  ['$', ...jsonKeys(path).map((key) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : `"${key}"`))].join('.');

/**
 * The text of a JSON field, null when it is missing or JSON null. The path is dotted (`props.channel`).
 * @param {string} column @param {string} path
 */
function jsonText(column, path) {
  const keys = jsonKeys(path).map((key) => `'${key}'`);
  return by({
    duckdb: `json_extract_string(${column}, '${jsonPath(path)}')`,
    // Not #>>, which of two objects under one key looks into both.
    postgres: `(${[column, ...keys.slice(0, -1)].join(' -> ')} ->> ${keys.at(-1)})`,
    bigquery: `json_value(${column}, '${jsonPath(path)}')`,
  });
}

/** True when the text matches the pattern (POSIX classes only: no backslash, no look-around). @param {string} x @param {string} pattern */
const matches = (x, pattern) =>
  by({
    duckdb: `regexp_matches(${x}, ${text(pattern)})`,
    postgres: `(${x} ~ ${text(pattern)})`,
    bigquery: `regexp_contains(${x}, ${text(pattern)})`,
  });

/** The text with every match of the pattern replaced. @param {string} x @param {string} pattern @param {string} replacement */
const replaceAll = (x, pattern, replacement) =>
  by({
    duckdb: `regexp_replace(${x}, ${text(pattern)}, ${text(replacement)}, 'g')`,
    postgres: `regexp_replace(${x}, ${text(pattern)}, ${text(replacement)}, 'g')`,
    bigquery: `regexp_replace(${x}, ${text(pattern)}, ${text(replacement)})`,
  });

const NUMBER = '^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *$';
/** More digits could be a number that no double holds: infinite to DuckDB, an error to Postgres. */
const LONGEST_NUMBER = 200;
// Not 0000, which DuckDB reads and Postgres does not.
const YEAR = '([1-9][0-9]{3}|0[1-9][0-9]{2}|0[0-9][1-9][0-9]|0[0-9]{2}[1-9])';
const DATE = `^${YEAR}-[0-9]{2}-[0-9]{2}$`;
// Hour 24, second 60 and offsets beyond 15:59 are left out: Postgres reads what DuckDB refuses.
const TIMESTAMP = `^${YEAR}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$`;

/** BigQuery's cast wants seconds, a colon in the offset, and no more than six digits after the second. @param {string} x */
const timestampOfBigquery = (x) =>
  [
    ['([T ][0-9]{2}:[0-9]{2})($|[Z+-])', '\\1:00\\2'],
    ['([.][0-9]{6})[0-9]+', '\\1'],
    ['([+-][0-9]{2})([0-9]{2})$', '\\1:\\2'],
  ].reduce((text, [pattern, by]) => `regexp_replace(${text}, r'${pattern}', r'${by}')`, x);

/** Text to a type; null where it cannot be read, never an error. The guard keeps engines from accepting more than each other. */
const parse = {
  /** @param {string} x */
  string: (x) => x,
  /** @param {string} x */
  integer: (x) => `case when ${matches(x, '^[+-]?[0-9]{1,18}$')} then ${cast(x, 'integer')} end`,
  /** @param {string} x */
  number: (x) =>
    `case when ${matches(x, NUMBER)} and length(${x}) <= ${LONGEST_NUMBER} then ${cast(by({ duckdb: x, postgres: x, bigquery: `trim(${x})` }), 'number')} end`,
  /** @param {string} x */
  boolean: (x) =>
    `case when lower(${x}) in ('true', 't', '1', 'yes') then true when lower(${x}) in ('false', 'f', '0', 'no') then false end`,
  /** @param {string} x */
  date: (x) =>
    `case when ${matches(x, DATE)} then ${by({
      duckdb: `try_cast(${x} as date)`,
      postgres: `case when pg_input_is_valid(${x}, 'date') then cast(${x} as date) end`,
      bigquery: `safe_cast(${x} as date)`,
    })} end`,
  /** @param {string} x */
  timestamp: (x) =>
    `case when ${matches(x, TIMESTAMP)} then ${by({
      duckdb: `try_cast(${x} as timestamptz)`,
      // Postgres rounds what is finer than microseconds, DuckDB cuts it.
      postgres: `case when pg_input_is_valid(${x}, 'timestamptz') then cast(regexp_replace(${x}, '([.][0-9]{6})[0-9]+', '\\1') as timestamptz) end`,
      bigquery: `safe_cast(${timestampOfBigquery(x)} as timestamp)`,
    })} end`,
};

/** A constant of a type, dates and times in the standard form. @param {string | number | boolean | undefined} value @param {Type} type */
const constant = (value, type) =>
  type === 'date' || type === 'timestamp' ? cast(text(String(value)), type) : literal(value);

/** The time so many milliseconds after the start of 1970 (UTC). @param {string} milliseconds */
const fromMilliseconds = (milliseconds) =>
  by({
    // Not to_timestamp, which counts in seconds as a double.
    duckdb: `make_timestamptz((${milliseconds}) * 1000)`,
    // Days apart: a number times an interval goes through a double.
    postgres: `(timestamptz '1970-01-01 00:00:00+00' + (${milliseconds}) / 86400000 * interval '1 day' + mod(${milliseconds}, 86400000) * interval '1 millisecond')`,
    bigquery: `timestamp_millis(${milliseconds})`,
  });

/** Compares two times that are shifted against each other: a, and b with so many seconds added. @param {string} a @param {string} operator @param {string} b @param {number} seconds */
const differsBy = (a, operator, b, seconds) =>
  by({
    duckdb: `epoch_us(${a}) - epoch_us(${b}) ${operator} ${Math.round(seconds * 1e6)}`,
    postgres: `${a} ${operator} ${b} + ${seconds} * interval '1 second'`,
    bigquery: `timestamp_diff(${a}, ${b}, microsecond) ${operator} ${Math.round(seconds * 1e6)}`,
  });

/** The UTC day of a timestamp. @param {string} ts */
const toDate = (ts) =>
  // make_timestamp(epoch_us()) is 13 times faster than timezone('UTC', ...) in DuckDB, which goes through ICU.
  by({
    duckdb: `cast(make_timestamp(epoch_us(${ts})) as date)`,
    postgres: `cast(timezone('UTC', ${ts}) as date)`,
    bigquery: `date(${ts})`,
  });

/** Midnight UTC of a date. @param {string} d */
const toTimestamp = (d) =>
  by({
    duckdb: `cast(strftime(${d}, '%Y-%m-%d 00:00:00+00') as timestamptz)`,
    postgres: `timezone('UTC', cast(${d} as timestamp))`,
    bigquery: `timestamp(${d})`,
  });

/** Whole seconds from b to a, rounded down. @param {string} a @param {string} b */
function secondsBetween(a, b) {
  // Division cuts towards zero; a rest below zero says that it cut upwards.
  const [micros, diff] = [`(epoch_us(${a}) - epoch_us(${b}))`, `timestamp_diff(${a}, ${b}, microsecond)`];
  return by({
    duckdb: `(${micros} // 1000000 - cast(${micros} % 1000000 < 0 as bigint))`,
    postgres: `cast(floor(extract(epoch from (${a} - ${b}))) as bigint)`,
    bigquery: `(div(${diff}, 1000000) - case when mod(${diff}, 1000000) < 0 then 1 else 0 end)`,
  });
}

/** Microseconds since the start of 1970 (UTC), as an integer: windows of time are ranges of it. @param {string} ts */
const microseconds = (ts) =>
  by({
    duckdb: `epoch_us(${ts})`,
    postgres: `cast(extract(epoch from ${ts}) * 1000000 as bigint)`,
    bigquery: `unix_micros(${ts})`,
  });

/** Days from b to a. @param {string} a @param {string} b */
const dateDiff = (a, b) =>
  by({ duckdb: `date_diff('day', ${b}, ${a})`, postgres: `(${a} - ${b})`, bigquery: `date_diff(${a}, ${b}, day)` });

/** The date n days later; n may be an expression. @param {string} d @param {string | number} n */
const dateAdd = (d, n) =>
  by({
    duckdb: `cast(${d} + cast(${n} as integer) as date)`,
    postgres: `(${d} + cast(${n} as integer))`,
    bigquery: `date_add(${d}, interval ${n} day)`,
  });

/** First day of the month. @param {string} d */
const month = (d) =>
  by({
    duckdb: `cast(date_trunc('month', ${d}) as date)`,
    postgres: `cast(date_trunc('month', ${d}) as date)`,
    bigquery: `date_trunc(${d}, month)`,
  });

/** `2026-03` as text. @param {string} d */
const monthText = (d) =>
  by({
    duckdb: `strftime(${d}, '%Y-%m')`,
    postgres: `to_char(${d}, 'YYYY-MM')`,
    bigquery: `format_date('%Y-%m', ${d})`,
  });

/** 1 Monday to 7 Sunday. @param {string} d */
const isoWeekday = (d) =>
  by({
    duckdb: `isodow(${d})`,
    postgres: `cast(extract(isodow from ${d}) as bigint)`,
    bigquery: `(mod(extract(dayofweek from ${d}) + 5, 7) + 1)`,
  });

/** A relation `alias(d)` with every day from a to b. @param {string} a @param {string} b @param {string} alias */
const dateSpine = (a, b, alias) =>
  by({
    duckdb: `(select cast(unnest(generate_series(cast(${a} as timestamp), cast(${b} as timestamp), interval 1 day)) as date) as d) as ${alias}`,
    postgres: `(select cast(g as date) as d from generate_series(cast(${a} as timestamp), cast(${b} as timestamp), interval '1 day') as g) as ${alias}`,
    bigquery: `(select d from unnest(generate_date_array(${a}, ${b})) as d) as ${alias}`,
  });

/** The last date that sorts after all others: ends of open validity windows. */
const highDate = "date '9999-12-31'";

/** Number of rows for which the condition holds. @param {string} condition */
const countIf = (condition) =>
  by({
    duckdb: `count(*) filter (where ${condition})`,
    postgres: `count(*) filter (where ${condition})`,
    bigquery: `countif(${condition})`,
  });

/** Sum of integers, as an integer. @param {string} x */
const sumInt = (x) => cast(`sum(${x})`, 'integer');

/** Running or windowed sum of integers: the cast stands outside of the window. @param {string} x @param {string} window */
const sumIntOver = (x, window) => cast(`sum(${x}) over (${window})`, 'integer');

/** a / b as a double; null when b is 0. @param {string} a @param {string} b */
const div = (a, b) =>
  by({
    duckdb: `(cast(${a} as double) / nullif(${b}, 0))`,
    postgres: `(cast(${a} as double precision) / nullif(${b}, 0))`,
    bigquery: `safe_divide(${a}, ${b})`,
  });

/** The larger one; of a value and null the value. @param {string} a @param {string} b */
const greatest = (a, b) =>
  by({
    duckdb: `greatest(${a}, ${b})`,
    postgres: `greatest(${a}, ${b})`,
    bigquery: `case when ${b} is null or ${a} >= ${b} then ${a} else ${b} end`,
  });

/** The smaller one; of a value and null the value. @param {string} a @param {string} b */
const least = (a, b) =>
  by({
    duckdb: `least(${a}, ${b})`,
    postgres: `least(${a}, ${b})`,
    bigquery: `case when ${b} is null or ${a} <= ${b} then ${a} else ${b} end`,
  });

/**
 * Stands for `as` after the name of a common table expression that is read several times and too big to be kept: each reader works out
 * what it needs of it. DuckDB and Postgres would keep all of its rows otherwise, on disk where memory is short.
 */
const asInlined = by({ duckdb: 'as not materialized', postgres: 'as not materialized', bigquery: 'as' });

/** MD5 as lower-case hex. @param {string} x */
const md5 = (x) => by({ duckdb: `md5(${x})`, postgres: `md5(${x})`, bigquery: `to_hex(md5(${x}))` });

/** An integer that is the same for the same values on one engine, for comparing contents by `bit_xor`. @param {...string} columns */
const hash = (...columns) =>
  by({
    // Half of it: the whole is no signed integer.
    duckdb: `cast(hash(${columns.join(', ')}) >> 1 as bigint)`,
    postgres: `hash_record_extended(row(${columns.join(', ')}), 0)`,
    bigquery: `farm_fingerprint(to_json_string(struct(${columns.join(', ')})))`,
  });

/** Text order by bytes, whatever the collation of the database. @param {string} x */
const byBytes = (x) => by({ duckdb: x, postgres: `${x} collate "C"`, bigquery: x });

module.exports = {
  engine,
  testsIncremental,
  by,
  text,
  literal,
  types,
  cast,
  jsonPath,
  jsonText,
  constant,
  matches,
  replaceAll,
  firstMatch,
  parse,
  fromMilliseconds,
  differsBy,
  toDate,
  toTimestamp,
  secondsBetween,
  microseconds,
  dateDiff,
  dateAdd,
  month,
  monthText,
  isoWeekday,
  dateSpine,
  highDate,
  countIf,
  sumInt,
  sumIntOver,
  div,
  greatest,
  least,
  asInlined,
  md5,
  hash,
  byBytes,
};
