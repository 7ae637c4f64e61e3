import type { Row } from '../../warehouse/warehouse.ts';

const user = (user_id: string, account_id: string) => ({ user_id, account_id, updated_ts: '2026-01-01T00:00:00Z' });
const billing = (user_id: string, date: string, event: string, plan_id: string) => ({
  user_id,
  event,
  plan_id,
  billing_date: `2026-${date}`,
});
const payment = (payment_id: string, user_id: string, ts: string, status: string, currency: string, more: Row) => ({
  payment_id,
  user_id,
  invoice_type: 'renewal',
  status,
  currency,
  payment_ts: `2026-${ts}Z`,
  ...more,
});
const charge = (order_id: string, ts: string, status: string, amount: number, refund_amount = 0, currency = 'EUR') => ({
  charge_id: `${order_id}-${status}`,
  order_id,
  status,
  currency,
  amount,
  refund_amount,
  paid_ts: `2026-${ts}Z`,
});
const order = (order_id: string, placed: string, states: Record<string, string>, unit_price = 10) =>
  Object.entries({ placed, ...states }).map(([status, at]) => ({
    order_id,
    account_id: 'A',
    user_id: 'a',
    product_id: 'sku',
    status,
    currency: 'EUR',
    quantity: 2,
    unit_price,
    order_ts: `2026-${placed}Z`,
    updated_ts: `2026-${at}Z`,
  }));
const session = (user_id: string, number: number, day: string) => ({
  event_id: `${user_id}${number}-${day}`,
  user_id,
  session_id: `${user_id}${number}`,
  event_type: 'login',
  is_late: false,
  event_ts: `2026-${day}T10:00:00Z`,
  received_ts: `2026-${day}T10:00:00Z`,
  event_date: `2026-${day}`,
  received_date: `2026-${day}`,
});
const sessions = (user_id: string, count: number) =>
  Array.from({ length: count }, (_, i) => session(user_id, i, '03-10'));

const START = Date.parse('2026-02-10T00:00:00Z');
/** Transactions of an account, each so many seconds after the first and of so many units. */
const spent = (account_id: string, list: readonly (readonly [seconds: number, amount: number])[], currency = 'USD') =>
  list.map(([seconds, amount], i) => ({
    transaction_id: `${account_id}${String(i).padStart(2, '0')}`,
    account_id,
    currency,
    amount,
    transaction_ts: new Date(START + 1000 * seconds).toISOString(),
  }));
const every = (seconds: number, amounts: readonly number[]) =>
  amounts.map((amount, i) => [i * seconds, amount] as const);
const HOUR = 3600;
/** Ten amounts with the mean 100 and the sample standard deviation 10.54: three of them above it are 131.62. */
const USUAL = [90, 110, 90, 110, 90, 110, 90, 110, 90, 110];

/**
 * A world by hand, from 1 January to 15 March 2026. The euro is worth 1.10 dollars from 1 January, 1.20 from 1 February, and no other day has
 * a rate.
 */
