// A test of the synthetic data set only: other data sets map other columns. Dataform's own compiler refuses tests of incremental tables.
if (contract.name === 'synthetic' && sql.testsIncremental) {
  const record = (received) =>
    JSON.stringify({
      event_id: 'e1',
      user_id: 'u1',
      session_id: 's1',
      event_type: 'login',
      event_ts: '2026-01-01T00:00:00Z',
      received_ts: received,
    });
  const bronze = (hash, received) => `
    select '${hash}' as row_hash, 'events/a.jsonl' as source_file, 1 as line_no, 'b1' as batch_id,
      date '2026-01-03' as loaded_at, ${sql.text(record(received))} as raw, ${sql.cast('null', 'string')} as parsed,
      ${sql.cast('null', 'string')} as problem`;
  const staged = (hash, received, late, seconds, verdict) => `
    select '${hash}' as row_hash, 1 as record_no, 'e1' as event_id, 'u1' as user_id, 's1' as session_id,
      ${sql.cast('null', 'string')} as device_id, 'login' as event_type, ${sql.cast('null', 'string')} as channel,
      ${sql.cast('null', 'string')} as country, ${sql.cast('null', 'string')} as ui_variant, ${sql.cast('null', 'number')} as event_value,
      ${sql.cast(sql.text('2026-01-01 00:00:00+00'), 'timestamp')} as event_ts,
      ${sql.cast(sql.text(received), 'timestamp')} as received_ts,
      ${late} as is_late, ${seconds} as lateness_seconds, '${verdict}' as verdict, '' as reasons, '' as flags, ${sql.cast('null', 'string')} as raw,
      'events/a.jsonl' as source_file, 1 as line_no, 'b1' as batch_id, date '2026-01-03' as loaded_at,
      '${staging.contractHash(contract.contracts.events)}' as contract_hash`;

  // An hour is in time, a second more is late; of one event the record that was received last counts.
  test('of two records of an event the last one received is accepted, and late after more than an hour')
    .dataset({ schema: 'silver', name: 'stg_events' })
    .input({ schema: 'bronze', name: 'events' }, () =>
      [bronze('first', '2026-01-01T01:00:00Z'), bronze('second', '2026-01-01T01:00:01Z')].join('\n    union all'),
    )
    .expect(() =>
      [
        staged('second', '2026-01-01 01:00:01+00', 'true', 3601, 'accepted'),
        staged('first', '2026-01-01 01:00:00+00', 'false', 3600, 'duplicate'),
      ].join('\n    union all'),
    );

  // The record that is new outranks the one that is there; the verdict of that changes too, and what no event of the run touches stays.
  test('a record that arrives later makes the one that was accepted a duplicate')
    .dataset({ schema: 'silver', name: 'stg_events' })
    .input({ schema: 'silver', name: 'stg_events' }, () =>
      staged('first', '2026-01-01 01:00:00+00', 'false', 3600, 'accepted'),
    )
    .input({ schema: 'bronze', name: 'events' }, () =>
      [bronze('first', '2026-01-01T01:00:00Z'), bronze('second', '2026-01-01T01:00:01Z')].join('\n    union all'),
    )
    .expect(() =>
      [
        staged('second', '2026-01-01 01:00:01+00', 'true', 3601, 'accepted'),
        staged('first', '2026-01-01 01:00:00+00', 'false', 3600, 'duplicate'),
      ].join('\n    union all'),
    );
}
