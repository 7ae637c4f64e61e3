// Compiles projects with the stock CLI and with ours and prints where the graphs differ: `node bench/compare-graphs.mjs <folder...>`.
// Nothing is downloaded and no folder is changed: both compile a copy, with the compiler that the project has installed, else with that of
// this repository.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { compileRaw } from '../dist/runner/compile.js';

const require = createRequire(import.meta.url);
const STOCK = require.resolve('@dataform/cli/bundle.js');
const CORE = dirname(require.resolve('@dataform/core'));
const SHOWN = 20;

const folders = process.argv.slice(2);
if (folders.length === 0) {
  process.stderr.write('usage: node bench/compare-graphs.mjs <project folder...>\n');
  process.exit(2);
}
let different = 0;
for (const folder of folders) {
  const dir = copyOf(folder);
  try {
    different += (await compare(folder, dir)) ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
process.exitCode = different > 0 ? 1 : 0;

/** The project without what pins a version, which the stock CLI would want to download. */
function copyOf(folder) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-compare-')));
  cpSync(folder, dir, { recursive: true, filter: (path) => basename(path) !== '.git' });
  const core = join(dir, 'node_modules', '@dataform', 'core');
  if (!existsSync(core)) cpSync(CORE, core, { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{ "dependencies": { "@dataform/core": "*" } }');
  const settings = join(dir, 'workflow_settings.yaml');
  if (existsSync(settings)) {
    writeFileSync(settings, readFileSync(settings, 'utf8').replace(/^dataformCoreVersion:.*$/m, ''));
  }
  const json = join(dir, 'dataform.json');
  if (existsSync(json)) {
    // Keys of Dataform 2, which core 3 refuses and ours warns of.
    const { gcloudProjectId, idempotentActionRetries, useRunCache, ...known } = JSON.parse(readFileSync(json, 'utf8'));
    writeFileSync(json, JSON.stringify(known));
  }
  return dir;
}

async function compare(folder, dir) {
  const { stdout, stderr } = spawnSync(process.execPath, [STOCK, 'compile', '--json', '--timeout=300s', dir], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const say = (text) => process.stdout.write(`${basename(folder)}: ${text}\n`);
  let stock;
  try {
    stock = JSON.parse(stdout.slice(stdout.indexOf('{')));
  } catch {
    say(`the stock CLI gives no graph: ${(stderr || stdout).trim().split('\n').slice(0, 3).join(' | ')}`);
    return (await ours(dir, 'bigquery')) instanceof Error;
  }
  const collected = stock.graphErrors?.compilationErrors ?? [];
  if (collected.length > 0) {
    const error = await ours(dir, 'bigquery');
    const messages = [...new Set(collected.map(({ message }) => message))];
    say(`does not compile; the stock CLI has ${messages.length} messages, ours ${error.problems?.length ?? 'none'}`);
    for (const message of messages.slice(0, SHOWN)) process.stdout.write(`  stock: ${message.split('\n')[0]}\n`);
    for (const { file, line, message } of (error.problems ?? []).slice(0, SHOWN)) {
      process.stdout.write(`  ours:  ${file}:${line ?? '?'} ${message.split('\n')[0]}\n`);
    }
    return error instanceof Error;
  }
  let same = true;
  for (const engine of ['bigquery', 'duckdb']) {
    const graph = await ours(dir, engine);
    if (graph instanceof Error) {
      say(`ours on ${engine}: ${graph.message}`);
      same = false;
      continue;
    }
    delete graph.projectConfig.vars.engine;
    if (Object.keys(graph.projectConfig.vars).length === 0) delete graph.projectConfig.vars;
    const found = differences(
      engine === 'bigquery' ? stock : neutral(stock),
      engine === 'bigquery' ? graph : neutral(graph),
    );
    say(`${engine}: ${actions(stock)} actions, ${found.length} differences`);
    for (const line of found.slice(0, SHOWN)) process.stdout.write(`  ${line}\n`);
    same &&= found.length === 0;
  }
  return same;
}

function ours(projectDir, engine) {
  return compileRaw({ projectDir, engine }).catch((error) => error);
}

function actions(graph) {
  return Object.values(graph).reduce((sum, list) => sum + (list[0]?.fileName ? list.length : 0), 0);
}

/** SQL without what tells one spelling of names and literals from the other: quotes, backslashes and the database of a name. */
function neutral(value) {
  if (Array.isArray(value)) return value.map(neutral);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, neutral(entry)]));
  }
  if (typeof value !== 'string') return value;
  return value
    .replace(/`([^`.\s]+)\.([^`.\s]+)\.([^`\s]+)`/g, '`$2.$3`')
    .replace(/"\."/g, '.')
    .replace(/[`"'\\]/g, '');
}

/** Where two values differ: the path, what the stock CLI has, what ours has. */
function differences(stock, mine, path = '') {
  if (typeof stock === 'object' && stock !== null && typeof mine === 'object' && mine !== null) {
    const keys = [...new Set([...Object.keys(stock), ...Object.keys(mine)])];
    return keys.flatMap((key) => differences(stock[key], mine[key], path ? `${path}.${key}` : key));
  }
  if (stock === mine) return [];
  const [a, b] = [JSON.stringify(stock) ?? 'nothing', JSON.stringify(mine) ?? 'nothing'];
  let start = 0;
  while (a[start] === b[start]) start++;
  const shown = (text) => text.slice(Math.max(0, start - 30), start + 60);
  return [`${path}: stock ... ${shown(a)} ... ours ... ${shown(b)} ...`];
}
