// @ts-check
/**
 * The normal distribution, which engines have no function for. After J. F. Hart et al., "Computer Approximations" (1968), no. 5666, with the
 * continued fraction of G. West, "Better approximations to cumulative normal functions", Wilmott (2005), for the far tail. The
 * absolute error is below 1e-15, the relative one below 1e-13 up to 3 standard deviations, 1e-10 up to 5 and 1e-8 beyond. A tail beyond 37 is
 * 0: there `exp` fails on some engines.
 */
const sql = require('./sql');

const NUMERATOR = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
];
const DENOMINATOR = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];
const FAR = 7.07106781186547;
const BEYOND = 37;
const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);

/**
 * P(|Z| > |z|) of a standard normal Z: the two-sided p-value of a z statistic. Null stays null.
 * @param {string} z a column or a short expression: it is written many times
 */
function twoSided(z) {
  const x = `abs(${sql.cast(z, 'number')})`;
  const horner = (/** @type {number[]} */ coefficients) =>
    coefficients.slice(1).reduce((sum, c) => `(${sum} * ${x} + ${c})`, `${coefficients[0]}`);
  const fraction = [4, 3, 2, 1].reduce((below, k) => `(${x} + ${k} / ${below})`, `(${x} + 0.65)`);
  const density = `exp(${x} * ${x} / -2)`;
  return `case
    when ${x} > ${BEYOND} then 0
    when ${x} < ${FAR} then 2 * ${density} * ${horner(NUMERATOR)} / ${horner(DENOMINATOR)}
    when ${x} >= ${FAR} then 2 * ${density} / ${fraction} / ${ROOT_OF_TWO_PI}
  end`;
}

/** P(Z > x) for x >= 0, as {@link twoSided} has it. @param {number} x */
function upperTail(x) {
  if (x > BEYOND) return 0;
  const horner = (/** @type {number[]} */ coefficients) => coefficients.reduce((sum, c) => sum * x + c, 0);
  const density = Math.exp(-(x * x) / 2);
  if (x < FAR) return (density * horner(NUMERATOR)) / horner(DENOMINATOR);
  return density / [4, 3, 2, 1].reduce((below, k) => x + k / below, x + 0.65) / ROOT_OF_TWO_PI;
}

/**
 * The z that a standard normal stays below with probability p: a number for the text of a query, found by bisection to the last digits.
 * @param {number} p in (0, 1)
 * @returns {number}
 */
function normalQuantile(p) {
  if (!(p > 0 && p < 1)) throw new Error(`the quantile of ${p} is asked for; a probability lies between 0 and 1`);
  if (p < 0.5) return -normalQuantile(1 - p);
  let low = 0;
  let high = BEYOND;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

module.exports = { twoSided, normalQuantile };
