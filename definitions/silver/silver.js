// Publishes silver from the data contract: for each canonical source a staging table with a verdict on every record, the accepted
// records, the rejected ones, and the assertion that no row was lost on the way.
const STAGING_COLUMNS = {
  row_hash: 'Hash of the raw record.',
  record_no: 'Which of the records that the contract makes of a raw row, from 1.',
  is_late: 'True when the record arrived later than the contract allows; null when the source has no time of receipt.',
  lateness_seconds: 'Whole seconds from event to receipt; null when the source has no time of receipt.',
  verdict: 'accepted, rejected, or duplicate of a record with the same grain that was received later.',
  reasons: 'Every reason against the record as column:code, each closed by a semicolon; empty when there is none.',
  raw: 'The line as it stands in the file; kept for rejected records only.',
  source_file: 'File that the row was read from.',
  line_no: 'Line of the file, from 1.',
  batch_id: 'Load that brought the row.',
  loaded_at: 'When it was loaded (UTC).',
};
// The query of a disabled model: it is never run.
const NOTHING = 'select 1 as unavailable';
const pick = (source, names) => Object.fromEntries(names.map((name) => [name, source[name]]));

for (const [source, columns] of Object.entries(contract.canonical)) {
  const spec = contract.contracts[source];
  const available = contract.has(source);
  const disabled = !available;
  const owner = spec ? spec.owner : 'analytics';
  const properties = (grain) => model.metadata({ grain, owner, needs: [source] });
  const mapped = spec ? Object.entries(spec.columns).filter(([, column]) => column.personal !== 'drop') : [];
  // Columns of the canonical contract that this data set does not map stay there, as nulls, so that models downstream hold.
  const unmapped = Object.entries(columns).filter(([name]) => !mapped.some(([column]) => column === name));
  const descriptions = {
    ...Object.fromEntries(mapped.map(([name, column]) => [name, column.description])),
    ...Object.fromEntries(
      unmapped.map(([name, column]) => [name, `${column.description} Not available in the data set ${contract.name}.`]),
    ),
  };
  const grain = spec ? spec.grain : [Object.keys(columns)[0]];
  const isEvents = source === 'events';

  publish(`stg_${source}`, {
    type: 'table',
    schema: 'silver',
    description:
      `One row per record of bronze, typed, with all reasons against it and a verdict. ${spec ? spec.description : ''}`.trim(),
    columns: {
      ...pick(
        descriptions,
        mapped.map(([name]) => name),
      ),
      ...STAGING_COLUMNS,
    },
    tags: ['silver'],
    disabled,
    metadata: properties(['row_hash', 'record_no']),
    assertions: { uniqueKey: ['row_hash', 'record_no'] },
  }).query((ctx) => (available ? silver.staging(spec, (name) => ctx.ref('bronze', name)) : NOTHING));

  publish(`silver_${source}`, {
    type: 'table',
    schema: 'silver',
    description: spec ? spec.description : `Accepted records of ${source}.`,
    columns: {
      ...descriptions,
      ...(isEvents
        ? { event_date: 'Day on which it happened (UTC).', received_date: 'Day on which it arrived (UTC).' }
        : {}),
      ...pick(STAGING_COLUMNS, [
        'is_late',
        'lateness_seconds',
        'row_hash',
        'source_file',
        'line_no',
        'batch_id',
        'loaded_at',
      ]),
    },
    tags: ['silver'],
    disabled,
    metadata: properties(grain),
    assertions: { uniqueKey: grain },
    ...(isEvents ? { bigquery: { partitionBy: 'event_date', clusterBy: ['user_id'] } } : {}),
  }).query((ctx) =>
    available
      ? `
select
  ${[
    ...mapped.map(([name]) => name),
    ...unmapped.map(([name, column]) => `${sql.cast('null', column.type)} as ${name}`),
    ...(isEvents
      ? [
          `${sql.toDate('event_ts')} as event_date`,
          `${sql.toDate(contract.maps('events', 'received_ts') ? 'received_ts' : 'event_ts')} as received_date`,
        ]
      : []),
    'is_late',
    'lateness_seconds',
    'row_hash',
    'source_file',
    'line_no',
    'batch_id',
    'loaded_at',
  ].join(',\n  ')}
from ${ctx.ref('silver', `stg_${source}`)}
where verdict = 'accepted'`
      : NOTHING,
  );

  publish(`rejects_${source}`, {
    type: 'table',
    schema: 'silver',
    description: `One row per rejected record of ${source}: the raw text and every reason.`,
    columns: pick(STAGING_COLUMNS, [
      'row_hash',
      'record_no',
      'reasons',
      'raw',
      'source_file',
      'line_no',
      'batch_id',
      'loaded_at',
    ]),
    tags: ['silver', 'rejects'],
    disabled,
    metadata: properties(['row_hash', 'record_no']),
    assertions: { uniqueKey: ['row_hash', 'record_no'] },
  }).query((ctx) =>
    available
      ? `
select row_hash, record_no, reasons, raw, source_file, line_no, batch_id, loaded_at
from ${ctx.ref('silver', `stg_${source}`)}
where verdict = 'rejected'`
      : NOTHING,
  );

  assert(`rows_accounted_${source}`, {
    schema: 'assertions',
    description: `No row of ${source} is lost: rows read = rows in bronze + duplicates at load, and every row of bronze has a verdict.`,
    tags: ['silver'],
    disabled,
    metadata: properties([]),
  }).query((ctx) =>
    available
      ? `
with files as (
  select coalesce(sum(rows_read), 0) as rows_read, coalesce(sum(duplicates), 0) as duplicates
  from ${ctx.ref('ops', 'load_files')}
  where source = ${sql.text(source)}
),
bronze as (
  select count(*) as n from ${ctx.ref('bronze', source)}
),
staging as (
  select count(*) as records, count(distinct row_hash) as n from ${ctx.ref('silver', `stg_${source}`)}
),
verdicts as (
  select
    (select count(*) from ${ctx.ref('silver', `silver_${source}`)}) as accepted,
    (select count(*) from ${ctx.ref('silver', `rejects_${source}`)}) as rejected,
    (select count(*) from ${ctx.ref('silver', `stg_${source}`)} where verdict = 'duplicate') as duplicate
)
select
  'rows read, bronze, staging and verdicts do not add up' as message,
  files.rows_read, files.duplicates as duplicates_at_load, bronze.n as bronze_rows, staging.n as staged_rows, staging.records,
  verdicts.accepted, verdicts.rejected, verdicts.duplicate
from files cross join bronze cross join staging cross join verdicts
where files.rows_read <> bronze.n + files.duplicates
  or staging.n <> bronze.n
  or staging.records <> verdicts.accepted + verdicts.rejected + verdicts.duplicate`
      : NOTHING,
  );
}
