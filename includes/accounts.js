// @ts-check
/**
 * The books of a source: rows read = accepted + rejected + duplicates, file by file at the load and day by day after it. Days are those of
 * the load, the only ones that a line that nobody can read has too.
 */
const sql = require('./sql');

const DAY = sql.toDate('loaded_at');
const SUMS = ['bronze_rows', 'staged_rows', 'accepted', 'in_silver', 'rejected', 'in_rejects', 'duplicates'];

/**
 * What does not add up, none when all is well: files of which bronze holds more or fewer rows than were read, days whose counts or
 * contents differ from table to table, and the rows of such days that do.
 *
 * @param {import('./silver').Contract} contract
 * @param {{ files: string, bronze: string, staging: string, silver: string, rejects: string }} relations
 */
function differences({ source, records }, { files, bronze, staging, silver, rejects }) {
  const hash = sql.hash('row_hash');
  const distinct = records ? 'distinct ' : '';
  const of = (/** @type {string} */ verdict) => `case when verdict = '${verdict}' then ${hash} end`;
  const only = (/** @type {{ [name: string]: string }} */ given) =>
    SUMS.map((name) => `${given[name] ?? '0'} as ${name}`).join(', ');
  const contents = (/** @type {{ [name: string]: string }} */ given) =>
    ['in_bronze', 'in_staging', 'accepted', 'in_silver', 'rejected', 'in_rejects']
      .map((name) => `${given[name] ?? sql.cast('null', 'integer')} as ${name}_content`)
      .join(', ');
  const places = 'row_hash, source_file, line_no';
  return `
with bronze_by_file as (
  select source_file, ${DAY} as day, count(*) as n, bit_xor(${hash}) as content
  from ${bronze}
  group by source_file, ${DAY}
),
files as (
  select source_file, sum(expected) as expected, sum(found) as found
  from (
    select source_file, rows_read - duplicates as expected, 0 as found from ${files} where source = ${sql.text(source)}
    union all
    select source_file, 0, n from bronze_by_file
  ) as counts
  group by source_file
),
counts as (
  select day, ${only({ bronze_rows: 'n' })}, ${contents({ in_bronze: 'content' })} from bronze_by_file
  union all
  select ${DAY}, ${only({
    staged_rows: `count(${distinct}row_hash)`,
    accepted: sql.countIf("verdict = 'accepted'"),
    rejected: sql.countIf("verdict = 'rejected'"),
    duplicates: sql.countIf("verdict = 'duplicate'"),
  })}, ${contents({
    in_staging: `bit_xor(${distinct}${hash})`,
    accepted: `bit_xor(${of('accepted')})`,
    rejected: `bit_xor(${of('rejected')})`,
  })} from ${staging} group by ${DAY}
  union all
  select ${DAY}, ${only({ in_silver: 'count(*)' })}, ${contents({ in_silver: `bit_xor(${hash})` })} from ${silver} group by ${DAY}
  union all
  select ${DAY}, ${only({ in_rejects: 'count(*)' })}, ${contents({ in_rejects: `bit_xor(${hash})` })} from ${rejects} group by ${DAY}
),
days as (
  select
    day,
    ${SUMS.map((name) => `sum(${name}) as ${name}`).join(', ')},
    bit_xor(in_bronze_content) as in_bronze_content, bit_xor(in_staging_content) as in_staging_content,
    bit_xor(accepted_content) as accepted_content, bit_xor(in_silver_content) as in_silver_content,
    bit_xor(rejected_content) as rejected_content, bit_xor(in_rejects_content) as in_rejects_content
  from counts
  group by day
),
bad_days as (
  select * from days
  where bronze_rows <> staged_rows or accepted <> in_silver or rejected <> in_rejects
    or coalesce(in_bronze_content, 0) <> coalesce(in_staging_content, 0)
    or coalesce(accepted_content, 0) <> coalesce(in_silver_content, 0)
    or coalesce(rejected_content, 0) <> coalesce(in_rejects_content, 0)
),
bad_rows as (
  select day, row_hash, min(source_file) as source_file, min(line_no) as line_no, ${SUMS.map((name) => `sum(${name}) as ${name}`).join(', ')}
  from (
    select ${DAY} as day, ${places}, ${only({ bronze_rows: '1' })} from ${bronze} where ${DAY} in (select day from bad_days)
    union all
    select ${DAY}, ${places}, ${only({
      staged_rows: '1',
      ...Object.fromEntries(
        [
          ['accepted', 'accepted'],
          ['rejected', 'rejected'],
          ['duplicates', 'duplicate'],
        ].map(([name, verdict]) => [name, `case when verdict = '${verdict}' then 1 else 0 end`]),
      ),
    })} from ${staging} where ${DAY} in (select day from bad_days)
    union all
    select ${DAY}, ${places}, ${only({ in_silver: '1' })} from ${silver} where ${DAY} in (select day from bad_days)
    union all
    select ${DAY}, ${places}, ${only({ in_rejects: '1' })} from ${rejects} where ${DAY} in (select day from bad_days)
  ) as places
  group by day, row_hash
)
select
  'bronze holds ' || ${sql.cast('found', 'string')} || ' rows of the file; read and no duplicate were ' || ${sql.cast('expected', 'string')} as message,
  cast(null as date) as loaded_date, source_file, ${sql.cast('null', 'integer')} as line_no, ${sql.cast('null', 'string')} as row_hash
from files
where expected <> found
union all
select
  ${SUMS.map((name) => `${sql.text(`${name.replaceAll('_', ' ')} `)} || ${sql.cast(name, 'string')}`).join(` || ', ' || `)},
  day, ${sql.cast('null', 'string')}, ${sql.cast('null', 'integer')}, ${sql.cast('null', 'string')}
from bad_days
union all
select
  case
    when bronze_rows = 0 then 'the row is not in bronze'
    when bronze_rows > 1 then 'the row is in bronze more than once'
    when staged_rows = 0 then 'the row has no record in staging'
    when accepted > in_silver then 'an accepted record of the row is not in silver'
    when accepted < in_silver then 'silver holds a record of the row that was not accepted'
    when rejected > in_rejects then 'a rejected record of the row is not among the rejects'
    else 'the rejects hold a record of the row that was not rejected'
  end,
  day, source_file, line_no, row_hash
from bad_rows
where bronze_rows <> 1 or staged_rows = 0 or accepted <> in_silver or rejected <> in_rejects`;
}

module.exports = { differences };
