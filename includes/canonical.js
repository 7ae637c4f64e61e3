// @ts-check
/**
 * The columns that models downstream rely on, source by source. A data set maps its own fields to them in
 * `configs/datasets/<name>/<source>.yaml`; what it does not map is null in silver and documented as not available.
 *
 * @typedef {{ type: import('./sql').Type, description: string }} CanonicalColumn
 * @type {{ [source: string]: { [column: string]: CanonicalColumn } }}
 */
module.exports = {
  events: {
    event_id: { type: 'string', description: 'Identifier of the event.' },
    user_id: { type: 'string', description: 'The user who acted.' },
    session_id: { type: 'string', description: 'Session in which it happened; belongs to one user.' },
    device_id: { type: 'string', description: 'Device on which it happened.' },
    event_type: { type: 'string', description: 'Kind of event.' },
    channel: { type: 'string', description: 'Channel through which the event came.' },
    country: { type: 'string', description: 'Country from which the event came.' },
    ui_variant: { type: 'string', description: 'Variant of the user interface that was shown.' },
    event_value: { type: 'number', description: 'A number that the event carries.' },
    event_ts: { type: 'timestamp', description: 'When it happened (UTC).' },
    received_ts: { type: 'timestamp', description: 'When it arrived (UTC).' },
  },
  billing: {
    user_id: { type: 'string', description: 'The user whose subscription changes.' },
    event: {
      type: 'string',
      description: 'start, renew, upgrade, downgrade, cancel, or end (the term is over and it was no churn).',
    },
    plan_id: { type: 'string', description: 'Plan after the change; for cancel and end the plan that ends.' },
    cohort: { type: 'string', description: 'Group that started together, where the source names one.' },
    billing_date: { type: 'date', description: 'Day of the change. The day of a cancel is the last active day.' },
  },
  users: {
    user_id: { type: 'string', description: 'Identifier of the user.' },
    account_id: { type: 'string', description: 'Account that the user belongs to.' },
    email: { type: 'string', description: 'E-mail address, hashed.' },
    full_name: { type: 'string', description: 'Name of the person.' },
    signup_channel: { type: 'string', description: 'Channel through which the user signed up.' },
    country: { type: 'string', description: 'Country or region of the user.' },
    role: { type: 'string', description: 'What the user is.' },
    created_ts: { type: 'timestamp', description: 'When the user was created (UTC).' },
    updated_ts: { type: 'timestamp', description: 'When this state of the user began (UTC).' },
  },
};
