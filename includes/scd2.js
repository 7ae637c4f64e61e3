// @ts-check
/**
 * Versions of something over time (slowly changing dimension, type 2), made from snapshots. A version holds on the days in
 * [valid_from, valid_to); the last one ends on {@link sql.highDate}, which keeps joins free of an "or" that engines answer with a nested loop.
 *
 * A version begins on the day on which the changed state was updated. That is what the contract calls its time of receipt, so it is also the
 * first day at whose end the state was known; the day of our load would be another one in each rebuild.
 */
const sql = require('./sql');

/** The first day of versions whose source knows no time: they hold as long as anyone can remember. */
const ALWAYS = "date '1970-01-01'";

/**
 * CTEs that end with `versions`: the key, the attributes, is_current, valid_from, valid_to. Of several snapshots of a day the last one counts,
 * and a snapshot that changes no attribute begins no version.
 * @param {{ from: string, key: string, attributes: string[], updated: string }} options `from` has the key, the attributes, row_hash and
 *   the time `updated`, which may be null
 */
function versions({ from, key, attributes, updated }) {
  const inOrder = `partition by ${key} order by valid_from`;
  const changes = attributes.map((name) => `${name} is distinct from lag(${name}) over (${inOrder})`);
  return `last_of_day as (
  select ${key}, ${attributes.join(', ')}, valid_from
  from (
    select
      snapshots.*,
      coalesce(${sql.toDate(updated)}, ${ALWAYS}) as valid_from,
      row_number() over (
        partition by ${key}, coalesce(${sql.toDate(updated)}, ${ALWAYS})
        order by ${updated} desc nulls last, row_hash
      ) as rank_of_day
    from ${from} as snapshots
  ) as ranked
  where rank_of_day = 1
),

compared as (
  select
    last_of_day.*,
    row_number() over (${inOrder}) = 1
      or ${changes.join('\n      or ')} as is_changed
  from last_of_day
),

versions as (
  select
    ${[key, ...attributes].join(',\n    ')},
    lead(valid_from) over (${inOrder}) is null as is_current,
    valid_from,
    coalesce(lead(valid_from) over (${inOrder}), ${sql.highDate}) as valid_to
  from compared
  where is_changed
)`;
}

/**
 * The versions that leave a hole, overlap or do not say which of them holds now; none when all is well.
 * @param {string} relation @param {string} key
 */
const faults = (relation, key) => `
with neighbours as (
  select
    ${key}, is_current, valid_from, valid_to,
    lag(valid_to) over (partition by ${key} order by valid_from, valid_to) as previous_valid_to,
    lead(valid_from) over (partition by ${key} order by valid_from, valid_to) as next_valid_from
  from ${relation}
)
select
  case
    when valid_from >= valid_to then 'the version ends before it holds for a day'
    when previous_valid_to > valid_from then 'the version overlaps the one before'
    when previous_valid_to < valid_from then 'there is a hole before the version'
    when next_valid_from is null and valid_to <> ${sql.highDate} then 'the last version ends'
    else 'is_current is not the last version'
  end as message,
  ${key}, is_current, previous_valid_to, valid_from, valid_to
from neighbours
where valid_from >= valid_to
  or previous_valid_to <> valid_from
  or (next_valid_from is null and valid_to <> ${sql.highDate})
  or is_current <> (next_valid_from is null)`;

module.exports = { versions, faults };
