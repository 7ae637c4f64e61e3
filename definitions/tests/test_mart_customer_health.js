const number = (x) => sql.cast(String(x), 'number');
const hasPayments = !model.disabled('payments', 'fx_rates');
const hasTickets = !model.disabled('support_tickets');

/** The last state of a user, the sessions on each of so many days, and the score of them with three open tickets and 1,000 dollars paid. */
function health(name, { isActive, isCancelled, isChurned, sessionDays }, { sessions, expected }) {
  const score = expected + (hasTickets ? -21 : 0) + (hasPayments ? 20 : 0);
  const band = score >= 70 ? 'healthy' : score < 40 ? 'at_risk' : 'watch';
  const asked = test(name)
    .dataset({ schema: 'marts', name: 'mart_customer_health' })
    .input('dim_date', `select date '2026-02-28' as date_day, true as is_last_day`)
    .input(
      'fct_subscriptions_daily',
      `select 'u' as user_id, 'pro' as plan_id, ${number(isActive ? 49 : 0)} as mrr_usd, ${isActive} as is_active,
        ${isCancelled} as is_cancelled, ${isChurned} as is_churned, date '2026-02-28' as date_day`,
    )
    .input(
      'silver_events',
      sessionDays
        .map((day, i) => `select 'u' as user_id, 's${i}' as session_id, date '${day}' as event_date`)
        .join(' union all '),
    );
  if (hasTickets) {
    asked.input(
      'silver_support_tickets',
      [1, 2, 3]
        .map((n) => `select 'u' as user_id, ${n} as ticket_id, ${sql.cast('null', 'timestamp')} as resolved_ts`)
        .join(' union all '),
    );
  }
  if (hasPayments) asked.input('fct_payments', `select 'u' as user_id, ${number(1000)} as net_usd`);
  asked.expect(
    `select 'u' as user_id, 'pro' as plan_id, ${number(score)} as health_score, '${band}' as health_band, ${sessions} as sessions_30d,
      ${hasTickets ? 3 : 0} as open_tickets, ${number(isActive ? 49 : 0)} as mrr_usd, ${number(hasPayments ? 1000 : 0)} as net_revenue_usd,
      ${isCancelled || isChurned} as is_cancelled, date '2026-02-28' as date_day`,
  );
}

// 55 + 2 * 2: the window has the 30th of January, and not the day before.
health(
  'health counts the sessions of thirty days, and at most 400 dollars',
  { isActive: true, isCancelled: false, isChurned: false, sessionDays: ['2026-01-29', '2026-01-30', '2026-02-28'] },
  { sessions: 2, expected: 59 },
);
health(
  'whoever cancelled has 25 less, from the day of the cancel on',
  { isActive: true, isCancelled: true, isChurned: false, sessionDays: ['2026-02-28'] },
  { sessions: 1, expected: 32 },
);
