import type { Rec, Source } from '../source.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import type { Market } from './market.ts';

/** Charges of orders: failed, successful, and refunds. The truth lists the charges that are missing or have another amount than their order. */
export function orderPaymentsSource(market: Market): Source {
  let mismatches: readonly Rec[] = [];
  return {
    name: 'order_payments',
    format: 'csv',
    columns: SOURCE_COLUMNS.order_payments,
    id: ({ charge_id }) => String(charge_id),
    next(today) {
      const day = market(today);
      mismatches = day.mismatches;
      return byTime(day.charges, 'paid_ts');
    },
    truth: {
      file: 'order_mismatches.csv',
      columns: ['kind', 'order_id', 'expected', 'found'],
      rows: () => mismatches,
    },
  };
}
