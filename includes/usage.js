// @ts-check
/** What the usage of a day is made from, for `fct_product_usage_daily` and its tests. */
const days = require('./days');
const events = require('./events');
const hash = require('./hash');

// What the data set calls a ticket is no row, and changes the days all the same.
const groups = hash.of(['tickets', 'failed_payments'].map(events.inGroup).join());

/** The events of a group of rows of `silver_events`, as a text. */
const content = `${days.content(['row_hash', 'user_id', 'session_id', 'event_type', 'is_late', 'event_value', 'event_ts'])} || '-${groups}'`;

module.exports = { content };
