// What a run costs over the SQL that it sends: a hundred models by ours, and the same queries sent by hand through the engine's own client
// in one run, in turns. `node bench/run.mjs [repeats] [rows]`, default 5 and 100,000; with 1,000 rows the cost of a model itself shows.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { systemClock } from '../dist/core/effects.js';
import { compileProject } from '../dist/runner/compile.js';
import { executePlan } from '../dist/runner/execute.js';
import { planRun } from '../dist/runner/plan.js';
import { readState } from '../dist/runner/state.js';
import { openWarehouse } from '../dist/warehouse/open.js';
import { startPostgres } from './postgres.mjs';
import { processCost } from './process-cost.mjs';
import { MODELS, SOURCES, writeDataform, writeDbt } from './run-project.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const REPEATS = Number(process.argv[2] ?? 5);
const ROWS = Number(process.argv[3] ?? 100_000);
const SELECTION = { actions: [], tags: [], includeDependencies: false, includeDependents: false, fullRefresh: false };
const say = (text) => process.stdout.write(`${text}\n`);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Opens the engine's own client; `send` takes SQL and gives the first value of the result. */
const CLIENTS = {
  async duckdb({ file }) {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    return {
      async send(sql) {
        const rows = await (await connection.run(sql)).getRows();
        return Number(rows[0]?.[0]);
      },
      async close() {
        connection.closeSync();
        instance.closeSync();
      },
    };
  },
  async postgres({ connectionString }) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query('set client_min_messages = warning');
    return {
      async send(sql) {
        const { rows } = await client.query({ text: sql, rowMode: 'array' });
        return Number(rows?.[0]?.[0]);
      },
      close: () => client.end(),
    };
  },
};

/** What a careful person sends for an action: a table is replaced in one step, with its descriptions; an assertion is a view and its count. */
function byHand(engine, { kind, target, query, description, columns }) {
  const name = `"${target.schema}"."${target.name}"`;
  if (kind === 'assertion') return [`create or replace view ${name} as\n${query}`, `select count(*) as n from ${name}`];
  // In one transaction, so that the engine writes them to disk once.
  const comments = [
    'begin',
    `comment on ${kind} ${name} is '${description}'`,
    ...columns.map((column) => `comment on column ${name}."${column.name}" is '${column.description}'`),
    'commit',
  ].join(';\n');
  if (kind === 'view') return [`create or replace view ${name} as\n${query}`, comments];
  if (engine === 'duckdb') return [`create or replace table ${name} as\n${query}`, comments];
  const fresh = `"${target.schema}"."new_${target.name}"`;
  return [
    'begin',
    `create table ${fresh} as\n${query}`,
    `analyze ${fresh}`,
    // The views on it are made anew later in the run.
    `drop table if exists ${name} cascade`,
    `alter table ${fresh} rename to "${target.name}"`,
    'commit',
    comments,
  ];
}

/** Starts a clock; what it gives back says the wall and CPU milliseconds since then. CPU is that of this process, where DuckDB runs. */
function clock() {
  const start = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { wall: performance.now() - start, cpu: (user + system) / 1000 };
  };
}

async function floor(engine, options, plan, actions) {
  const took = clock();
  const client = await CLIENTS[engine](options);
  for (const schema of ['main_bench', 'checks']) await client.send(`create schema if not exists ${schema}`);
  for (const { name } of plan.actions) {
    for (const sql of byHand(engine, actions.get(name))) {
      const n = await client.send(sql);
      if (sql.startsWith('select count') && n !== 0) throw new Error(`${name} found ${n} rows`);
    }
  }
  const cost = took();
  await client.close();
  return cost;
}

async function ours(options, graph) {
  const effects = { clock: systemClock, console: undefined, signal: new AbortController().signal };
  const took = clock();
  const warehouse = await openWarehouse(options);
  const plan = planRun(graph, SELECTION, await readState(warehouse, graph), warehouse);
  const record = await executePlan(plan, warehouse, { concurrency: 1 }, effects);
  const cost = took();
  await warehouse.close();
  const failed = record.actions.find(({ status }) => status !== 'SUCCESSFUL');
  if (failed) throw new Error(`${failed.name}: ${failed.reason}`);
  return cost;
}

/** Wall and CPU milliseconds of a whole process of ours. */
function ourProcess(args, cwd, env) {
  const { seconds, cpu } = processCost(args, { cwd, env });
  return { wall: seconds * 1000, cpu: cpu * 1000 };
}

