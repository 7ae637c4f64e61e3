// @ts-check
/** The three rules for card transactions: `mart_transaction_anomalies` applies them, and its description and tests say them. */

/** An amount is an outlier of the account's own history when it lies so many standard deviations above the mean. */
const deviations = 3;
/** Of fewer transactions a deviation says little: amounts of a few purchases happen to be alike. */
const minHistory = 10;
/** A burst is more than so many transactions of an account ... */
const burst = 10;
/** ... in a window of so many minutes, its start left out: a window of time, whatever the number of rows. */
const minutes = 10;
/** An amount above so many US dollars is large, whoever pays it. */
const largeUsd = 10000;

const RULES = ['amount_outlier', 'burst', 'large_amount'];

/** The names of the rules that a row breaks, from its flags `is_<rule>`, with commas between them. */
const names = `substr(${RULES.map((rule) => `case when is_${rule} then ',${rule}' else '' end`).join(' || ')}, 2)`;

module.exports = { deviations, minHistory, burst, minutes, largeUsd, names };
