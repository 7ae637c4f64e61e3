// @ts-check
/**
 * Attribution models. Each is given by its marks: the share of a conversion that the first k of n touches have together, 0 for k = 0 and 1
 * for k = n. A touch takes what lies between two marks. Marks are rounded, to millionths of a conversion and to cents of its revenue, and
 * shares are not: so they add up to the whole, and engines agree on them to the last digit.
 *
 * @typedef {{ name: string, description: string, mark: (k: string, n: string) => string }} Model
 */
const sql = require('./sql');

/** @type {Model[]} */
const MODELS = [
  {
    name: 'first_touch',
    description: 'all of it to the first touch',
    mark: (k) => `case when ${k} < 1 then 0 else 1 end`,
  },
  {
    name: 'last_touch',
    description: 'all of it to the last touch',
    mark: (k, n) => `case when ${k} < ${n} then 0 else 1 end`,
  },
  {
    name: 'linear',
    description: 'the same to each touch',
    mark: (k, n) => sql.div(k, n),
  },
  {
    name: 'position_based',
    description: '40 % to the first touch, 40 % to the last one, the rest to those between; half to each of two',
    mark: (k, n) =>
      `case when ${k} < 1 then 0 when ${k} >= ${n} then 1 when ${n} = 2 then 0.5 else 0.4 + 0.2 * ${sql.div(`(${k} - 1)`, `(${n} - 2)`)} end`,
  },
];

/** A mark in whole millionths. @param {Model} model @param {string} k @param {string} n */
const millionths = ({ mark }, k, n) => sql.cast(`floor(${sql.cast(mark(k, n), 'number')} * 1000000 + 0.5)`, 'integer');

/** What of an amount in whole cents lies below a mark. @param {string} cents @param {string} mark in millionths */
const below = (cents, mark) => sql.cast(`floor(${sql.cast(cents, 'number')} * ${mark} / 1000000)`, 'integer');

module.exports = { MODELS, millionths, below };
