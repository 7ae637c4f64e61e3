/** How many rows a model has: enough that a statement takes a while. */
const ROWS = 60_000;

/** The relations of the project besides its assertions: what each holds in version 1 differs from version 2 in every column but `id`. */
export const RELATIONS = [
  'base',
  'on_base',
  'inserted',
  'merged',
  'extended',
  'overwritten',
  'swap',
  'swap_back',
  'last',
];

/**
 * A project of every kind of model. Version 2 changes all of them: other rows, a column more, a table where a view was and the other way
 * round. Incremental models take the rows of their version once, however often they run.
 */
export function killProject(version: 1 | 2): Record<string, string> {
  const rows = (from: number, to: number) =>
    `select i as id, ${version} as version from generate_series(${from}, ${to}) as r(i)`;
  const half = ROWS / 2;
  const shifted = rows(1 + (version - 1) * half, ROWS + (version - 1) * half);
  const incremental = (settings: string, query: string) =>
    `config { type: "incremental"${settings} }\nselect * from (${query}) as fresh\n` +
    `\${when(incremental(), \`where version > (select coalesce(max(version), 0) from \${self()})\`)}`;
  const [swap, swapBack] = version === 1 ? ['table', 'view'] : ['view', 'table'];
  return {
    'dataform.json': '{ "defaultSchema": "k", "assertionSchema": "checks" }',
    'definitions/base.sqlx': `config { type: "table", assertions: { uniqueKey: ["id"] } }\nselect id, version, ${version === 1 ? 'version' : "'two'"} as word from (${rows(1, ROWS)}) as numbered`,
    'definitions/on_base.sqlx': `config { type: "view" }\nselect id, version * 10 + ${version} as version from \${ref("base")}`,
    'definitions/stored.sqlx': `config { type: "view", materialized: true }\nselect id, version * 10 + ${version} as version from \${ref("base")}`,
    // The type of a column that it passes on changes, so that the view of version 1 cannot read the table of version 2.
    'definitions/on_word.sqlx': `config { type: "view" }\nselect id, version, word from \${ref("base")}`,
    'definitions/inserted.sqlx': incremental('', rows(1, ROWS)),
    'definitions/merged.sqlx': incremental(', uniqueKey: ["id"], assertions: { uniqueKey: ["id"] }', shifted),
    'definitions/extended.sqlx': incremental(
      ', uniqueKey: ["id"], onSchemaChange: "EXTEND"',
      version === 1 ? shifted : `select id, version, version as added from (${shifted}) as wider`,
    ),
    'definitions/overwritten.sqlx': incremental(
      ', incrementalStrategy: "INSERT_OVERWRITE", bigquery: { partitionBy: "part" }',
      `select id, version, id % 2 + ${version} as part from (${shifted}) as parted`,
    ),
    'definitions/swap.sqlx': `config { type: "${swap}" }\n${rows(1, ROWS)}`,
    'definitions/swap_back.sqlx': `config { type: "${swapBack}" }\n${rows(1, ROWS)}`,
    'definitions/last.sqlx': `config { type: "table" }
select ${version} as id, sum(n) as version from (
  select count(*) as n from \${ref("inserted")} union all select sum(version) from \${ref("merged")}
  union all select sum(version) from \${ref("overwritten")} union all select sum(version) from \${ref("swap")}
) as parts`,
  };
}

/** A view that no run knows. */
export const OUTSIDE =
  'create schema outside; create view outside.by_hand as select count(*) as n, min(version) as version from k.base';

/** One text that changes with any row of a relation; columns are counted, as a new one can be null everywhere. */
export const stateOf = (relation: string): string =>
  `select count(*) || ' rows, ids ' || coalesce(sum(cast(id as bigint)), 0) || ', versions ' || coalesce(sum(cast(version as bigint)), 0)
     || ' of ' || coalesce(sum(cast(id as bigint) * cast(version as bigint)), 0) as state from ${relation}`;
