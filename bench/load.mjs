// How long a load takes, as a user feels it: a new process, from JSON Lines on disk to bronze with hash, file and line. Beside it the
// engine's own bulk load of the same file into plain columns, which keeps no account. `node bench/load.mjs [rows]`, default a million.
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from './postgres.mjs';
import { processCost } from './process-cost.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = Number(process.argv[2] ?? 1_000_000);
const REPEATS = rows > 2_000_000 ? 1 : 3;

const COLUMNS = {
  event_id: 'varchar',
  event_ts: 'timestamp',
  received_ts: 'timestamp',
  user_id: 'varchar',
  session_id: 'varchar',
  event_type: 'varchar',
  props: 'json',
};

async function writeEvents(file) {
  const out = createWriteStream(file);
  for (let done = 0; done < rows; ) {
    let text = '';
    for (const end = Math.min(rows, done + 5000); done < end; done++) {
      const day = 1 + (done % 28);
      const time = `2026-01-${String(day).padStart(2, '0')}T0${done % 10}:1${done % 7}:22.${String(done % 1000).padStart(3, '0')}Z`;
      text += `{"event_id":"e${done.toString(36)}","event_ts":"${time}","received_ts":"${time}","user_id":"u${done % 5000}","session_id":"s${done >> 3}","event_type":"page_view","props":{"channel":"web","country":"US","duration_ms":${done % 9000}}}\n`;
    }
    if (!out.write(text)) await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
  await finished(out);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const FLOORS = {
  duckdb: (file) => `
    import { DuckDBInstance } from ${JSON.stringify(import.meta.resolve('@duckdb/node-api'))};
    const connection = await (await DuckDBInstance.create('floor.duckdb')).connect();
    await connection.run(\`create or replace table events as select * from read_json('${file}', format = 'newline_delimited',
      columns = {${Object.entries(COLUMNS).map(([name, type]) => `${name}: '${type}'`)}})\`);
    connection.closeSync();`,
  postgres: (file) => `
    import { createReadStream } from 'node:fs';
    import { pipeline } from 'node:stream/promises';
    import pg from ${JSON.stringify(import.meta.resolve('pg'))};
    import { from } from ${JSON.stringify(import.meta.resolve('pg-copy-streams'))};
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    await client.query('drop table if exists bench_floor; create table bench_floor (record json)');
    await pipeline(createReadStream('${file}'), client.query(from('copy bench_floor from stdin')));
    await client.query('drop table bench_floor');
    await client.end();`,
};

const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const server = await startPostgres();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
    process.exit(130);
  });
}
try {
  const raw = join(dir, 'data', 'raw', 'shop', 'events');
  const contracts = join(dir, 'configs', 'datasets', 'shop');
  for (const folder of [raw, contracts]) mkdirSync(folder, { recursive: true });
  const file = join(raw, 'a.jsonl');
  await writeEvents(file);
  writeFileSync(join(dir, 'dataform.json'), '{ "defaultSchema": "d" }');
  writeFileSync(
    join(contracts, 'dataset.yaml'),
    'version: 1\ntitle: Shop\ndescription: A shop.\nsources: [events]\nmodel: churn\n',
  );
  writeFileSync(
    join(contracts, 'events.yaml'),
    'version: 1\nsource: events\ndescription: One row per event.\nowner: bench\nfiles: { pattern: "events/*.jsonl", format: jsonl }\ncolumns:\n  event_id: { type: string, required: true, description: Identifier. }\ngrain: [event_id]\n',
  );
  const size = statSync(file).size;
  process.stdout.write(
    `${rows.toLocaleString('en')} rows, ${Math.round(size / 2 ** 20)} MB; Node ${process.version}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB; whole processes in turns, medians of ${REPEATS}; Postgres: ${server.what}\n\n`,
  );
  process.stdout.write('engine    what   rows/s     seconds  CPU s   MB     ours / floor (wall, CPU)\n');
  for (const engine of ['duckdb', 'postgres']) {
    const env = { DATABASE_URL: engine === 'postgres' ? server.url : '' };
    const flags = engine === 'postgres' ? ['--schema-prefix', 'bench_load_'] : [];
    const ours = [];
    const floor = [];
    for (let i = 0; i < REPEATS; i++) {
      rmSync(join(dir, 'floor.duckdb'), { force: true });
      floor.push(processCost(['--input-type=module', '--eval', FLOORS[engine](file)], { cwd: dir, env }));
      rmSync(join(dir, 'data', 'shop.duckdb'), { force: true });
      if (engine === 'postgres') await dropSchemas();
      ours.push(
        processCost(
          [join(root, 'dist', 'bin', 'tidemark.cjs'), 'load', '--dataset', 'shop', '--warehouse', engine, ...flags],
          { cwd: dir, env },
        ),
      );
    }
    if (engine === 'postgres') await dropSchemas();
    const of = (runs, key) => median(runs.map((run) => run[key]));
    const line = (what, runs, more = '') =>
      process.stdout.write(
        `${engine.padEnd(9)} ${what.padEnd(6)} ${Math.round(rows / of(runs, 'seconds'))
          .toLocaleString('en')
          .padEnd(
            10,
          )} ${of(runs, 'seconds').toFixed(2).padEnd(8)} ${of(runs, 'cpu').toFixed(2).padEnd(7)} ${String(Math.round(of(runs, 'megabytes'))).padEnd(6)} ${more}\n`,
      );
    line('floor', floor);
    line(
      'ours',
      ours,
      `${(of(ours, 'seconds') / of(floor, 'seconds')).toFixed(2)}, ${(of(ours, 'cpu') / of(floor, 'cpu')).toFixed(2)}`,
    );
  }
  process.stdout.write(
    '\nFloor: DuckDB read_json into typed columns; Postgres COPY of the lines into one json column, through the same client.\nCPU is that of the process, where DuckDB runs and Postgres does not.\n',
  );
} finally {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function dropSchemas() {
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query('drop schema if exists bench_load_bronze, bench_load_ops cascade');
  await client.end();
}
