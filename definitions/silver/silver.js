// Publishes silver from the data contract: for each source of the data set a staging table with a verdict on every record, the accepted
// records, the rejected ones, and the assertion that no row was lost on the way. Of a canonical source that the data set lacks only the
// accepted records are there, disabled with the reason: that is the table which models downstream name.
const STAGING_COLUMNS = {
  row_hash: 'Hash of the raw record.',
  record_no: 'Which of the records that the contract makes of a raw row, from 1.',
  is_late: 'True when the record arrived later than the contract allows; null when the source has no time of receipt.',
  lateness_seconds: 'Whole seconds from event to receipt; null when the source has no time of receipt.',
  verdict: 'accepted, rejected, or duplicate of a record with the same grain that was received later.',
  reasons: 'Every reason against the record as column:code, each closed by a semicolon; empty when there is none.',
  flags:
    'What is odd about the record and no reason to reject it, as column:code, each closed by a semicolon; empty when there is nothing.',
  raw: 'The line as it stands in the file; kept for rejected records only.',
  source_file: 'File that the row was read from.',
  line_no: 'Line of the file, from 1.',
  batch_id: 'Load that brought the row.',
  loaded_at: 'When it was loaded (UTC).',
};
const pick = (source, names) => Object.fromEntries(names.map((name) => [name, source[name]]));

/** The table of a source that the data set lacks: its columns are documented, its query is never run. */
function publishAbsent(source, columns) {
  const grain = [Object.keys(columns)[0]];
  publish(`silver_${source}`, {
    type: 'table',
    schema: 'silver',
    description: `One row per accepted record of ${source}. Not available in the data set ${contract.name}.`,
    columns: Object.fromEntries(Object.entries(columns).map(([name, { description }]) => [name, description])),
    tags: ['silver'],
    disabled: true,
    metadata: model.metadata({ grain, needs: [source] }),
    assertions: { uniqueKey: grain },
  }).query('select 1 as unavailable');
}

for (const [source, columns] of Object.entries(contract.canonical)) {
  if (!contract.has(source)) publishAbsent(source, columns);
}

