const at = (ts) => sql.constant(`2026-${ts}Z`, 'timestamp');
const number = (x) => sql.cast(String(x), 'number');

const states = (list) =>
  list
    .map(
      ([status, ts]) =>
        `select 'o' as order_id, 'a' as account_id, 'u' as user_id, 'p' as product_id, '${status}' as status, 'EUR' as currency,
        ${sql.cast('2', 'integer')} as quantity, ${number(5)} as unit_price, ${at(list[0][1])} as order_ts, ${at(ts)} as updated_ts`,
    )
    .join('\n    union all ');

/** An order with one charge of so many euros, for which it is 10 euros or 12 dollars. */
function order(name, list, { charged, refunded = 0 }, expected) {
  const reached = (status) => {
    const state = list.find(([one]) => one === status);
    return state ? at(state[1]) : sql.cast('null', 'timestamp');
  };
  test(name)
    .dataset({ schema: 'analytics', name: 'fct_orders' })
    .input('silver_orders', states(list))
    .input(
      'fct_order_payments',
      `select 'o' as order_id, 'success' as status, 'EUR' as currency, ${number(charged)} as charged, ${number(refunded)} as refunded,
        ${number(charged * 1.2)} as charged_usd, ${number(refunded * 1.2)} as refunded_usd`,
    )
    .input('dim_fx_rate', `select 'EUR' as currency, ${number(1.2)} as usd_per_unit, date '2026-01-01' as date_day`)
    .expect(
      `select 'o' as order_id, 'a' as account_id, 'u' as user_id, 'p' as product_id, '${list.at(-1)[0]}' as current_status, 'EUR' as currency,
        2 as quantity, ${number(5)} as unit_price, ${number(10)} as total, ${number(12)} as total_usd,
        ${number(charged)} as charged, ${number(refunded)} as refunded, ${number(charged * 1.2)} as charged_usd, ${number(refunded * 1.2)} as refunded_usd,
        ${number(expected.charge)} as charge_difference_usd, ${number(expected.refund)} as refund_difference_usd, 0 as failed_charges,
        ${expected.isPaid} as is_paid, ${expected.isReconciled} as is_reconciled, date '2026-01-01' as order_date, ${at(list[0][1])} as order_ts,
        ${['paid', 'shipped', 'delivered', 'returned', 'cancelled'].map((status) => `${reached(status)} as ${status}_ts`).join(', ')}`,
    );
}

const PLACED = ['placed', '01-01T10:00:00'];
order(
  'what is charged before the order is paid is too much',
  [PLACED],
  { charged: 10 },
  { charge: 12, refund: 0, isPaid: false, isReconciled: false },
);
order(
  'a paid order is charged its quantity times its price',
  [PLACED, ['paid', '01-02T10:00:00']],
  { charged: 10 },
  { charge: 0, refund: 0, isPaid: true, isReconciled: true },
);
order(
  'a returned order is paid back as a whole',
  [PLACED, ['paid', '01-02T10:00:00'], ['shipped', '01-03T10:00:00'], ['returned', '01-09T10:00:00']],
  { charged: 10, refunded: 5 },
  { charge: 0, refund: -6, isPaid: true, isReconciled: false },
);
