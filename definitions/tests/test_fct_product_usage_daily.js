// Dataform's own compiler refuses tests of incremental tables.
if (sql.testsIncremental) {
  const model = { schema: 'analytics', name: 'fct_product_usage_daily' };
  const all = (...rows) => rows.join('\n    union all');
  const at = (day) => sql.toTimestamp(`date '${day}'`);
  const contentOf = (...events) => `(select ${usage.content} from (${all(...events)}) as rows_of_the_day)`;
  const event = (hash, day, { session = 's1', type = 'login', late = 'false', value = 'null' } = {}) => `
    select '${hash}' as row_hash, 'u1' as user_id, date '${day}' as event_date, '${session}' as session_id, '${type}' as event_type,
      ${sql.cast(late, 'boolean')} as is_late, ${sql.cast(value, 'number')} as event_value, ${at(day)} as event_ts`;
  const ONE = { events: 1, sessions: 1, event_types: 1, tickets: 0, failed_payments: 0, late_events: 0 };
  const counted = (counts) => Object.entries({ ...ONE, ...counts }).map(([name, n]) => `${n} as ${name}`);
  const row = (day, counts, mean, content) => `
    select 'u1' as user_id, date '${day}' as date_day, ${counted(counts).join(', ')},
      ${sql.cast(mean, 'number')} as event_value_mean, ${at(day)} as first_event_ts, ${at(day)} as last_event_ts, ${content} as day_content`;

  const day = [
    event('a', '2026-01-01', { type: 'page_view', value: '2' }),
    event('b', '2026-01-01', { late: 'true' }),
    event('c', '2026-01-01', { session: 's2', late: 'null', value: '4' }),
  ];
  test('a late event counts on the day on which it happened')
    .dataset(model)
    .input('silver_events', all(...day))
    .expect(row('2026-01-01', { events: 3, sessions: 2, event_types: 2, late_events: 1 }, '3', contentOf(...day)));

  // Rows of before have a number of events that none can have, so that it shows which they are.
  const same = event('a', '2026-01-01');
  const grown = [event('b', '2026-01-02'), event('late', '2026-01-02')];
  const added = event('d', '2026-01-03');
  test('a day with other events than before is made again, and no other')
    .dataset(model)
    .input('silver_events', all(same, ...grown, added))
    .input(
      ['analytics', 'fct_product_usage_daily'],
      all(
        row('2026-01-01', { events: 77 }, 'null', contentOf(same)),
        row('2026-01-02', { events: 77 }, 'null', contentOf(grown[0])),
      ),
    )
    .expect(
      all(
        row('2026-01-01', { events: 77 }, 'null', contentOf(same)),
        row('2026-01-02', { events: 2 }, 'null', contentOf(...grown)),
        row('2026-01-03', {}, 'null', contentOf(added)),
      ),
    );
}
