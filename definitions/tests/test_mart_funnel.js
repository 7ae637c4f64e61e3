// Without touches the model has no such input.
if (contract.has('touches')) {
  const user = (start, activated, paid, isRetained) =>
    `select 'ads' as signup_channel, date '2026-01-05' as signup_date, ${start} as first_start_date, ${activated} as activated_date,
      ${paid} as first_paid_date, ${isRetained} as is_retained`;
  const day = "date '2026-01-06'";
  const none = 'cast(null as date)';

  test('who paid without being active does not count as paid, and a visitor is counted by the first touch')
    .dataset({ schema: 'marts', name: 'mart_funnel' })
    .input(
      'fct_user_lifecycle',
      [
        user(day, day, day, 'true'),
        user(day, none, day, 'true'),
        user(none, none, none, sql.cast('null', 'boolean')),
      ].join('\n    union all '),
    )
    .input(
      'fct_touches',
      `select 'ads' as channel, 1 as touch_number, false as is_user, date '2026-01-31' as touch_date
      union all select 'email', 2, false, date '2026-02-01'
      union all select 'ads', 1, true, date '2026-01-31'`,
    )
    .expect(
      `select 'ads' as channel, 4 as visitors, 3 as signups, 2 as subscribed, 1 as activated, 1 as paid, 1 as paid_observed, 1 as retained,
        ${sql.div('3', '4')} as signup_rate, ${sql.div('2', '3')} as subscription_rate, ${sql.div('1', '2')} as activation_rate,
        ${sql.div('1', '1')} as paid_rate, ${sql.div('1', '1')} as retention_rate, date '2026-01-01' as cohort_month`,
    );
}
