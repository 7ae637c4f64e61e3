import type { Patch } from '../worlds.ts';

/** All sections of sources, so that a tiny world has something of each. */
export const ALL: Patch = {
  accounts: { change_rate: 0.004 },
  payments: { tax_rates: { GB: 0.2, DE: 0.19 }, refund_rate: 0.5 },
  support_tickets: {},
  touches: {
    mean_before_signup: 2.5,
    anonymous_per_day: 3,
    channels: { paid_search: { cost_usd: 2, campaigns: { brand: 1, generic: 2 } } },
  },
  marketplace: { orders: { per_account_day: 0.2 }, payments: { unreconciled_rate: 0.05, failure_rate: 0.1 } },
  transactions: { anomalies: { outlier_rate: 0.002, burst_rate: 0.001, large_rate: 0.001 } },
  candidates: { per_day: 10 },
};
