/** The columns of each source in the order of its files. A scenario has the sources whose section it has. */
export const SOURCE_COLUMNS = {
  events: ['event_id', 'event_ts', 'received_ts', 'user_id', 'device_id', 'session_id', 'event_type', 'props'],
  users: [
    'user_id',
    'account_id',
    'email',
    'full_name',
    'created_ts',
    'signup_channel',
    'country',
    'role',
    'updated_ts',
  ],
  billing: ['billing_date', 'user_id', 'event', 'plan_id'],
} as const satisfies Record<string, readonly string[]>;

export type SourceName = keyof typeof SOURCE_COLUMNS;
