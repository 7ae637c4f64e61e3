// A hundred models for bench/run.mjs, as a Dataform project and as a dbt project: the same SQL for both.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const MODELS = 100;
const USERS = 5_000;
const COLUMNS = { id: 'The key.', user_id: 'Who it was.', day: 'Days since the start.', amount: 'In dollars.' };

/** Makes the two tables that the models begin with; portable but for the function that counts. */
export const SOURCES = (engine, rows) => {
  const numbers = (n) => (engine === 'duckdb' ? `range(${n}) as t(i)` : `generate_series(0, ${n - 1}) as t(i)`);
  return [
    'create schema if not exists raw',
    `create table raw.events as select i as id, (i * 7919) % ${USERS} as user_id, i % 365 as day, cast((i * 31) % 1000 as double precision) as amount from ${numbers(rows)}`,
    `create table raw.users as select i as id, cast(i % 10 as double precision) as bonus from ${numbers(USERS)}`,
  ];
};

/** Tables of 40 to 100 thousand rows: filtered, joined, aggregated, ranked; every fifth model is a view; half of the tables have a key. */
const models = Array.from({ length: MODELS }, (_, n) => {
  // A chain would become smaller and smaller, so most models read near the sources.
  const from = n < 5 ? undefined : n % 3 === 0 ? 0 : (n * 7) % Math.min(n - (n % 5), 5);
  const kind = n % 5 === 4 ? 'view' : 'table';
  return { name: `m${n}`, kind, unique: kind === 'table' && n % 2 === 0, sql: (ref) => query(n, ref(from)) };
});

function query(n, from) {
  const user = `cast(id % ${USERS} as integer)`;
  switch (n % 5) {
    case 0:
      return `select id, user_id, day, amount * 1.0${n % 10} as amount\nfrom ${from}\nwhere id % ${7 + n} <> 0`;
    case 1:
      return `select e.id, e.user_id, e.day, e.amount + u.bonus as amount\nfrom ${from} as e\njoin raw.users as u on u.id = e.user_id`;
    case 2:
      return `select min(id) as id, user_id, day, sum(amount) as amount\nfrom ${from}\ngroup by user_id, day`;
    case 3:
      return `select id, ${user} as user_id, day, sum(amount) over (partition by user_id order by id) as amount\nfrom ${from}`;
    default:
      return `select id, user_id, day, amount\nfrom ${from}\nwhere amount > ${n}`;
  }
}

const REF_EVENTS = `\${ref("raw", "events")}`;

function write(dir, files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

export function writeDataform(dir) {
  const columns = Object.entries(COLUMNS).map(([name, text]) => `${name}: "${text}"`);
  const files = { 'dataform.json': '{ "defaultSchema": "main_bench", "assertionSchema": "checks" }' };
  files['definitions/sources.js'] =
    'declare({ schema: "raw", name: "events" });\ndeclare({ schema: "raw", name: "users" });\n';
  for (const { name, kind, unique, sql } of models) {
    const text = sql((n) => (n === undefined ? REF_EVENTS : `\${ref("m${n}")}`));
    files[`definitions/${name}.sqlx`] =
      `config {\n  type: "${kind}",\n  description: "One row per id of ${name}.",\n  columns: { ${columns.join(', ')} }${unique ? ',\n  assertions: { uniqueKey: ["id"] }' : ''}\n}\n\n${text}\n`;
  }
  write(dir, files);
}

/** `output` is the profile's. Descriptions are persisted where the adapter can, as ours are. */
export function writeDbt(dir, output) {
  const files = {
    'dbt_project.yml':
      'name: bench\nversion: 1.0.0\nprofile: bench\nmodel-paths: [models]\nmodels:\n  +persist_docs: { relation: true, columns: true }\nflags: { send_anonymous_usage_stats: false }\n',
    'profiles.yml': `bench:\n  target: only\n  outputs:\n    only: ${JSON.stringify(output)}\n`,
  };
  const documented = models.map(({ name, unique }) => ({
    name,
    description: `One row per id of ${name}.`,
    columns: Object.entries(COLUMNS).map(([column, description]) => ({
      name: column,
      description,
      ...(unique && column === 'id' ? { tests: ['unique'] } : {}),
    })),
  }));
  // JSON is YAML.
  files['models/schema.yml'] = JSON.stringify({ version: 2, models: documented });
  for (const { name, kind, sql } of models) {
    const text = sql((n) => (n === undefined ? 'raw.events' : `{{ ref('m${n}') }}`));
    files[`models/${name}.sql`] = `{{ config(materialized='${kind}') }}\n${text}\n`;
  }
  write(dir, files);
}
