// @ts-check
/**
 * How a source writes numbers and times, where that is not ISO 8601 and a decimal point. A format turns the text into the standard one,
 * which is then read as always, so that an impossible date stays impossible. Names and meaning are those of `configs/schemas/source.schema.json`.
 */
const sql = require('./sql');

/** @typedef {import('./sql').Type} Type */

/** A separator, and which part of the date stands where. @type {{ [format: string]: [string, 'DMY' | 'MDY' | 'YMD'] }} */
const DATES = {
  'D/M/YYYY': ['/', 'DMY'],
  'M/D/YYYY': ['/', 'MDY'],
  'YYYY/M/D': ['/', 'YMD'],
  'D.M.YYYY': ['.', 'DMY'],
  'YYYY.M.D': ['.', 'YMD'],
  'D-M-YYYY': ['-', 'DMY'],
  'M-D-YYYY': ['-', 'MDY'],
};

const DECIMAL_COMMA = '^[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$';
const THOUSANDS_COMMA = '^[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?$';

/** What may follow a date: nothing or midnight for a day, a time of day for a timestamp. @type {{ [type: string]: string }} */
const AFTER_DATE = { date: '( 00:00(:00)?)?$', timestamp: '( [0-9].*)?$' };

/** The n-th part of a text. @param {string} x @param {string} separator @param {number} n */
const part = (x, separator, n) =>
  sql.by({
    duckdb: `split_part(${x}, '${separator}', ${n})`,
    postgres: `split_part(${x}, '${separator}', ${n})`,
    bigquery: `split(${x}, '${separator}')[safe_offset(${n - 1})]`,
  });

/** @param {string} x @param {Type} type @param {string} format */
function date(x, type, format) {
  const [separator, order] = /** @type {[string, 'DMY' | 'MDY' | 'YMD']} */ (DATES[format]);
  const digits = [...order].map((letter) => (letter === 'Y' ? '[0-9]{4}' : '[0-9]{1,2}'));
  const day = part(x, ' ', 1);
  const [y, m, d] = ['Y', 'M', 'D'].map((letter) => part(day, separator, order.indexOf(letter) + 1));
  const iso = `${y} || '-' || lpad(${m}, 2, '0') || '-' || lpad(${d}, 2, '0')`;
  const text = type === 'date' ? iso : `${iso} || substr(${x}, length(${day}) + 1)`;
  const pattern = `^${digits.join(`[${separator}]`)}${AFTER_DATE[type]}`;
  return sql.parse[type](`case when ${sql.matches(x, pattern)} then ${text} end`);
}

/**
 * The value of a text that is written so; null for any other text.
 * @param {string} x @param {Type} type @param {string} format
 */
function read(x, type, format) {
  if (format === 'standard') return sql.parse[type](x);
  if (DATES[format]) return date(x, type, format);
  if (format === 'decimal_comma')
    return sql.parse[type](
      `case when ${sql.matches(x, DECIMAL_COMMA)} then replace(replace(${x}, '.', ''), ',', '.') end`,
    );
  if (format === 'thousands_comma')
    return sql.parse[type](`case when ${sql.matches(x, THOUSANDS_COMMA)} then replace(${x}, ',', '') end`);
  const digits = format === 'epoch_seconds' ? '^[0-9]{9,10}$' : '^[0-9]{12,13}$';
  const milliseconds = `${sql.cast(x, 'integer')}${format === 'epoch_seconds' ? ' * 1000' : ''}`;
  return `case when ${sql.matches(x, digits)} then ${sql.fromMilliseconds(milliseconds)} end`;
}

/** @typedef {{ type: Type, format?: string, accept_formats?: string[] }} Spec */

/** The value of a text as the source writes it; null for any other text. @param {string} x @param {Spec} spec */
const standard = (x, { type, format = 'standard' }) => read(x, type, format);

/**
 * The value of a text that is written as the source does or, where there is none, in a format that is accepted.
 * @param {string} value what `standard` gives @param {string} x @param {Spec} spec
 */
const repaired = (value, x, { type, accept_formats: accepted = [] }) =>
  `coalesce(${[value, ...accepted.map((one) => read(x, type, one))].join(',\n      ')})`;

module.exports = { standard, repaired };
