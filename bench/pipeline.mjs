// How long the warehouse takes from bronze to gold, a layer at a time, as a user feels it: a process for each layer, assertions included,
// with its seconds, CPU and largest memory, and the slowest models. Beside it a floor of the same run: bronze read once and written back.
// `--events 1000000,10000000` and `--memory 1GB,4GB` are the sizes and DuckDB's limits, `--postgres-events 1000000` the size on Postgres
// (0 leaves it out), `--concurrency 1` how many actions of a layer run at a time.
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgres } from './postgres.mjs';
import { processCost } from './process-cost.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000,10000000' },
    memory: { type: 'string', default: '1GB,4GB' },
    'postgres-events': { type: 'string', default: '1000000' },
    // DuckDB uses all cores for one action; two at a time share the memory, and both go to disk.
    concurrency: { type: 'string', default: '1' },
  },
});
const numbers = (text) => text.split(',').map(Number).filter(Boolean);
const EVENTS_A_DAY = 100_000;
const LAYERS = ['silver', 'dimensions', 'facts', 'gold', 'marts'];
const SLOWEST = 5;
const NAME = 'synthetic-scale';
const PREFIX = 'bench_pipeline_';

const say = (text) => process.stdout.write(`${text}\n`);
const shown = (value, digits) => (Number.isNaN(value) ? '-' : value.toFixed(digits)).padStart(8);
const seconds = (value) => shown(value, 1);
const tidemark = (dir, args, env = {}) =>
  processCost([join(root, 'dist', 'bin', 'tidemark.cjs'), ...args, '--scenario', 'scale'], {
    cwd: dir,
    env: { DATABASE_URL: '', ...env },
  });

/** A project of its own with the raw files of a world and, on DuckDB, its bronze tables. */
function makeProject(parent, events) {
  const dir = join(parent, `of-${events}`);
  mkdirSync(dir);
  for (const name of ['configs', 'definitions', 'includes', 'examples', 'dataform.json', 'package.json'])
    cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'), 'junction');
  const days = Math.max(1, Math.round(events / EVENTS_A_DAY));
  // A drift needs days before and after it.
  tidemark(dir, ['generate', '--days', String(days), ...(days < 60 ? ['--set', 'drift=null'] : [])]);
  return dir;
}

/** The layers that have something to run, in their order, with what each took and its actions by their time. */
function runLayers(dir, args, env) {
  return LAYERS.flatMap((layer) => {
    let cost;
    try {
      cost = tidemark(dir, ['run', '--tags', layer, '--concurrency', flags.concurrency, ...args], env);
    } catch (error) {
      if (String(error).includes('SELECTION_EMPTY')) return [];
      throw error;
    }
    const runs = join(dir, 'reports', 'runs', NAME);
    const { runId } = JSON.parse(readFileSync(join(runs, 'latest.json'), 'utf8'));
    const { actions } = JSON.parse(readFileSync(join(runs, runId, 'record.json'), 'utf8'));
    return [{ layer, actions, ...cost }];
  });
}

function print(what, floor, layers) {
  const total = (key) => layers.reduce((sum, one) => sum + one[key], 0);
  const peak = Math.max(...layers.map(({ megabytes }) => megabytes));
  say(`\n${what}`);
  say('  layer          seconds    CPU s       MB');
  const line = (name, { seconds: wall, cpu, megabytes }) =>
    say(`  ${name.padEnd(12)} ${seconds(wall)} ${seconds(cpu)} ${shown(megabytes, 0)}`);
  line('floor', floor);
  for (const one of layers) line(one.layer, one);
  line('all', { seconds: total('seconds'), cpu: total('cpu'), megabytes: peak });
  say(
    `  all / floor: ${(total('seconds') / floor.seconds).toFixed(1)} of the time${Number.isNaN(floor.cpu) ? '' : `, ${(total('cpu') / floor.cpu).toFixed(1)} of the CPU`}`,
  );
  const slowest = layers.flatMap(({ actions }) => actions).sort((a, b) => b.milliseconds - a.milliseconds);
  say(
    `  slowest: ${slowest
      .slice(0, SLOWEST)
      .map(({ name, milliseconds }) => `${name} ${(milliseconds / 1000).toFixed(1)} s`)
      .join(', ')}`,
  );
}

const duckdbFloor = (file, limit) => `
  import { DuckDBInstance } from ${JSON.stringify(import.meta.resolve('@duckdb/node-api'))};
  const connection = await (await DuckDBInstance.create(${JSON.stringify(file)}, { memory_limit: '${limit}' })).connect();
  await connection.run('create table bronze.floor as select * from bronze.events');
  connection.closeSync();`;

async function onPostgres(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const dropSchemas = (url) =>
  onPostgres(url, async (client) => {
    const { rows } = await client.query('select nspname from pg_namespace where starts_with(nspname, $1)', [PREFIX]);
    for (const { nspname } of rows) await client.query(`drop schema ${client.escapeIdentifier(nspname)} cascade`);
  });

const parent = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
let server;
const clean = async () => {
  if (server && !server.ours) await dropSchemas(server.url);
  await server?.stop();
  rmSync(parent, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => clean().finally(() => process.exit(130)));
try {
  say(
    `Node ${process.version}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB; scenario scale; a process a layer, with its assertions, ${flags.concurrency} at a time; MB is the largest resident memory of a process. Floor: bronze.events read once and written back.`,
  );
  const sizes = new Map();
  const projectOf = (events) => sizes.get(events) ?? sizes.set(events, makeProject(parent, events)).get(events);
  for (const events of numbers(flags.events)) {
    const dir = projectOf(events);
    const file = join(dir, 'data', `${NAME}.duckdb`);
    tidemark(dir, ['load']);
    copyFileSync(file, `${file}.loaded`);
    for (const limit of flags.memory.split(',')) {
      copyFileSync(`${file}.loaded`, file);
      const floor = processCost(['--input-type=module', '--eval', duckdbFloor(file, limit)], { cwd: dir });
      copyFileSync(`${file}.loaded`, file);
      const layers = runLayers(dir, ['--memory-limit', limit]);
      print(`DuckDB, ${events.toLocaleString('en')} events, memory limit ${limit}`, floor, layers);
    }
    rmSync(file);
    rmSync(`${file}.loaded`);
  }
  for (const events of numbers(flags['postgres-events'])) {
    server ??= await startPostgres();
    const dir = projectOf(events);
    const args = ['--schema-prefix', PREFIX];
    const env = { DATABASE_URL: server.url };
    tidemark(dir, ['load', ...args], env);
    const floor = await onPostgres(server.url, async (client) => {
      const start = performance.now();
      await client.query(`create table ${PREFIX}bronze.floor as select * from ${PREFIX}bronze.events`);
      const took = (performance.now() - start) / 1000;
      await client.query(`drop table ${PREFIX}bronze.floor`);
      return { seconds: took, cpu: NaN, megabytes: NaN };
    });
    print(
      `Postgres (${server.what}), ${events.toLocaleString('en')} events; CPU and MB are those of the command, not of the server`,
      floor,
      runLayers(dir, args, env),
    );
    await dropSchemas(server.url);
  }
} finally {
  await clean();
}
