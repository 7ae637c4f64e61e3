// @ts-check
/** Conditions on `silver_events`. */
const sql = require('./sql');
const contract = require('./contract');

/** True for an event of the group (`tickets`, `failed_payments`), as the data set defines it; false when it does not. @param {string} group */
function inGroup(group) {
  const types = contract.group(group);
  return types.length === 0 ? 'false' : `event_type in (${types.map(sql.text).join(', ')})`;
}

module.exports = { inGroup };
