/** The faults of assertions on the side of people and growth, as assertion-faults.ts describes them. */

export const PEOPLE_ROW_FAULTS: Readonly<Record<string, string>> = {
  'fct_sessions: late_events between 0 and events': 'late_events = events + 1',
  'fct_support_tickets: is_open = (resolved_date is null)': 'is_open = not is_open',
  'fct_user_lifecycle: first_paid_date is null or first_start_date <= first_paid_date':
    'first_paid_date = first_start_date - 1',
  'fct_user_lifecycle: is_retained is null or first_paid_date is not null':
    'is_retained = true, first_paid_date = null',
  'mart_channel_performance: touches >= 0 and signups >= 0 and conversions >= 0': 'conversions = -1',
  'mart_experiment_performance: users >= observed_users and observed_users >= conversions and conversions >= 0':
    'conversions = observed_users + 1',
  'mart_experiment_performance: difference is null or difference between difference_low and difference_high':
    'difference = 1, difference_low = -0.1, difference_high = 0.1',
  'mart_funnel: visitors >= signups and signups >= subscribed and subscribed >= activated and activated >= paid and paid >= paid_observed and paid_observed >= retained and retained >= 0':
    'activated = subscribed + 1',
  'mart_retention_cohorts: signups >= observed_users and observed_users >= retained_users and retained_users >= paying_users and paying_users >= 0':
    'retained_users = signups + 1',
};

const oneRow = (table: string, set: string, key: string) =>
  `update ${table} set ${set} where ${key} = (select min(${key}) from ${table} where ${key} is not null)`;
const asTable = (view: string) => [
  `create table victim as from ${view}`,
  `drop view ${view}`,
  `create table ${view} as from victim`,
];
const next = "date '9999-12-31' - 7";

export const PEOPLE_FAULTS: Readonly<Record<string, readonly string[]>> = {
  attribution_adds_up: [
    "delete from marts.mart_attribution where attribution_model = 'linear' and channel = (select min(channel) from marts.mart_attribution)",
  ],
  cohorts_add_up: ['update marts.mart_funnel set signups = signups + 1'],
  conversion_rates_mart_experiment_performance: ['update marts.mart_experiment_performance set conversion_rate = 1.2'],
  conversion_rates_mart_funnel: ['update marts.mart_funnel set paid_rate = 1.01'],
  conversion_rates_mart_retention_cohorts: ['update marts.mart_retention_cohorts set retention_rate = -0.1'],
  dim_date_covers_facts: ["delete from analytics.dim_date where date_day = date '2026-01-03'"],
  no_feature_from_the_future: [oneRow('gold.gold_user_features_daily', 'last_received_date = date_day + 1', 'user_id')],
  no_label_of_open_window: [
    'update gold.gold_churn_labels_daily set churn_within_7d = 0 where date_day = (select max(date_day) from gold.gold_churn_labels_daily)',
  ],
  one_arm_per_user: [oneRow('analytics.fct_exposures', 'variants = 2', 'user_id')],
  sessions_of_one_user: [
    "insert into analytics.fct_sessions (session_id, user_id) select session_id, 'somebody' from analytics.fct_sessions limit 1",
  ],
  // An overlap, and an end that nothing follows.
  scd2_windows_dim_user: [
    `insert into analytics.dim_user (user_id, is_current, valid_from, valid_to) select user_id, true, ${next}, valid_to from analytics.dim_user where is_current limit 1`,
  ],
  scd2_windows_dim_account: [oneRow('analytics.dim_account', "valid_to = date '2026-12-31'", 'account_id')],
  references_fct_user_events_user_id: [
    ...asTable('analytics.fct_user_events'),
    oneRow('analytics.fct_user_events', "user_id = 'nobody'", 'event_id'),
  ],
  references_fct_touches_person_id: [oneRow('analytics.fct_touches', "person_id = 'nobody'", 'touch_id')],
  ...Object.fromEntries(
    (
      [
        ['fct_sessions', 'user_id', 'session_id'],
        ['fct_subscriptions_daily', 'user_id', 'user_id'],
        ['fct_subscriptions_daily', 'plan_id', 'user_id'],
        ['fct_support_tickets', 'user_id', 'ticket_id'],
        ['fct_exposures', 'user_id', 'user_id'],
        ['dim_user', 'account_id', 'user_id'],
        ['dim_user', 'country', 'user_id'],
        ['dim_account', 'country', 'account_id'],
      ] as const
    ).map(([table, column, key]) => [
      `references_${table}_${column}`,
      [oneRow(`analytics.${table}`, `${column} = 'nobody'`, key)],
    ]),
  ),
};
