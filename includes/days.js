// @ts-check
/**
 * Tables of which a day can be made anew alone. A day is made anew when the rows that it is made from are others than those that it was
 * made from: whatever brought them, however late, and also when some are gone. Nothing is taken from clocks, so it does not matter when
 * a run was killed or left out.
 */
const sql = require('./sql');

/**
 * What the rows of a group are, as a text that differs when they do. The columns must tell one row from another: of equal rows a hash of
 * all rows, whatever their order, sees no even number.
 * @param {string[]} columns
 */
const content = (columns) =>
  `${sql.cast('count(*)', 'string')} || '-' || ${sql.cast(`bit_xor(${sql.hash(...columns)})`, 'string')}`;

/**
 * The days of one relation that another does not have, or with another content.
 * @param {{ from: string, day: string, content: string }} now
 * @param {{ from: string, day: string, content: string }} made
 */
const changed = (now, made) => `
select now.day
from (select ${now.day} as day, ${now.content} as content from ${now.from} group by ${now.day}) as now
left join (select ${made.day} as day, ${made.content} as content from ${made.from} group by ${made.day}) as made on made.day = now.day
where made.content is null or made.content <> now.content`;

/** Deletes the days of which nothing is left: no new row takes their place. @param {string} table @param {string} day @param {string} source @param {string} sourceDay */
const deleteEmptied = (table, day, source, sourceDay) => `
delete from ${table} as made
where not exists (select 1 from (select distinct ${sourceDay} as day from ${source}) as days where days.day = made.${day})`;

module.exports = { content, changed, deleteEmptied };
