const START = Date.UTC(2026, 0, 1);

/** Transactions of one account, each so many seconds after the first and of so many dollars. */
const transactions = (list) =>
  list
    .map(([seconds, usd], i) => {
      const ts = new Date(START + 1000 * seconds).toISOString();
      return `select 't${i}' as transaction_id, 'a' as account_id, ${sql.cast(String(usd), 'number')} as amount_usd,
        date '2026-01-01' as transaction_date, ${sql.constant(ts, 'timestamp')} as transaction_ts`;
    })
    .join('\n    union all ');
const number = (x) => sql.cast(String(x), 'number');

/** The only transaction that stands out, by its place in the list. */
function finds(name, list, found) {
  const [seconds, usd] = list[found.place];
  const ts = new Date(START + 1000 * seconds).toISOString();
  test(name)
    .dataset({ schema: 'marts', name: 'mart_transaction_anomalies' })
    .input('fct_transactions', transactions(list))
    .expect(
      `select 't${found.place}' as transaction_id, 'a' as account_id, '${found.rules}' as rules, ${number(usd)} as amount_usd,
        ${found.history} as history_transactions, ${number(found.mean)} as history_mean_usd, ${number(found.stddev)} as history_stddev_usd,
        ${number(found.deviations)} as deviations, ${found.inWindow} as transactions_in_window,
        ${found.rules.includes('amount_outlier')} as is_amount_outlier, false as is_burst, ${found.rules.includes('large_amount')} as is_large_amount,
        date '2026-01-01' as transaction_date, ${sql.constant(ts, 'timestamp')} as transaction_ts`,
    );
}

// The mean of the eleven before it is 12, their sum of squared deviations 160, so the standard deviation 4; three of them above are 24.
const USUAL = [8, 16, 8, 16, 8, 16, 8, 16, 8, 16, 12].map((usd, i) => [3600 * i, usd]);
finds(
  'an amount is held against what the account paid before it, and not against what came after',
  [...USUAL, [3600 * 11, 24.01], [3600 * 12, 24]],
  { place: 11, rules: 'amount_outlier', history: 11, mean: 12, stddev: 4, deviations: 3.0025, inWindow: 1 },
);
finds(
  'an amount above ten thousand dollars is large without any history, and ten within ten minutes are no burst',
  [[0, 10000.01], ...Array.from({ length: 9 }, (_, i) => [i + 1, 10000])],
  { place: 0, rules: 'large_amount', history: 0, mean: 'null', stddev: 'null', deviations: 'null', inWindow: 10 },
);
