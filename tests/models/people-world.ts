import type { Row } from '../../warehouse/warehouse.ts';

const user = (user_id: string, created: string, signup_channel: string | null, more: Row = {}): Row => ({
  user_id,
  account_id: 'A',
  signup_channel,
  country: 'DE',
  role: 'member',
  created_ts: `2026-${created}Z`,
  updated_ts: `2026-${created}Z`,
  ...more,
});
const billing = (user_id: string, date: string, event: string, plan_id: string): Row => ({
  user_id,
  event,
  plan_id,
  billing_date: `2026-${date}`,
});
const event = (user_id: string, ts: string, session_id = `${user_id}-${ts.slice(0, 5)}`): Row => ({
  event_id: `${user_id}-${ts}`,
  user_id,
  session_id,
  event_type: 'login',
  is_late: false,
  lateness_seconds: 0,
  event_ts: `2026-${ts}Z`,
  received_ts: `2026-${ts}Z`,
  event_date: `2026-${ts.slice(0, 5)}`,
  received_date: `2026-${ts.slice(0, 5)}`,
});
const on = (user_id: string, ...days: string[]) => days.map((day) => event(user_id, `${day}T10:00:00`));
const touch = (touch_id: string, user_id: string, ts: string, channel: string, cost_usd: number | null = 0): Row => ({
  touch_id,
  user_id,
  channel,
  campaign: channel === 'ads' ? 'brand' : null,
  cost_usd,
  touch_ts: `${ts}T08:00:00Z`,
});
const payment = (payment_id: string, user_id: string, day: string, status: string, amount: number): Row => ({
  payment_id,
  user_id,
  invoice_type: 'start',
  status,
  currency: 'USD',
  amount,
  fee: 1,
  tax: 0,
  payment_ts: `2026-${day}T12:00:00Z`,
});

/**
 * Fifty users of each arm, of whom ten of control and three of guided cancel within the thirty days; the eleventh of control and the fourth
 * of guided cancel on the day after. The last of each arm is exposed too late to be observed.
 */
const ARMS = ['control', 'guided'].flatMap((variant) =>
  Array.from({ length: 51 }, (_, i) => ({ variant, user_id: `${variant}${String(i).padStart(2, '0')}`, i })),
);
const lost = { control: 10, guided: 3 } as Record<string, number>;

/** A world by hand, from 5 January to 10 April 2026, with touches since December. */
export const PEOPLE_WORLD: Record<string, Row[]> = {
  countries: [{ country: 'DE', country_name: 'Germany', currency: 'EUR' }],
  fx_rates: [{ currency: 'USD', usd_per_unit: 1, rate_date: '2026-01-01' }],
  accounts: [
    { account_id: 'A', company_name: 'Old', country: 'DE', is_enterprise: false, updated_ts: '2026-01-01T00:00:00Z' },
    { account_id: 'A', company_name: 'New', country: 'DE', is_enterprise: false, updated_ts: '2026-02-01T23:59:59Z' },
  ],
  users: [
    user('a', '01-05T09:00:00', 'organic'),
    // Two of a day, of which the later one counts whatever their order; then one that changes nothing, and a change on the next day.
    user('a', '01-05T09:00:00', 'organic', { role: 'viewer', updated_ts: '2026-01-20T15:00:00Z' }),
    user('a', '01-05T09:00:00', 'organic', { role: 'admin', updated_ts: '2026-01-20T09:00:00Z' }),
    user('a', '01-05T09:00:00', 'organic', { role: 'viewer', updated_ts: '2026-01-25T09:00:00Z' }),
    user('a', '01-05T09:00:00', 'organic', { role: 'member', updated_ts: '2026-01-26T00:00:00Z' }),
    user('b', '01-10T09:00:00', 'ads'),
    user('c', '01-12T09:00:00', 'ads', { account_id: null }),
    user('d', '02-01T09:00:00', 'organic'),
    user('e', '02-03T09:00:00', null),
    user('f', '04-05T09:00:00', 'ads'),
    ...ARMS.map(({ user_id }) => user(user_id, '03-01T09:00:00', 'lab', { account_id: 'A' })),
  ],
  billing: [
    billing('a', '01-05', 'start', 'pro'),
    billing('b', '01-10', 'start', 'free'),
    billing('b', '02-01', 'upgrade', 'basic'),
    billing('b', '02-20', 'cancel', 'basic'),
    // On the thirtieth day after the first paid one, the last of the subscription.
    billing('c', '01-12', 'start', 'basic'),
    billing('c', '02-11', 'cancel', 'basic'),
    billing('e', '02-03', 'start', 'free'),
    billing('f', '04-05', 'start', 'pro'),
    ...ARMS.flatMap(({ user_id, variant, i }) => [
      billing(user_id, '03-01', 'start', 'free'),
      ...(i < lost[variant]! ? [billing(user_id, i === 0 ? '04-01' : '03-10', 'cancel', 'free')] : []),
      ...(i === lost[variant]! ? [billing(user_id, '04-02', 'cancel', 'free')] : []),
    ]),
  ],
  events: [
    ...on('a', '01-05', '01-06', '01-11', '04-10'),
    event('a', '01-11T23:50:00', 'over_midnight'),
    event('a', '01-12T00:10:30', 'over_midnight'),
    ...on('b', '01-10', '01-11', '01-16'),
    // The third day is the eighth.
    ...on('c', '01-12', '01-13', '01-19'),
    ...on('e', '02-03', '02-04', '02-05'),
    ...on('f', '04-05', '04-06', '04-07'),
  ],
  support_tickets: [
    {
      ticket_id: 't1',
      user_id: 'a',
      severity: 'low',
      created_ts: '2026-01-06T23:00:00Z',
      resolved_ts: '2026-01-09T00:30:00Z',
      csat_score: 4,
    },
    { ticket_id: 't2', user_id: 'a', severity: 'low', created_ts: '2026-01-08T00:00:00Z' },
  ],
  touches: [
    touch('m1', 'a', '2025-12-20', 'social', 1),
    touch('m2', 'a', '2026-01-02', 'ads', 2.005),
    touch('m3', 'a', '2026-01-05', 'organic', null),
    // After the conversion.
    touch('m4', 'a', '2026-01-06', 'ads', 3),
    touch('m5', 'b', '2026-01-10', 'ads', 4),
    touch('m6', 'b', '2026-01-31', 'email', 0.5),
    touch('m7', 'f', '2026-04-05', 'ads', 5),
    touch('x1', 'anon-1', '2026-01-03', 'ads', 6),
    touch('x2', 'anon-1', '2026-01-04', 'social', 1),
    touch('x3', 'anon-2', '2026-02-10', 'organic'),
  ],
  payments: [
    payment('p1', 'a', '01-05', 'success', 100.01),
    payment('p2', 'a', '02-05', 'refund', 10),
    payment('p3', 'b', '02-01', 'success', 19),
    payment('p4', 'b', '02-02', 'failed', 19),
    payment('p5', 'c', '01-12', 'success', 19),
    // Pays, and is on no plan.
    payment('p6', 'd', '02-10', 'success', 5),
  ],
  exposures: [
    ...ARMS.map(({ user_id, variant, i }) => ({
      exposure_id: user_id,
      user_id,
      experiment: 'setup',
      variant,
      exposed_ts: i === 50 ? '2026-04-05T10:00:00Z' : '2026-03-02T10:00:00Z',
    })),
    // Again, in the same arm.
    {
      exposure_id: 'again',
      user_id: 'control00',
      experiment: 'setup',
      variant: 'control',
      exposed_ts: '2026-03-03T10:00:00Z',
    },
  ],
};
