/** The faults of the side of money, as in assertion-faults.ts. */

export const MONEY_ROW_FAULTS: Readonly<Record<string, string>> = {
  'dim_fx_rate: rate_date <= date_day': 'rate_date = date_day + 1',
  'fct_payments: amount_usd >= 0 and fee_usd >= 0': 'fee_usd = -1, net_usd = revenue_usd + 1',
  "fct_payments: case status when 'success' then revenue_usd >= 0 when 'refund' then revenue_usd <= 0 else revenue_usd = 0 and tax_usd = 0 end":
    "status = 'failed', revenue_usd = 10, net_usd = 10 - fee_usd",
  'fct_payments: abs(net_usd - (revenue_usd - fee_usd)) < 0.005': 'net_usd = net_usd + 0.01',
  'fct_order_payments: charged_usd >= 0 and refunded_usd >= 0': 'refunded_usd = -0.01',
  'fct_order_status: valid_from < valid_to': 'valid_to = valid_from',
  "fct_order_status: is_current = (valid_to = date '9999-12-31')": 'is_current = not is_current',
  'fct_orders: charged >= 0 and refunded >= 0': 'refunded = -0.01',
  'fct_orders: is_paid or paid_ts is null': 'is_paid = false, paid_ts = order_ts',
  'mart_customer_health: sessions_30d >= 0 and open_tickets >= 0': 'open_tickets = -1',
  'mart_daily_kpis: dau <= events': 'dau = events + 1',
  'mart_daily_kpis: paying_subscribers is null or paying_subscribers <= active_subscribers':
    'paying_subscribers = active_subscribers + 1',
  'mart_mrr_movements_monthly: new_mrr_usd >= 0 and reactivation_mrr_usd >= 0 and expansion_mrr_usd >= 0 and contraction_mrr_usd >= 0 and churn_mrr_usd >= 0':
    'contraction_mrr_usd = -30',
  'mart_operations: is_reconciled': 'unaccounted_rows = 1, is_reconciled = false',
  'mart_revenue_daily: subscription_revenue_usd >= 0 and subscription_refunds_usd >= 0 and order_revenue_usd >= 0 and order_refunds_usd >= 0':
    'subscription_refunds_usd = -10',
  'mart_transaction_anomalies: is_amount_outlier or is_burst or is_large_amount':
    'is_amount_outlier = false, is_burst = false, is_large_amount = false',
  'mart_transaction_anomalies: not is_amount_outlier or history_transactions >= 10':
    'is_amount_outlier = true, history_transactions = 9',
  'mart_transaction_anomalies: not is_burst or transactions_in_window > 10':
    'is_burst = true, transactions_in_window = 10',
  'mart_transaction_daily: anomalies <= transactions': 'anomalies = transactions + 1',
  'mart_transaction_daily: anomaly_amount_usd <= amount_usd': 'anomaly_amount_usd = amount_usd + 0.01',
};

export const MONEY_FAULTS: Readonly<Record<string, readonly string[]>> = {
  kpis_agree_with_facts: [
    'update marts.mart_daily_kpis set mrr_usd = mrr_usd + 0.01 where date_day = (select min(date_day) from marts.mart_daily_kpis)',
  ],
  mrr_rolls_forward: [
    'update marts.mart_mrr_movements_monthly set expansion_mrr_usd = expansion_mrr_usd + 0.01 where month_start = (select min(month_start) from marts.mart_mrr_movements_monthly)',
  ],
  no_negative_prices_or_quantities: ['update silver.silver_orders set quantity = 0 where rowid = 0'],
  orders_reconcile: [
    'update analytics.fct_orders set is_reconciled = false, charged = 0, charge_difference_usd = -total_usd',
  ],
};

/** `references_<table>_<column>`: the name holds both. */
export const MONEY_FAULTS_OF_SOURCES: readonly [RegExp, (name: string) => readonly string[]][] = [
  [
    /^references_((?:payments|orders|order_payments|transactions)_.+)$/,
    (name) => {
      const source = ['order_payments', 'payments', 'orders', 'transactions'].find((one) =>
        name.startsWith(`${one}_`),
      )!;
      const column = name.slice(source.length + 1);
      return [`update silver.silver_${source} set ${column} = 'nobody' where rowid = 0`];
    },
  ],
];