export const MONEY_WORLD: Record<string, Row[]> = {
  users: [...'abcdef'].map((id) => user(id, 'A')),
  accounts: [...'ABCDEFGHIJK'].map((account_id) => ({ account_id, updated_ts: '2026-01-01T00:00:00Z' })),
  billing: [
    billing('a', '01-05', 'start', 'basic'),
    billing('a', '02-10', 'upgrade', 'pro'),
    billing('b', '01-10', 'start', 'pro'),
    billing('b', '01-20', 'cancel', 'pro'),
    billing('b', '02-15', 'start', 'basic'),
    billing('c', '01-15', 'start', 'team'),
    billing('c', '02-28', 'cancel', 'team'),
    // Returns on the day after the cancel.
    billing('d', '02-01', 'start', 'pro'),
    billing('d', '02-20', 'downgrade', 'basic'),
    billing('d', '02-25', 'cancel', 'basic'),
    billing('d', '02-26', 'start', 'pro'),
    billing('e', '01-01', 'start', 'free'),
    billing('e', '03-05', 'cancel', 'free'),
    billing('f', '03-15', 'start', 'free'),
  ],
  events: [
    ...sessions('a', 25),
    // The thirtieth day before the last one, the last of the window, and the last but one.
    session('b', 0, '02-13'),
    session('b', 1, '02-14'),
    session('b', 2, '02-15'),
    session('b', 2, '02-16'),
    ...sessions('d', 20),
  ],
  fx_rates: [
    { currency: 'USD', usd_per_unit: 1, rate_date: '2026-01-01' },
    { currency: 'EUR', usd_per_unit: 1.1, rate_date: '2026-01-01' },
    { currency: 'EUR', usd_per_unit: 1.2, rate_date: '2026-02-01' },
  ],
  payments: [
    payment('p1', 'a', '01-31T23:59:59', 'success', 'EUR', { amount: 100, fee: 3, tax: 20 }),
    payment('p2', 'a', '02-01T00:00:00', 'refund', 'EUR', { amount: 10, fee: 0, tax: 2 }),
    payment('p3', 'b', '02-01T10:00:00', 'failed', 'USD', { amount: 49, fee: 0, tax: 0 }),
    payment('p4', 'd', '02-01T10:00:00', 'success', 'USD', { amount: 10_000, fee: 0, tax: 0 }),
  ],
  support_tickets: [
    { ticket_id: 't1', user_id: 'a', created_ts: '2026-03-01T00:00:00Z' },
    { ticket_id: 't2', user_id: 'b', created_ts: '2026-03-01T00:00:00Z', resolved_ts: '2026-03-02T00:00:00Z' },
    { ticket_id: 't3', user_id: 'c', created_ts: '2026-02-01T00:00:00Z' },
    { ticket_id: 't4', user_id: 'c', created_ts: '2026-02-02T00:00:00Z' },
    ...Array.from({ length: 9 }, (_, i) => ({
      ticket_id: `e${i}`,
      user_id: 'e',
      created_ts: '2026-02-02T00:00:00Z',
    })),
  ],
  products: [{ product_id: 'sku', sku: 'sku', category: 'x', price_usd: 11, updated_ts: '2026-01-01T00:00:00Z' }],
  orders: [
    ...order('returned', '02-01T10:00:00', {
      paid: '02-02T10:00:00',
      shipped: '02-04T10:00:00',
      delivered: '02-07T10:00:00',
      returned: '02-20T10:00:00',
    }),
    ...order('cancelled', '02-03T10:00:00', { cancelled: '02-03T11:00:00' }),
    ...order('unpaid', '02-03T10:00:00', { paid: '02-03T11:00:00' }),
    ...order('a_cent', '02-03T10:00:00', { paid: '02-03T11:00:00' }, 9.995),
    ...order('other_currency', '02-05T10:00:00', { paid: '02-05T12:00:00', delivered: '02-06T00:00:00' }),
    // Of which the state paid was rejected.
    ...order('no_paid_state', '02-11T10:00:00', { shipped: '02-13T10:00:00' }),
  ],
  order_payments: [
    charge('no_paid_state', '02-12T10:00:00', 'success', 20),
    charge('returned', '02-02T10:00:00', 'failed', 20),
    charge('returned', '02-02T11:00:00', 'success', 20),
    charge('returned', '02-20T10:00:00', 'refund', 0, 20),
    charge('a_cent', '02-03T11:00:00', 'success', 20),
    charge('other_currency', '02-05T12:00:00', 'success', 24, 0, 'USD'),
  ],
  transactions: [
    // Equal amounts, which as doubles do not add up to a multiple of themselves.
    ...spent('A', every(HOUR, Array(14).fill(19.99))),
    ...spent('B', every(HOUR, [...USUAL, 131.62])),
    ...spent('C', every(HOUR, [...USUAL, 131.63])),
    // Nine before it are too few, and what comes after is no history.
    ...spent('D', every(HOUR, [...USUAL.slice(1), 999])),
    ...spent('E', every(HOUR, [999, ...USUAL, 100])),
    // Eleven within ten minutes; eleven of which the last is ten minutes after the first; ten; one a minute, of which no window has eleven.
    ...spent('F', every(59.999, Array(11).fill(5))),
    ...spent('G', every(60, Array(11).fill(5))),
    ...spent('H', every(1, Array(10).fill(5))),
    // Twelve in each window, and one long after them.
    ...spent('I', [...every(50, Array(20).fill(5)), [HOUR, 5]]),
    ...spent('J', every(HOUR, [10_000, 10_000.01])),
    ...spent('K', [[0, 8400]], 'EUR'),
  ],
};
