// @ts-check
/**
 * Sums over the last n days as they were known at the end of each day, at a cost that grows with the events and not with the windows.
 *
 * A row that happened on day e and arrived on day k >= e stands in the n-day window of each day in [k, e + n - 1]: late rows enter late
 * and leave on time. So a row is an entry on day k and an exit on day e + n, and the window is the running sum of both. Expanding each
 * row to the n days on which it stands would give the same numbers from 28 times as many rows.
 *
 * @typedef {{ column: string, measure: string, days: number }} Window
 */
const sql = require('./sql');

/**
 * The entries and exits of all windows, to be summed up by user and day.
 * @param {string} relation has user_id, event_date, known_date and the measures
 * @param {Window[]} windows
 */
function entriesAndExits(relation, windows) {
  const lengths = [...new Set(windows.map(({ days }) => days))].sort((a, b) => a - b);
  const entry = `
  select
    user_id,
    known_date as date_day,
    ${windows
      .map(
        ({ column, measure, days }) =>
          `case when known_date < ${sql.dateAdd('event_date', days)} then ${measure} else 0 end as ${column}`,
      )
      .join(',\n    ')}
  from ${relation}`;
  const exits = lengths.map(
    (length) => `
  select
    user_id,
    ${sql.dateAdd('event_date', length)} as date_day,
    ${windows.map(({ column, measure, days }) => `${days === length ? `-${measure}` : '0'} as ${column}`).join(',\n    ')}
  from ${relation}
  where known_date < ${sql.dateAdd('event_date', length)}`,
  );
  return [entry, ...exits].join('\n  union all');
}

module.exports = { entriesAndExits };
