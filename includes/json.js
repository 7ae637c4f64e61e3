// @ts-check
/**
 * The text of many fields of a JSON column, which is read once a row: an engine that is asked for one field after another parses the
 * text anew for each. What a field gives is what `sql.jsonText` gives; of a key that stands twice Postgres takes the last, also of an object,
 * and a number from 1e16 or below 1e-4 DuckDB writes as a double (`1e+21`).
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
    duckdb: struct(relation, column, paths),
    postgres: records(relation, column, paths),
    bigquery: alone,
  });
}

/** The keys that are read of each object, by its path; that of the whole is empty. @param {Iterable<string>} paths */
function objectsOf(paths) {
  /** @type {Map<string, string[]>} */
  const objects = new Map();
  for (const path of paths) {
    const keys = path.split('.');
    keys.forEach((key, depth) => {
      const parent = keys.slice(0, depth).join('.');
      const known = objects.get(parent) ?? [];
      if (!known.includes(key)) objects.set(parent, [...known, key]);
    });
  }
  return objects;
}

/** @param {string} parent @param {string} key */
const below = (parent, key) => (parent === '' ? key : `${parent}.${key}`);

/**
 * One struct of texts, half of the time of a list of them. A name of a struct is the same in capitals, and a field is either a text or an
 * object: fields that would be both are read alone.
 * @param {string} relation @param {string} column @param {string[]} paths
 */
function struct(relation, column, paths) {
  const all = objectsOf(paths);
  const isAlone = (/** @type {string} */ path) => {
    const keys = path.split('.');
    return all.has(path) || keys.some((key, depth) => hasTwin(key, all.get(keys.slice(0, depth).join('.')) ?? []));
  };
  const inStruct = new Set(paths.filter((path) => !isAlone(path)));
  const objects = objectsOf(inStruct);
  /** @param {string} path @returns {unknown} */
  const shape = (path) =>
    Object.fromEntries(
      (objects.get(path) ?? []).map((key) => [
        key,
        objects.has(below(path, key)) ? shape(below(path, key)) : 'VARCHAR',
      ]),
    );
  const texts = `json_transform(${column}, ${sql.text(JSON.stringify(shape('')))}) as json_texts`;
  return {
    from: inStruct.size === 0 ? `${relation} as ${ROWS}` : `(select *, ${texts} from ${relation}) as ${ROWS}`,
    text: (/** @type {string} */ path) =>
      inStruct.has(path)
        ? `json_texts.${path
            .split('.')
            .map((key) => `"${key}"`)
            .join('.')}`
        : sql.jsonText(`${ROWS}.${column}`, path),
  };
}

/** @param {string} key @param {string[]} keys */
const hasTwin = (key, keys) => keys.some((other) => other !== key && other.toLowerCase() === key.toLowerCase());

/** One `json_to_record` for each object that has fields. @param {string} relation @param {string} column @param {string[]} paths */
function records(relation, column, paths) {
  const isLong = (/** @type {string} */ path) =>
    path.split('.').some((key) => encodeURIComponent(key).replace(/%../g, '_').length > LONGEST_NAME);
  const isField = new Set(paths.filter((path) => !isLong(path)));
  const objects = objectsOf(isField);
  const names = new Map([...objects.keys()].map((path, i) => [path, `json_${i}`]));
  const at = (/** @type {string} */ path) => {
    const keys = path.split('.');
    return `${names.get(keys.slice(0, -1).join('.'))}."${keys.at(-1)}"`;
  };
  const joins = [...objects].map(([path, keys]) => {
    const object =
      path === '' ? `${ROWS}.${column}` : `case when json_typeof(${at(path)}) = 'object' then ${at(path)} end`;
    const columns = keys.map((key) => `"${key}" ${objects.has(below(path, key)) ? 'json' : 'text'}`);
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
