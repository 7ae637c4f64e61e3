// @ts-check
/** What is converted to US dollars, for `dim_fx_rate` and its test. */
const contract = require('./contract');

/** The sources of this data set with amounts in many currencies, and the time of whose day the rate counts. @returns {[source: string, time: string][]} */
const converted = () =>
  /** @type {[string, string][]} */ ([
    ['payments', 'payment_ts'],
    ['orders', 'order_ts'],
    ['order_payments', 'paid_ts'],
    ['transactions', 'transaction_ts'],
  ]).filter(([source]) => contract.has(source));

module.exports = { converted };