for (const source of contract.sources) {
  const columns = contract.canonical[source] ?? {};
  const spec = contract.contracts[source];
  const { owner, grain } = spec;
  const mapped = Object.entries(spec.columns).filter(([, column]) => column.personal !== 'drop');
  // Columns of the canonical contract that this data set does not map stay there, as nulls, so that models downstream hold.
  const unmapped = Object.entries(columns).filter(([name]) => !mapped.some(([column]) => column === name));
  const descriptions = {
    ...Object.fromEntries(mapped.map(([name, column]) => [name, checks.describeColumn(column)])),
    ...Object.fromEntries(
      unmapped.map(([name, column]) => [name, `${column.description} Not available in the data set ${contract.name}.`]),
    ),
  };
  const isEvents = source === 'events';
  const rules = checks.describeRules(spec);
  const books = { ...STAGING_COLUMNS, reasons: [STAGING_COLUMNS.reasons, rules].filter(Boolean).join(' ') };
  const typedUnder = {
    contract_hash: 'What the contract said when the record was typed, as a hash: under another one it is typed again.',
    ...(spec.lookups ? { references_hash: 'What the references held then, as a hash.' } : {}),
  };
  const generation = { column: 'contract_hash', value: staging.contractHash(spec) };

  publish(`stg_${source}`, {
    type: 'incremental',
    schema: 'silver',
    uniqueKey: ['row_hash', 'record_no'],
    description: `One row per record of bronze, typed, with all reasons against it and a verdict. ${spec.description}`,
    columns: {
      ...pick(
        descriptions,
        mapped.map(([name]) => name),
      ),
      ...books,
      ...typedUnder,
    },
    tags: ['silver'],
    metadata: model.metadata({ grain: ['row_hash', 'record_no'], owner, generation }),
    assertions: { uniqueKey: ['row_hash', 'record_no'] },
  })
    .query((ctx) =>
      staging.staging(spec, (name) => ctx.ref('bronze', name), ctx.incremental() ? ctx.self() : undefined),
    )
    .postOps((ctx) =>
      ctx.when(
        ctx.incremental(),
        staging.deleteOutdated(spec, (name) => ctx.ref('bronze', name), ctx.self()),
      ),
    );

  // Only events grow without end, and only their days are worth replacing alone.
  const isByDay = isEvents && spec.columns.event_ts?.required;
  const byDay = isByDay
    ? {
        type: 'incremental',
        incrementalStrategy: 'INSERT_OVERWRITE',
        bigquery: { partitionBy: 'event_date', clusterBy: ['user_id'] },
      }
    : { type: 'table', ...(isEvents ? { bigquery: { partitionBy: 'event_date', clusterBy: ['user_id'] } } : {}) };
  const eventDay = sql.toDate('event_ts');
  const accepted = (ctx) => `${ctx.ref('silver', `stg_${source}`)} where verdict = 'accepted'`;
  const sameRow = days.content([...staging.PLACE, ...grain, ...Object.keys(typedUnder)]);
  const accepts = publish(`silver_${source}`, {
    ...byDay,
    schema: 'silver',
    description: spec.description,
    columns: {
      ...descriptions,
      ...(isEvents
        ? { event_date: 'Day on which it happened (UTC).', received_date: 'Day on which it arrived (UTC).' }
        : {}),
      ...pick(STAGING_COLUMNS, [
        'is_late',
        'lateness_seconds',
        'flags',
        'row_hash',
        'source_file',
        'line_no',
        'batch_id',
        'loaded_at',
      ]),
      ...(isByDay ? typedUnder : {}),
    },
    tags: ['silver'],
    metadata: model.metadata({ grain, owner, ...(isByDay ? { generation } : {}) }),
    assertions: { uniqueKey: grain },
  }).query(
    (ctx) => `
select
  ${[
    ...mapped.map(([name]) => name),
    ...unmapped.map(([name, column]) => `${sql.cast('null', column.type)} as ${name}`),
    ...(isEvents
      ? [
          `${eventDay} as event_date`,
          `${sql.toDate(contract.maps('events', 'received_ts') ? 'received_ts' : 'event_ts')} as received_date`,
        ]
      : []),
    'is_late',
    'lateness_seconds',
    'flags',
    'row_hash',
    'source_file',
    'line_no',
    'batch_id',
    'loaded_at',
    ...(isByDay ? Object.keys(typedUnder) : []),
  ].join(',\n  ')}
from ${accepted(ctx)}${ctx.when(
      ctx.incremental(),
      ` and ${eventDay} in (${days.changed(
        { from: `(select * from ${accepted(ctx)}) as accepted`, day: eventDay, content: sameRow },
        { from: ctx.self(), day: 'event_date', content: sameRow },
      )})`,
    )}`,
  );
  if (isByDay) {
    accepts.postOps((ctx) =>
      ctx.when(
        ctx.incremental(),
        days.deleteEmptied(ctx.self(), 'event_date', `(select * from ${accepted(ctx)}) as accepted`, eventDay),
      ),
    );
  }

  publish(`rejects_${source}`, {
    type: 'table',
    schema: 'silver',
    description: `One row per rejected record of ${source}: the raw text and every reason.`,
    columns: pick(books, [
      'row_hash',
      'record_no',
      'reasons',
      'flags',
      'raw',
      'source_file',
      'line_no',
      'batch_id',
      'loaded_at',
    ]),
    tags: ['silver', 'rejects'],
    metadata: model.metadata({ grain: ['row_hash', 'record_no'], owner }),
    assertions: { uniqueKey: ['row_hash', 'record_no'] },
  }).query(
    (ctx) => `
select row_hash, record_no, reasons, flags, raw, source_file, line_no, batch_id, loaded_at
from ${ctx.ref('silver', `stg_${source}`)}
where verdict = 'rejected'`,
  );

  assert(`rows_accounted_${source}`, {
    schema: 'assertions',
    description: `No row of ${source} is lost, file by file and day by day: rows read = accepted + rejected + duplicates.`,
    tags: ['silver'],
    metadata: model.metadata({ grain: [], owner }),
  }).query((ctx) =>
    accounts.differences(spec, {
      files: ctx.ref('ops', 'load_files'),
      bronze: ctx.ref('bronze', source),
      staging: ctx.ref('silver', `stg_${source}`),
      silver: ctx.ref('silver', `silver_${source}`),
      rejects: ctx.ref('silver', `rejects_${source}`),
    }),
  );
}
