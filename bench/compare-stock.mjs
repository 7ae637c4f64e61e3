// Runs a loaded DuckDB file with our runner and with the stock CLI through the gateway, the CLI twice, and prints which tables differ:
// `node bench/compare-stock.mjs [--scenario name] [--dataset name]`. The file itself is left as it is.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { workspace } from '../dist/core/workspace.js';

const flags = process.argv.slice(2);
const flag = (name) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined);
const place = workspace(process.cwd(), { dataset: flag('--dataset'), scenario: flag('--scenario') });
if (!existsSync(place.databaseFile)) {
  process.stderr.write(`${place.databaseFile} does not exist; run "tidemark load ${flags.join(' ')}" first.\n`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tidemark-compare-'));
try {
  const [ours, stock] = ['ours.duckdb', 'stock.duckdb'].map((name) => join(folder, name));
  for (const file of [ours, stock]) copyFileSync(place.databaseFile, file);
  // A run that went before has left tables behind.
  tidemark(['run', '--full-refresh', '--database', ours]);
  tidemark(['gateway', '--database', stock, '--', 'dataform', 'run', '--full-refresh']);
  tidemark(['gateway', '--database', stock, '--', 'dataform', 'run']);
  process.exitCode = (await compare(ours, stock)) === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tidemark([command, ...args]) {
  const began = performance.now();
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'cli', 'main.js'), command, ...flags, ...args],
    { encoding: 'utf8', maxBuffer: 2 ** 30 },
  );
  process.stdout.write(`${command}: exit ${status} after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  if (status !== 0) process.stdout.write(`${stdout}${stderr}`.slice(-4000));
}

async function compare(ours, stock) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
  await connection.run(`attach '${ours}' as a (read_only); attach '${stock}' as b (read_only)`);
  const list = (name) =>
    rows(`select table_schema || '.' || table_name from information_schema.tables
      where table_catalog = '${name}' and table_schema not in ('ops', 'assertions') order by 1`);
  const tables = [...new Set([...(await list('a')), ...(await list('b'))].flat())];
  let different = 0;
  let compared = 0;
  for (const table of tables) {
    // When and by which job something was made is another thing.
    const query = (name) => `select columns(c -> c not in ('batch_id', 'loaded_at')) from ${name}.${table}`;
    try {
      const [[lacking, further, all]] = await rows(
        `select (select count(*) from (${query('a')} except all ${query('b')})),
           (select count(*) from (${query('b')} except all ${query('a')})), (select count(*) from a.${table})`,
      );
      compared += Number(all);
      if (Number(lacking) + Number(further) === 0) continue;
      process.stdout.write(`${table}: ${lacking} rows of ours are not there, ${further} others are\n`);
    } catch (error) {
      process.stdout.write(`${table}: ${error.message.split('\n')[0]}\n`);
    }
    different++;
  }
  connection.closeSync();
  instance.closeSync();
  process.stdout.write(`${tables.length} tables, ${compared} rows, ${different} tables differ\n`);
  return different;
}
