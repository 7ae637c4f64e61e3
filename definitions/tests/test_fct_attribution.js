// Without payments the model has no such input.
if (contract.has('touches') && contract.has('payments') && contract.has('fx_rates')) {
  const number = (value) => sql.cast(String(value), 'number');
  const touch = (position, channel, day) =>
    `select 't${position}' as touch_id, 'u1' as person_id, '${channel}' as channel, '(none)' as campaign, ${position} as touch_number,
      date '2026-01-0${day}' as touch_date`;
  const share = (name, [millionths, usd]) =>
    `${millionths} as ${name}_millionths, ${number(usd)} as ${name}_revenue_usd`;
  const shares = (position, channel, values) => {
    const byModel = attribution.MODELS.map(({ name }, i) => share(name, values[i])).join(', ');
    return `select 'u1' as user_id, ${position} as touch_number, '${channel}' as channel, '(none)' as campaign, 3 as touches,
      true as is_conversion, ${byModel}, date '2026-01-03' as conversion_date`;
  };

  test('three touches share a conversion and ten dollars and a cent, and the fourth came too late')
    .dataset({ schema: 'analytics', name: 'fct_attribution' })
    .input('fct_user_lifecycle', "select 'u1' as user_id, date '2026-01-03' as first_paid_date")
    .input(
      'fct_payments',
      `select 'u1' as user_id, 'success' as status, ${number(10.01)} as revenue_usd, date '2026-01-03' as payment_date`,
    )
    .input(
      'fct_touches',
      [touch(1, 'ads', 1), touch(2, 'email', 2), touch(3, 'social', 3), touch(4, 'ads', 4)].join('\n    union all '),
    )
    .expect(
      [
        shares(1, 'ads', [
          [1000000, 10.01],
          [0, 0],
          [333333, 3.33],
          [400000, 4],
        ]),
        shares(2, 'email', [
          [0, 0],
          [0, 0],
          [333334, 3.34],
          [200000, 2],
        ]),
        shares(3, 'social', [
          [0, 0],
          [1000000, 10.01],
          [333333, 3.34],
          [400000, 4.01],
        ]),
      ].join('\n    union all '),
    );
}
