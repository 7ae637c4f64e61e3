const number = (value) => sql.cast(String(value), 'number');
const at = (ts) => sql.constant(ts, 'timestamp');

/** One payment of the source, and what the fact says of it in US dollars: amount, revenue, fee, tax and net. */
function payment(name, { type = 'start', status, currency = 'EUR', amount, fee, tax, ts }, rate, dollars, isFirst) {
  const [usd, revenue, fees, taxes, net] = dollars.map(number);
  test(name)
    .dataset({ schema: 'analytics', name: 'fct_payments' })
    .input(
      'silver_payments',
      `select 'p1' as payment_id, 'u1' as user_id, '${type}' as invoice_type, '${status}' as status, '${currency}' as currency,
        ${number(amount)} as amount, ${number(fee)} as fee, ${number(tax)} as tax, ${at(ts)} as payment_ts`,
    )
    .input(
      'dim_fx_rate',
      `select 'EUR' as currency, ${number(1.1)} as usd_per_unit, date '2026-01-01' as date_day
      union all select 'EUR', ${number(1.2)}, date '2026-01-02'`,
    )
    .expect(
      `select 'p1' as payment_id, 'u1' as user_id, '${type}' as invoice_type, '${status}' as status, '${currency}' as currency,
        ${number(amount)} as amount, ${number(rate)} as usd_per_unit, ${usd} as amount_usd, ${revenue} as revenue_usd, ${fees} as fee_usd,
        ${taxes} as tax_usd, ${net} as net_usd, ${isFirst} as is_first_success, date '${ts.slice(0, 10)}' as payment_date, ${at(ts)} as payment_ts`,
    );
}

payment(
  'a success brings in its amount at the rate of its day, to the cent',
  { status: 'success', amount: 10.05, fee: 0.5, tax: 2, ts: '2026-01-01T23:59:59Z' },
  1.1,
  [11.06, 11.06, 0.55, 2.2, 10.51],
  true,
);
payment(
  'a failed attempt brings in nothing, and a day later has another rate',
  { type: 'renewal', status: 'failed', amount: 10, fee: 'null', tax: 2, ts: '2026-01-02T00:00:00Z' },
  1.2,
  [12, 0, 0, 0, 0],
  false,
);
payment(
  'a refund takes back the amount and its tax',
  { status: 'refund', amount: 4, fee: 0, tax: 0.8, ts: '2026-01-02T12:00:00Z' },
  1.2,
  [4.8, -4.8, 0, -0.96, -4.8],
  false,
);
// It is there all the same, for the assertion on amount_usd to find.
payment(
  'of a currency without a rate nothing is known but what the source says',
  { status: 'success', currency: 'XTS', amount: 10, fee: 0, tax: 0, ts: '2026-01-01T12:00:00Z' },
  'null',
  ['null', 'null', 0, 0, 'null'],
  true,
);
