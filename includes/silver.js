// @ts-check
/**
 * From the YAML contract of a source to SQL: how a row of bronze becomes records with typed columns, the reasons against them, and flags.
 * `staging.js` makes a table of them.
 *
 * @typedef {{ type: import('./sql').Type, description: string, required?: boolean, from?: string | string[],
 *   concat?: { fields: string[], separator: string }, days_after?: { date: string, days: string, at_least?: number }, value?: string | number | boolean,
 *   map?: { [raw: string]: string }, allowed?: (string | number)[], min?: number, max?: number, pattern?: string,
 *   plausible?: [number, number], format?: string, accept_formats?: string[], severity?: { [check: string]: 'error' | 'warn' },
 *   personal?: 'drop' | 'hash' | 'mask' | 'keep', feature?: string }} ColumnSpec
 * @typedef {{ left: string, op: string, right?: string, value?: string | number | boolean, values?: (string | number)[], plus?: number }} Comparison
 * @typedef {{ field: string, is?: 'present' | 'missing', equals?: string, not_equals?: string }} When
 * @typedef {{ source: string, description: string, owner: string, columns: { [name: string]: ColumnSpec }, grain: string[],
 *   rules?: { name: string, when?: Comparison[], check: Comparison[], severity?: 'error' | 'warn', message: string }[],
 *   personal_data?: { search: string[], severity?: 'error' | 'warn' },
 *   event_time?: string, received_time?: string, lateness?: { late_after_seconds: number },
 *   lookups?: { reference: string, on: string[], fields: string[] }[],
 *   records?: { when?: When, columns?: { [name: string]: Partial<ColumnSpec> } }[] }} Contract
 */
const checks = require('./checks');
const formats = require('./formats');
const personal = require('./personal');
const json = require('./json');
const sql = require('./sql');

/** Raw fields that a mapping reads, without what a lookup brings. @param {Contract} contract */
function rawFields(contract) {
  const specs = [contract.columns, ...(contract.records ?? []).map((record) => record.columns ?? {})].flatMap(
    (columns) => Object.entries(columns),
  );
  const fields = new Set();
  for (const [name, spec] of specs) for (const field of fieldsOf(name, spec)) fields.add(field);
  for (const record of contract.records ?? []) if (record.when) fields.add(record.when.field);
  for (const lookup of contract.lookups ?? []) for (const field of lookup.on) fields.add(field);
  for (const lookup of contract.lookups ?? []) for (const field of lookup.fields) fields.delete(field);
  return /** @type {string[]} */ ([...fields]).sort();
}

/** @param {string} name @param {Partial<ColumnSpec>} spec @returns {string[]} */
function fieldsOf(name, spec) {
  if (spec.value !== undefined) return [];
  if (spec.concat) return spec.concat.fields;
  if (spec.days_after) return [spec.days_after.date, spec.days_after.days];
  return spec.from === undefined ? [name] : [spec.from].flat();
}

/** The name under which the text of a raw field stands in the query. @param {string} field */
const fieldColumn = (field) =>
  `f_${field
    .toLowerCase()
    .replaceAll('.', '__')
    .replace(/[^a-z0-9_]/g, (character) => `_x${character.charCodeAt(0).toString(16)}_`)}`;

/** The canonical column as text. @param {string} name @param {ColumnSpec} spec */
function mapped(name, spec) {
  if (spec.value !== undefined) return sql.text(String(spec.value));
  if (spec.concat) return spec.concat.fields.map(fieldColumn).join(` || ${sql.text(spec.concat.separator)} || `);
  if (spec.days_after) {
    const date = sql.parse.date(fieldColumn(spec.days_after.date));
    const days = sql.parse.integer(fieldColumn(spec.days_after.days));
    const least = spec.days_after.at_least;
    // A plain greatest() would turn a missing number into the least one.
    const clamped = least === undefined ? days : `case when (${days}) < ${least} then ${least} else (${days}) end`;
    return sql.cast(sql.dateAdd(`(${date})`, `(${clamped})`), 'string');
  }
  const fields = [spec.from ?? name].flat().map(fieldColumn);
  const first = fields.length === 1 ? fields[0] : `coalesce(${fields.join(', ')})`;
  if (!spec.map) return first;
  const cases = Object.entries(spec.map).map(([raw, value]) => `when ${sql.text(raw)} then ${sql.text(String(value))}`);
  return `case ${first} ${cases.join(' ')} else ${first} end`;
}

