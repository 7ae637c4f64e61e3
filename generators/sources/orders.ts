import type { Source } from '../source.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import type { Market } from './market.ts';

/** A row for each state that an order reaches: placed, paid, shipped, delivered, returned; or cancelled. */
export const ordersSource = (market: Market): Source => ({
  name: 'orders',
  format: 'csv',
  columns: SOURCE_COLUMNS.orders,
  id: ({ order_id, status }) => `${order_id}@${status}`,
  next: (today) => byTime(market(today).orders, 'updated_ts'),
});
