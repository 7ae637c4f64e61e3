// @ts-check
/**
 * The staging table of a source. Three relations a source:
 *
 *   bronze.<source> -> silver.stg_<source> (every record, typed, with reasons, flags and a verdict)
 *                        -> silver.silver_<source>  (verdict accepted)
 *                        -> silver.rejects_<source> (verdict rejected; raw text and every reason)
 *
 * Records of the same grain are duplicates of the one that was received last.
 *
 * Staging is incremental, and holds after every run what it would hold if it were built anew. Typed again is what bronze has from another
 * load, and what was typed under another contract or with other references. Verdicts depend on other records of the grain, so they are
 * worked out again for the grains of what was typed and of what bronze no longer has. First the new rows are merged, then `outdated` ones
 * deleted: a run that is killed in between leaves rows that the next run finds again.
 *
 * @typedef {import('./silver').Contract} Contract
 * @typedef {(name: string) => string} Relation resolves a bronze table
 */
const canonical = require('./canonical');
const hash = require('./hash');
const silver = require('./silver');
const sql = require('./sql');

/** What makes a row of staging that of a row of bronze. */
const PLACE = ['row_hash', 'batch_id', 'source_file', 'line_no'];

/**
 * Every record of bronze with typed columns, all reasons against it and a verdict.
 *
 * @param {Contract} contract
 * @param {Relation} relation
 * @param {string} [self] the staging table; with it, the query gives only the records whose row there would be another
 */
function staging(contract, relation, self) {
  const under = Object.entries(typedUnder(contract, relation));
  const isFirst = self === undefined;
  // Snapshots do not grow as what happens does, and hold most records several times. Postgres works out a column each time that it is
  // named unless a sort comes between, BigQuery sorts on many machines.
  const isLong =
    isFirst && contract.event_time !== undefined && sql.by({ duckdb: true, postgres: false, bigquery: false });
  const order = [
    ...(contract.received_time ? [`${contract.received_time} desc nulls last`] : []),
    ...(contract.event_time ? [`${contract.event_time} desc nulls last`] : []),
    'row_hash',
    'record_no',
  ];
  return `
with ${isLong ? longHistory(contract, relation) : isFirst ? silver.typing(contract, relation(contract.source), relation) : whatChanged(contract, relation, self)},
ranked as (
  select
    shown.*,
    row_number() over (
      partition by (case when reasons = '' then 0 else 1 end), ${contract.grain.join(', ')}
      order by ${order.join(', ')}
    ) as duplicate_rank
  from ${isLong ? 'shown where is_contested' : isFirst ? 'shown' : 'together as shown'}${
    isLong ? '\n  union all\n  select shown.*, 1 as duplicate_rank from shown where not is_contested' : ''
  }
)
select
  row_hash,
  record_no,
  ${silver.shownColumns(contract).join(',\n  ')},
  is_late,
  lateness_seconds,
  case when reasons <> '' then 'rejected' when duplicate_rank > 1 then 'duplicate' else 'accepted' end as verdict,
  reasons,
  flags,
  raw,
  source_file,
  line_no,
  batch_id,
  loaded_at,
  ${under.map(([name, value]) => `${value} as ${name}`).join(',\n  ')}
from ranked`;
}

/**
 * `shown`: all records, each with whether another one has its grain. Ranks are only asked of those: a sort of all records with all of their
 * columns is most of the work, and needs the disk where memory is short. To know them, the columns of the grain alone are read first, and
 * compared by a hash: that two grains may share one only ranks more than is needed.
 * @param {Contract} contract @param {Relation} relation
 */
function longHistory(contract, relation) {
  const bronze = relation(contract.source);
  const { personal_data, rules, event_time, received_time, lateness, ...rest } = contract;
  const grainOnly = { ...rest, columns: pickColumns(contract.columns, contract.grain) };
  const rows = `(select bronze.*, contested.row_hash is not null as is_contested from ${bronze} as bronze left join contested on contested.row_hash = bronze.row_hash)`;
  return `grains as (
  with ${silver.typing(grainOnly, bronze, relation)}
  select row_hash, ${sql.hash(...contract.grain)} as grain_hash from shown
),
contested as (
  select distinct row_hash from grains
  where grain_hash in (select grain_hash from grains group by grain_hash having count(*) > 1)
),
${silver.typing(contract, rows, relation, { inlined: true, also: ['is_contested'] })}`;
}