/** @param {When} when */
function condition({ field, is, equals, not_equals }) {
  const column = fieldColumn(field);
  if (equals !== undefined) return `${column} = ${sql.text(equals)}`;
  if (not_equals !== undefined) return `(${column} is null or ${column} <> ${sql.text(not_equals)})`;
  return `${column} is ${is === 'present' ? 'not ' : ''}null`;
}

/** The canonical column with its type. @param {string} name @param {ColumnSpec} spec */
function typed(name, spec) {
  const text = `${name}__text`;
  if (spec.personal === 'mask') return personal.masked(text);
  return spec.accept_formats ? formats.repaired(`${name}__standard`, text, spec) : formats.standard(text, spec);
}

/** The columns of the contract that readers may see. @param {Contract} contract */
const shownColumns = (contract) =>
  Object.keys(contract.columns).filter((name) => contract.columns[name].personal !== 'drop');

/**
 * Rows of bronze with their records as JSON, and null for a line that is none. Bronze keeps the text alone: on disk a second copy would
 * cost as much again.
 * @param {string} relation
 */
const withRecords = (relation) => {
  const text = 'case when problem is null then coalesce(parsed, raw) end';
  // DuckDB would read the text a second time to make JSON of it; BigQuery's parse_json() refuses numbers that no double holds, and with
  // them the whole table.
  return `(select *, ${sql.by({ duckdb: text, postgres: `cast(${text} as json)`, bigquery: text })} as record from ${relation})`;
};

const BRONZE = ['row_hash', 'source_file', 'line_no', 'batch_id', 'loaded_at', 'raw', 'problem'];

/** The columns of `shown` after those. */
const SHOWN = [
  'is_late',
  'lateness_seconds',
  'reasons',
  'flags',
  'raw',
  'source_file',
  'line_no',
  'batch_id',
  'loaded_at',
];

/**
 * The steps from rows of bronze to `shown`: their records with typed columns, as readers may see them, all reasons against them, and flags.
 *
 * @param {Contract} contract
 * @param {string} rows where the rows come from: a relation with the columns of bronze
 * @param {(reference: string) => string} relation resolves the bronze table of a reference
 * @param {{ inlined?: boolean, also?: string[] }} [options] whether `shown` is read more than once and too big to be kept; columns that
 *   the rows have besides those of bronze, which `shown` has too
 */
