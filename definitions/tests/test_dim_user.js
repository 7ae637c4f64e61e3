// Other data sets have other attributes, and a test names every column.
if (contract.name === 'synthetic') {
  const at = (ts) => sql.constant(ts, 'timestamp');
  const snapshot = (role, updated, hash) =>
    `select 'u1' as user_id, 'A' as account_id, 'ads' as signup_channel, 'DE' as country, '${role}' as role,
      ${at('2026-01-01T10:00:00Z')} as created_ts, ${at(updated)} as updated_ts, '${hash}' as row_hash`;
  const version = (role, isCurrent, from, to) =>
    `select 'u1' as user_id, 'A' as account_id, 'ads' as signup_channel, 'DE' as country, '${role}' as role, ${isCurrent} as is_current,
      date '2026-01-01' as signup_date, date '${from}' as valid_from, date '${to}' as valid_to`;

  test('a version begins on the day of a change, and the last snapshot of a day is that of the day')
    .dataset({ schema: 'analytics', name: 'dim_user' })
    .input(
      'silver_users',
      [
        snapshot('member', '2026-01-01T10:00:00Z', 'a'),
        snapshot('viewer', '2026-01-05T23:59:59Z', 'b'),
        snapshot('admin', '2026-01-05T09:00:00Z', 'c'),
        snapshot('viewer', '2026-01-07T09:00:00Z', 'd'),
      ].join('\n    union all '),
    )
    .expect(
      [version('member', false, '2026-01-01', '2026-01-05'), version('viewer', true, '2026-01-05', '9999-12-31')].join(
        '\n    union all ',
      ),
    );
}
