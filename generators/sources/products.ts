import type { Source } from '../source.ts';
import type { Market } from './market.ts';

/** The catalogue on the first day, and each change of a price, in US dollars. */
export const productsSource = (market: Market): Source => ({
  name: 'products',
  format: 'csv',
  columns: ['product_id', 'sku', 'category', 'price', 'updated_ts'],
  id: ({ product_id, updated_ts }) => `${product_id}@${updated_ts}`,
  next: (today) => market(today).products,
});