function typing(contract, rows, relation, { inlined = false, also = [] } = {}) {
  const as = inlined ? sql.asInlined : 'as';
  const carried = also.map((name) => `${name}, `).join('');
  const columns = Object.entries(contract.columns);
  const lookups = contract.lookups ?? [];
  const records = contract.records ?? [{}];
  const looked = lookups.flatMap((lookup, i) => lookup.fields.map((field) => `lookup_${i}.${fieldColumn(field)}`));
  const late = contract.lateness && contract.event_time && contract.received_time;
  const lateness = late
    ? sql.secondsBetween(`${contract.received_time}`, `${contract.event_time}`)
    : sql.cast('null', 'integer');
  const searched = (contract.personal_data?.search ?? []).map((field, i) => ({ field, column: `personal_${i}` }));
  const all = [
    ...checks.of(contract),
    ...searched.map(({ field, column }) => ({
      code: `${field}:personal_data`,
      when: column,
      severity: contract.personal_data?.severity ?? 'warn',
    })),
  ];
  const codes = (/** @type {string} */ severity) => checks.codes(all.filter((check) => check.severity === severity));

  const fields = rawFields(contract);
  const raw = json.fields(withRecords(rows), 'record', [
    ...new Set([...fields, ...searched.map(({ field }) => field)]),
  ]);
  const texts = fields.map((field) => `nullif(${raw.text(field)}, '') as ${fieldColumn(field)}`);
  const found = searched.map(({ field, column }) => {
    const text = personal.searchable(raw.text(field), `${json.ROWS}.record`, field);
    return `${personal.isIn(text)} as ${column}`;
  });
  const steps = lookups.map((lookup, i) => reference(lookup, i, relation));
  const joins = lookups.map((lookup, i) => {
    const keys = lookup.on.map((field) => `lookup_${i}.${fieldColumn(field)} = ${lookupKey(lookups, i, field)}`);
    return `left join reference_${i} as lookup_${i} on ${keys.join(' and ')}`;
  });
  const kinds = records.map((record, i) => {
    const values = columns.map(
      ([name, spec]) => `${mapped(name, override(spec, record.columns?.[name]))} as ${name}__text`,
    );
    const when = record.when ? condition(record.when) : 'problem is null';
    // What is no record is one of the first kind, which nothing is known of.
    const where = i === 0 ? `problem is not null or ${when}` : `problem is null and ${when}`;
    return `  select
    row_hash, source_file, line_no, batch_id, loaded_at, raw, problem, ${carried}${i + 1} as record_no,
    ${[...values, ...searched.map(({ column }) => column)].join(',\n    ')}
  from records
  where ${where}`;
  });
  const standards = columns
    .filter(([, spec]) => spec.accept_formats)
    .map(([name, spec]) => `${formats.standard(`${name}__text`, spec)} as ${name}__standard`);
  const typedColumns = columns.map(([name, spec]) => `${typed(name, spec)} as ${name}`);
  const shown = shownColumns(contract).map((name) =>
    contract.columns[name].personal === 'hash' ? `${sql.md5(`lower(${name})`)} as ${name}` : name,
  );
  const isLate = late ? `${lateness} > ${contract.lateness?.late_after_seconds}` : sql.cast('null', 'boolean');

  return `fields ${as} (
  select
    ${[...[...BRONZE, ...also].map((name) => `${json.ROWS}.${name}`), ...texts, ...found].join(',\n    ')}
  from ${raw.from}
),
${steps.join('')}records ${as} (
  select ${['fields.*', ...looked].join(', ')}
  from fields
  ${joins.join('\n  ')}
),
mapped ${as} (
${kinds.join('\n  union all\n')}
),
typed ${as} (
  select
    mapped.*,
    ${typedColumns.join(',\n    ')}
  from ${standards.length > 0 ? `(select mapped.*, ${standards.join(', ')} from mapped) as mapped` : 'mapped'}
),
judged ${as} (
  select
    typed.*,
    case when problem is not null then 'line:' || problem || ';' else ${codes('error')} end as reasons,
    case when problem is not null then '' else ${codes('warn')} end as flags
  from typed
),
shown ${as} (
  select
    row_hash,
    record_no,
    ${[...also, ...shown].join(',\n    ')},
    ${isLate} as is_late,
    ${lateness} as lateness_seconds,
    reasons,
    flags,
    case when reasons <> '' then raw end as raw,
    source_file,
    line_no,
    batch_id,
    loaded_at
  from judged
)`;
}

/** The fields that a lookup reads. @param {NonNullable<Contract['lookups']>[number]} lookup @param {number} i @param {(reference: string) => string} relation */
function reference({ reference: name, on, fields }, i, relation) {
  const looked = json.fields(withRecords(relation(name)), 'record', [...new Set([...on, ...fields])]);
  const columns = [...on, ...fields].map((field) => `${looked.text(field)} as ${fieldColumn(field)}`);
  return `reference_${i} as (
  select
    ${columns.join(',\n    ')}
  from ${looked.from}
  where ${json.ROWS}.problem is null
),
`;
}

/** A key of a lookup may itself come from an earlier lookup. @param {NonNullable<Contract['lookups']>} lookups @param {number} i @param {string} field */
function lookupKey(lookups, i, field) {
  const earlier = lookups.slice(0, i).findIndex((lookup) => lookup.fields.includes(field));
  return `${earlier < 0 ? 'fields' : `lookup_${earlier}`}.${fieldColumn(field)}`;
}

/** A record entry replaces the way in which a column is mapped, and keeps its checks. @param {ColumnSpec} spec @param {Partial<ColumnSpec>} [by] */
function override(spec, by) {
  if (!by) return spec;
  const { from, concat, days_after, value, ...rest } = spec;
  return { ...rest, ...by };
}

module.exports = { typing, shownColumns, SHOWN };
