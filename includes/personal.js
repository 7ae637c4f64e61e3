// @ts-check
/**
 * Personal data in free text and free JSON: e-mail addresses, and telephone numbers that begin with + or are written 202-555-0123 or
 * (202) 555-0123. Patterns have no alternatives of different length at one place, so that all engines find the same stretch.
 */
const sql = require('./sql');

/** What is looked for, and what stands in its place. `core/personal-data.ts` has the same list for reports. */
const PATTERNS = [
  ['[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+', '[email]'],
  ['[+][0-9][0-9 ()./-]{6,18}[0-9]', '[phone]'],
  ['[(]?[0-9]{3}[)]?[ .-][0-9]{3}[ .-][0-9]{4}', '[phone]'],
];

/**
 * The text of a JSON field to search in; of an object or a list its JSON, which engines space and order differently: nothing to show.
 * @param {string} text what `json.fields` gives for it @param {string} column @param {string} path
 */
const searchable = (text, column, path) =>
  sql.by({
    duckdb: text,
    // Writers that escape more than they must write + and @ as numbers; DuckDB gives back the characters.
    postgres: `replace(replace(replace(${text}, '\\u002B', '+'), '\\u002b', '+'), '\\u0040', '@')`,
    bigquery: sql.jsonText(column, path).replace('json_value(', 'json_query('),
  });

/** True for a text that holds any. @param {string} x */
const isIn = (x) => sql.matches(x, PATTERNS.map(([pattern]) => `(${pattern})`).join('|'));

/** The text with each of them masked. @param {string} x */
const masked = (x) => PATTERNS.reduce((text, [pattern, by]) => sql.replaceAll(text, pattern, by), x);

module.exports = { PATTERNS, searchable, isIn, masked };
