import type { Source } from '../source.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import type { Market } from './market.ts';

/** The catalogue on the first day, and each change of a price, in US dollars. */
export const productsSource = (market: Market): Source => ({
  name: 'products',
  format: 'csv',
  columns: SOURCE_COLUMNS.products,
  id: ({ product_id, updated_ts }) => `${product_id}@${updated_ts}`,
  next: (today) => market(today).products,
});
