// @ts-check
/**
 * The books of a source file by file, for `mart_operations`.
 *
 * @typedef {import('./silver').Contract} Contract
 */
const sql = require('./sql');

const ends = (/** @type {string[]} */ codes) => codes.map((code) => `reasons like '%:${code};%'`).join(' or ');

/**
 * Kinds of reasons for a rejection: what they say, and the condition on `reasons`. A row can have several.
 * @type {{ [kind: string]: { says: string, when: string } }}
 */
const reasons = {
  unreadable: { says: 'the line cannot be read', when: "reasons like 'line:%'" },
  missing: { says: 'a required value is missing', when: ends(['missing']) },
  wrong_type: {
    says: 'a value is not of its type',
    when: ends(['integer', 'number', 'boolean', 'date', 'timestamp'].map((type) => `not_${type}`)),
  },
  not_allowed: { says: 'a value is not an allowed one', when: ends(['not_allowed', 'pattern']) },
  out_of_range: { says: 'a value is too small or too large', when: ends(['below_minimum', 'above_maximum']) },
  broken_rule: { says: 'a rule between columns is broken', when: "reasons like 'rule:%' or reasons like '%;rule:%'" },
  personal_data: { says: 'it holds personal data where none may be', when: ends(['personal_data']) },
};
const KINDS = Object.keys(reasons);

const COUNTS = [
  'rows_in',
  'loaded_before',
  'duplicate_rows',
  'staged_rows',
  'silver_rows',
  'late_rows',
  'timed_rows',
  'rejected_rows',
];
const ALL = [...COUNTS, ...KINDS.map((kind) => `rejected_${kind}`)];

/**
 * One row per file of the source, with the counts of all steps, the newest time in silver and the day of the load.
 * @param {Contract} contract
 * @param {{ files: string, staging: string, silver: string, rejects: string }} relations
 */
function byFile({ source, records, event_time, received_time, columns }, { files, staging, silver, rejects }) {
  const times = [received_time, event_time].filter((name) => name !== undefined);
  const timestamps = times.map((name) => (columns[name].type === 'date' ? sql.toTimestamp(name) : name));
  const newest = timestamps.length === 0 ? sql.cast('null', 'timestamp') : `max(coalesce(${timestamps.join(', ')}))`;
  const only = (/** @type {{ [name: string]: string }} */ given, newest_ts = 'null', loaded_at = 'null') =>
    `${ALL.map((name) => `${given[name] ?? '0'} as ${name}`).join(', ')},
      ${sql.cast(newest_ts, 'timestamp')} as newest_ts, ${sql.cast(loaded_at, 'timestamp')} as loaded_at`;
  return `
  select
    ${sql.text(source)} as source, source_file, ${ALL.map((name) => `${sql.sumInt(name)} as ${name}`).join(', ')},
    max(newest_ts) as newest_ts, min(loaded_at) as loaded_at
  from (
    select source_file, ${only({ rows_in: 'rows_read', loaded_before: 'duplicates', duplicate_rows: 'duplicates' }, 'null', 'loaded_at')}
    from ${files} where source = ${sql.text(source)}
    union all
    select source_file, ${only({
      staged_rows: records ? 'count(distinct row_hash)' : 'count(*)',
      duplicate_rows: sql.countIf("verdict = 'duplicate'"),
    })}
    from ${staging} group by source_file
    union all
    select source_file, ${only(
      { silver_rows: 'count(*)', late_rows: sql.countIf('is_late'), timed_rows: 'count(is_late)' },
      newest,
    )}
    from ${silver} group by source_file
    union all
    select source_file, ${only({
      rejected_rows: 'count(*)',
      ...Object.fromEntries(KINDS.map((kind) => [`rejected_${kind}`, sql.countIf(`(${reasons[kind].when})`)])),
    })}
    from ${rejects} group by source_file
  ) as counts
  group by source_file`;
}

module.exports = { reasons, KINDS, COUNTS: ALL, byFile };