/** @param {Contract['columns']} columns @param {string[]} names */
const pickColumns = (columns, names) => Object.fromEntries(names.map((name) => [name, columns[name]]));

/** `together`: the records that have to be typed, and those of the same grains that only need a verdict. @param {Contract} contract @param {Relation} relation @param {string} self */
function whatChanged(contract, relation, self) {
  const bronze = relation(contract.source);
  const under = Object.entries(typedUnder(contract, relation)).map(([name, value]) => `${name} = ${value}`);
  // A grain without a value has to meet itself; that it may meet others too only ranks more than is needed.
  const keys = contract.grain.map((name) =>
    contract.columns[name].required
      ? { name, of: (/** @type {string} */ table) => `${table}.${name}` }
      : { name, of: (/** @type {string} */ table) => `coalesce(${sql.cast(`${table}.${name}`, 'string')}, '')` },
  );
  const grain = (/** @type {string} */ table) => keys.map(({ name, of }) => `${of(table)} as ${name}`).join(', ');
  const names = ['row_hash', 'record_no', ...silver.shownColumns(contract), ...silver.SHOWN];
  return `differing as (
  select
    stored.row_hash as stored_hash, stored.record_no, stored.reasons, ${contract.grain.map((name) => `stored.${name}`).join(', ')},
    bronze.row_hash as fresh_hash
  from (select * from ${self} where ${under.join(' and ')}) as stored
  full join (select ${PLACE.join(', ')} from ${bronze}) as bronze on ${PLACE.map((name) => `bronze.${name} = stored.${name}`).join(' and ')}
  where stored.row_hash is null or bronze.row_hash is null
),
fresh as (
  select * from ${bronze} where row_hash in (select fresh_hash from differing where fresh_hash is not null)
),
${silver.typing(contract, 'fresh', relation)},
touched as (
  select ${grain('shown')} from shown where reasons = ''
  union distinct
  select ${grain('differing')} from differing where stored_hash is not null and reasons = ''
),
together as (
  select ${names.join(', ')} from shown
  union all
  select ${names.map((name) => `stored.${name}`).join(', ')}
  from ${self} as stored
  join touched on ${keys.map(({ name, of }) => `touched.${name} = ${of('stored')}`).join(' and ')}
  where stored.reasons = '' and ${under.map((condition) => `stored.${condition}`).join(' and ')}
    and not exists (
      select 1 from differing
      where differing.stored_hash = stored.row_hash and differing.record_no = stored.record_no
    )
)`;
}

/** Deletes what the merge left behind: records that bronze no longer has, or no longer in this way. @param {Contract} contract @param {Relation} relation @param {string} self */
function deleteOutdated(contract, relation, self) {
  const conditions = [
    ...PLACE.map((name) => `bronze.${name} = stored.${name}`),
    ...Object.entries(typedUnder(contract, relation)).map(([name, value]) => `stored.${name} = ${value}`),
  ];
  return `
delete from ${self} as stored
where not exists (select 1 from ${relation(contract.source)} as bronze where ${conditions.join(' and ')})`;
}

/**
 * What a row was typed under, by column: the contract, and the references that it looks up. The SQL is hashed and not the YAML, so that
 * an edit of an owner types nothing again, and a change of the framework does.
 * @param {Contract} contract @param {Relation} relation @returns {{ [column: string]: string }}
 */
function typedUnder(contract, relation) {
  const references = [...new Set((contract.lookups ?? []).map(({ reference }) => reference))];
  if (references.length === 0) return { contract_hash: sql.text(contractHash(contract)) };
  const contents = references.map(
    (name) =>
      `(select coalesce(${sql.md5("string_agg(row_hash, '' order by row_hash)")}, '') from ${relation(name)} where problem is null)`,
  );
  return { contract_hash: sql.text(contractHash(contract)), references_hash: contents.join(" || '-' || ") };
}

/** @type {Map<Contract, string>} */
const hashes = new Map();

/** @param {Contract} contract */
function contractHash(contract) {
  const known = hashes.get(contract);
  if (known !== undefined) return known;
  const text = [
    silver.typing(contract, 'bronze', (name) => name),
    JSON.stringify([contract.grain, contract.received_time, contract.event_time, canonical[contract.source]]),
  ].join('\n');
  const value = hash.of(text);
  hashes.set(contract, value);
  return value;
}

module.exports = { PLACE, staging, deleteOutdated, contractHash, typedUnder };
