// Publishes, for each source whose contract says when it is stale, an assertion that it is not: one that warns, one that fails the run.
const timeOf = ({ received_time: received, event_time: event, columns }) => {
  const column = received ?? event;
  return columns[column].type === 'date' ? sql.toTimestamp(column) : column;
};
const limited = contract.sources.map((source) => contract.contracts[source]).filter(({ freshness }) => freshness);
const newest = (ctx, spec) =>
  `select max(${timeOf(spec)}) as newest from ${ctx.ref('silver', `silver_${spec.source}`)}`;

for (const spec of limited) {
  const { source, owner, freshness } = spec;
  const isClock = freshness.measured_from === 'now';
  for (const [severity, name, hours] of [
    ['warn', `fresh_${source}_warning`, freshness.warn_after_hours],
    ['error', `fresh_${source}`, freshness.error_after_hours],
  ]) {
    if (hours === undefined) continue;
    assert(name, {
      schema: 'assertions',
      description: `The newest row of ${source} is at most ${hours} h older than ${isClock ? 'now' : 'the newest row of all sources'}.`,
      tags: ['silver', 'freshness'],
      metadata: model.metadata({ grain: [], owner, severity }),
    }).query(
      (ctx) => `
with own as (
  ${newest(ctx, spec)}
),
latest as (
  ${isClock ? 'select current_timestamp as latest' : `select max(newest) as latest from (${limited.map((other) => newest(ctx, other)).join(' union all ')}) as sources`}
)
select ${sql.text(`${source} has no row of the last ${hours} h`)} as message, own.newest, latest.latest
from own cross join latest
where own.newest is null or ${sql.secondsBetween('latest.latest', 'own.newest')} > ${hours * 3600}`,
    );
  }
}
