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
  accounts: [
    'account_id',
    'company_name',
    'industry',
    'company_size',
    'country',
    'is_enterprise',
    'created_ts',
    'updated_ts',
  ],
  payments: ['payment_id', 'user_id', 'invoice_type', 'payment_ts', 'amount', 'currency', 'status', 'fee', 'tax'],
  support_tickets: ['ticket_id', 'user_id', 'created_ts', 'resolved_ts', 'severity', 'csat_score'],
  touches: ['touch_id', 'user_id', 'touch_ts', 'channel', 'campaign', 'cost'],
  exposures: ['exposure_id', 'user_id', 'experiment', 'variant', 'exposed_ts'],
  products: ['product_id', 'sku', 'category', 'price', 'updated_ts'],
  orders: [
    'order_id',
    'account_id',
    'user_id',
    'product_id',
    'quantity',
    'unit_price',
    'currency',
    'status',
    'order_ts',
    'updated_ts',
  ],
  order_payments: ['charge_id', 'order_id', 'amount', 'currency', 'paid_ts', 'status', 'refund_amount'],
  transactions: ['transaction_id', 'account_id', 'ts', 'amount', 'merchant_category', 'location', 'currency'],
  candidates: [
    'enrollee_id',
    'city',
    'city_development_index',
    'gender',
    'relevent_experience',
    'enrolled_university',
    'education_level',
    'major_discipline',
    'experience',
    'company_size',
    'company_type',
    'last_new_job',
    'training_hours',
    'target',
  ],
} as const satisfies Record<string, readonly string[]>;

export type SourceName = keyof typeof SOURCE_COLUMNS;

/** The sources that a section of a scenario makes. Events, users and billing are there without one. */
export const SECTION_SOURCES = {
  accounts: ['accounts'],
  payments: ['payments'],
  support_tickets: ['support_tickets'],
  touches: ['touches'],
  experiments: ['exposures'],
  marketplace: ['products', 'orders', 'order_payments'],
  transactions: ['transactions'],
  candidates: ['candidates'],
} as const satisfies Record<string, readonly SourceName[]>;

/** The sources of a scenario with these sections. */
export function sourceNames(sections: object): SourceName[] {
  const given = Object.entries(SECTION_SOURCES).filter(([section]) => section in sections);
  return ['events', 'users', 'billing', ...given.flatMap(([, names]) => names)];
}
