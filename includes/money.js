// @ts-check
/**
 * Amounts of money. They are added as whole cents, which are integers: the sum is then the same in every order of the rows and on every
 * engine, which it is not for numbers like 0.1. A column in US dollars (`_usd`) holds a number that is rounded to cents.
 */
const sql = require('./sql');

/** Whole cents of an amount in dollars, halves up; null stays null. @param {string} x */
const cents = (x) => sql.cast(`floor((${x}) * 100 + 0.5)`, 'integer');

/** Dollars of whole cents. @param {string} x */
const dollars = (x) => `(${sql.cast(x, 'number')} / 100)`;

/** Dollars rounded to cents, halves up. @param {string} x */
const rounded = (x) => dollars(cents(x));

/** Sum of amounts in dollars that are rounded to cents, to the cent; null when there is none. @param {string} x */
const sum = (x) => dollars(sql.sumInt(cents(x)));

/** The same as a running or windowed sum. @param {string} x @param {string} window */
const sumOver = (x, window) => dollars(sql.sumIntOver(cents(x), window));

module.exports = { cents, dollars, rounded, sum, sumOver };