function wholeProcess(command, args, cwd, env = {}) {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? `${stdout}${stderr}`}`);
  return { wall: performance.now() - start };
}

/** The adapters that `dbt --version` names; undefined where there is no dbt. */
function dbtAdapters() {
  const { status, stdout } = spawnSync('dbt', ['--version'], { encoding: 'utf8' });
  return status === 0 ? ['duckdb', 'postgres'].filter((name) => stdout.includes(`- ${name}:`)) : undefined;
}

const dbtOutput = (engine, options) => {
  if (engine === 'duckdb') return { type: 'duckdb', path: options.file, schema: 'main_bench', threads: 1 };
  const { hostname, port, username, password, pathname } = new URL(options.connectionString);
  return {
    type: 'postgres',
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    dbname: pathname.slice(1),
    schema: 'main_bench',
    threads: 1,
  };
};

async function measure(engine, dir, place, dbt, settle = async () => {}) {
  const project = join(dir, 'project');
  const graph = await compileProject({ projectDir: project, engine });
  const actions = new Map(graph.actions.map((action) => [`${action.target.schema}.${action.target.name}`, action]));
  // Each has a database of its own with the same sources, so that nobody finds what another left.
  const places = {};
  for (const who of ['floor', 'ours', 'process', 'dbt']) {
    places[who] = await place(who);
    const client = await CLIENTS[engine](places[who]);
    for (const sql of SOURCES(engine, ROWS)) await client.send(sql);
    await client.close();
  }
  const warehouse = await openWarehouse({ engine, ...places.floor });
  const plan = planRun(graph, SELECTION, {}, warehouse);
  await warehouse.close();
  const runs = {
    floor: () => floor(engine, places.floor, plan, actions),
    ours: () => ours({ engine, ...places.ours }, graph),
    process: () =>
      ourProcess(
        [join(root, 'dist', 'bin', 'tidemark.cjs'), 'run', '--warehouse', engine, '--concurrency', '1'],
        project,
        {
          DATABASE_URL: places.process.connectionString ?? '',
        },
      ),
  };
  if (dbt) {
    writeDbt(join(dir, engine, 'dbt'), dbtOutput(engine, places.dbt));
    runs.dbt = () => wholeProcess('dbt', ['build', '--quiet', '--profiles-dir', '.'], join(dir, engine, 'dbt'));
  }
  const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let i = -1; i < REPEATS; i++) {
    for (const [name, run] of Object.entries(runs)) {
      if (name === 'dbt' && i > 0) continue;
      await settle();
      const cost = await run();
      // The first time makes what the others replace.
      if (i >= 0) times[name].push(cost);
    }
  }
  const of = (name, what) => median(times[name].map((cost) => cost[what]));
  const base = of('floor', 'wall');
  const percent = (value, floor) => `${value < floor ? '' : '+'}${((100 * (value - floor)) / floor).toFixed(1)} %`;
  const line = (what, text) => say(`${engine.padEnd(9)} ${what.padEnd(26)} ${text}`);
  const row = (what, name) => {
    const wall = of(name, 'wall');
    line(
      what,
      `${(wall / 1000).toFixed(2).padStart(6)} s  ${percent(wall, base)}, ${((wall - base) / MODELS).toFixed(2)} ms a model`,
    );
  };
  line('by hand', `${(base / 1000).toFixed(2).padStart(6)} s`);
  row('ours, in process', 'ours');
  // Pairs that ran next to each other shed what the machine did besides.
  line('  pair by pair', times.ours.map(({ wall }, i) => percent(wall, times.floor[i].wall)).join(', '));
  const [floorCpu, oursCpu] = [of('floor', 'cpu'), of('ours', 'cpu')];
  line(
    '  CPU of this process',
    `${(floorCpu / 1000).toFixed(2)} s by hand, ${(oursCpu / 1000).toFixed(2)} s ours: ${((oursCpu - floorCpu) / MODELS).toFixed(2)} ms a model${engine === 'duckdb' ? `, ${percent(oursCpu, floorCpu)}` : ''}`,
  );
  row('ours, whole process', 'process');
  const processCpu = of('process', 'cpu');
  line(
    '  CPU of it',
    `${(processCpu / 1000).toFixed(2)} s${engine === 'duckdb' ? `, ${percent(processCpu, floorCpu)}` : ''}; by hand's is that of the statements, without the start of Node`,
  );
  if (dbt) row('dbt build, whole process', 'dbt');
}

const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
// What one turn leaves to be cleaned up or written in the background must not fall upon the next.
const server = await startPostgres(['autovacuum=off', 'checkpoint_timeout=1d', 'max_wal_size=64GB']);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
    process.exit(130);
  });
}
const databases = [];
try {
  writeDataform(join(dir, 'project'));
  const adapters = dbtAdapters();
  say(
    `${MODELS} models (80 tables of up to ${ROWS.toLocaleString('en')} rows, 20 views, 40 assertions), one at a time; Node ${process.version}, ${cpus().length} cores; medians of ${REPEATS}, in turns`,
  );
  say(
    'By hand: one connection of the same client; a table is replaced in one step (on Postgres made under another name, analysed, swapped in a\ntransaction), its descriptions in one message, an assertion is a view and its count. Ours does this, reads the state, plans, points\ndependents outside of the run to the new table, and records rows and times.',
  );
  say(`Postgres: ${server.what}${server.ours ? '; a checkpoint and a sync before each turn' : ''}.\n`);
  if (!adapters) say('dbt: not measured, for no `dbt` is installed here.\n');
  await measure(
    'duckdb',
    dir,
    async (who) => {
      // The whole process has its file where the project has it.
      const folder = who === 'process' ? join(dir, 'project', 'data') : join(dir, 'duckdb', who);
      mkdirSync(folder, { recursive: true });
      return { file: join(folder, 'synthetic.duckdb') };
    },
    adapters?.includes('duckdb'),
  );
  await measure(
    'postgres',
    dir,
    async (who) => {
      const name = `tidemark_bench_${process.pid}_${who}`;
      const client = await CLIENTS.postgres({ connectionString: server.url });
      await client.send(`create database ${name}`);
      databases.push(name);
      await client.close();
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return { connectionString: url.href };
    },
    adapters?.includes('postgres'),
    async () => {
      if (!server.ours) return;
      const client = await CLIENTS.postgres({ connectionString: server.url });
      await client.send('checkpoint');
      await client.close();
      spawnSync('sync');
    },
  );
} finally {
  if (databases.length > 0 && !server.ours) {
    const client = await CLIENTS.postgres({ connectionString: server.url });
    for (const name of databases) await client.send(`drop database ${name} with (force)`);
    await client.close();
  }
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
