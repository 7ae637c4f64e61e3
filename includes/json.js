// @ts-check
/**
 * The text of many fields of a JSON column, which is read once a row: an engine that is asked for one field after another parses the
 * text anew for each. What a field gives is what `sql.jsonText` gives; of a key that stands twice Postgres takes the last, also of an object.
 */
const sql = require('./sql');

/** Postgres cuts longer names, so that a column of a record would not find its key. */
const LONGEST_NAME = 63;

/** The rows of the relation in `from`. */
const ROWS = 'raw_rows';

/**
 * @param {string} relation
 * @param {string} column of JSON objects and nulls
 * @param {string[]} paths dotted, without duplicates
 * @returns {{ from: string, text: (path: string) => string }} what to read from, where the rows are called `raw_rows`, and the text of a field
 */
function fields(relation, column, paths) {
  const alone = {
    from: `${relation} as ${ROWS}`,
    text: (/** @type {string} */ path) => sql.jsonText(`${ROWS}.${column}`, path),
  };
  if (paths.length === 0) return alone;
  return sql.by({
    duckdb: {
      from: `(select *, json_extract_string(${column}, [${paths.map((path) => sql.text(sql.jsonPath(path))).join(', ')}]) as json_texts from ${relation}) as ${ROWS}`,
      text: (/** @type {string} */ path) => `json_texts[${paths.indexOf(path) + 1}]`,
    },
    postgres: records(relation, column, paths),
    bigquery: alone,
  });
}

/** One `json_to_record` for each object that has fields. @param {string} relation @param {string} column @param {string[]} paths */
function records(relation, column, paths) {
  const isLong = (/** @type {string} */ path) =>
    path.split('.').some((key) => encodeURIComponent(key).replace(/%../g, '_').length > LONGEST_NAME);
  const isField = new Set(paths.filter((path) => !isLong(path)));
  /** @type {Map<string, string[]>} the keys that are read of each object, by its path */
  const objects = new Map();
  for (const path of isField) {
    const keys = path.split('.');
    keys.forEach((key, depth) => {
      const parent = keys.slice(0, depth).join('.');
      const known = objects.get(parent) ?? [];
      if (!known.includes(key)) objects.set(parent, [...known, key]);
    });
  }
  const names = new Map([...objects.keys()].map((path, i) => [path, `json_${i}`]));
  const at = (/** @type {string} */ path) => {
    const keys = path.split('.');
    return `${names.get(keys.slice(0, -1).join('.'))}."${keys.at(-1)}"`;
  };
  const joins = [...objects].map(([path, keys]) => {
    const object =
      path === '' ? `${ROWS}.${column}` : `case when json_typeof(${at(path)}) = 'object' then ${at(path)} end`;
    const columns = keys.map((key) => {
      const full = path === '' ? key : `${path}.${key}`;
      return `"${key}" ${objects.has(full) ? 'json' : 'text'}`;
    });
    return `left join lateral json_to_record(${object}) as ${names.get(path)}(${columns.join(', ')}) on true`;
  });
  return {
    from: [`${relation} as ${ROWS}`, ...joins].join('\n  '),
    text(/** @type {string} */ path) {
      if (!isField.has(path)) return sql.jsonText(`${ROWS}.${column}`, path);
      return objects.has(path) ? `(${at(path)} #>> '{}')` : at(path);
    },
  };
}

module.exports = { fields, ROWS };
