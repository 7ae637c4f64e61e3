import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';
import { BILLING, DATASET, EVENTS } from './harness.ts';

/** `TIDEMARK_KILLS=100 npx vitest run tests/ingest/kill.test.ts` kills more often than the suite has time for. */
const KILLS = Number(process.env.TIDEMARK_KILLS ?? 3);
/** So many loads are killed in a row before one may end. */
const IN_A_ROW = 4;
const ROWS = 15_000;

let dir: string;
let database: Database;
beforeAll(async () => {
  database = await makeDatabase();
  dir = mkdtempSync(join(tmpdir(), 'tidemark-kill-'));
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  };
  write('dataform.json', '{ "defaultSchema": "d" }');
  write('configs/datasets/shop/dataset.yaml', DATASET);
  write('configs/datasets/shop/events.yaml', EVENTS);
  write('configs/datasets/shop/billing.yaml', BILLING);
  const events = (from: number, end: string) =>
    Array.from({ length: ROWS }, (_, i) => `{"event_id":"e${from + i}","props":{"channel":"web"}}${end}`).join('');
  // Duplicates from file to file, and each way to read a file.
  write('data/raw/shop/events/1.jsonl', events(0, '\n'));
  write('data/raw/shop/events/2.jsonl', events(ROWS - 10, '\r\n'));
  write('data/raw/shop/events/3.jsonl', events(2 * ROWS - 20, '\n'));
  write('data/raw/shop/events/4.jsonl.gz', gzipSync(events(3 * ROWS - 30, '\n')));
  const bills = Array.from({ length: ROWS }, (_, i) => `u${i},pro,${i % 7 === 0 ? '"a\nb"' : ''}\n`).join('');
  write('data/raw/shop/billing/1.csv', `user_id,plan,note\n${bills}`);
  write('data/raw/shop/billing/2.csv', `user_id,plan,note\n${bills.replaceAll('"a\nb"', 'x')}`);
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await database.remove();
});

const start = (engine: string) =>
  spawn(
    process.execPath,
    [join(packageRoot(), 'dist/bin/tidemark.cjs'), 'load', '--dataset', 'shop', '--warehouse', engine],
    {
      cwd: dir,
      env: { ...process.env, DATABASE_URL: engine === 'postgres' ? database.url : '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );

async function loadToTheEnd(engine: string): Promise<void> {
  const child = start(engine);
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, said }).toMatchObject({ code: 0 });
}

const open = (engine: string) =>
  openWarehouse(
    engine === 'postgres'
      ? { engine, connectionString: database.url, schemaPrefix: 'shop_' }
      : { engine: 'duckdb', file: join(dir, 'data/shop.duckdb') },
  );

/** All of bronze and of the manifest, but for the time and the number of the load. */
async function content(engine: string) {
  const warehouse = await open(engine);
  const connection = await warehouse.connect();
  const table = (schema: string, name: string) => warehouse.statements.relation({ schema, name });
  try {
    const rows = (name: string) =>
      connection.rows(
        `select source_file, line_no, row_hash, raw, parsed, problem from ${table('bronze', name)} order by source_file, line_no`,
      );
    const files = await connection.rows(
      `select source, source_file, content_hash, rows_read, rows_added, duplicates, malformed from ${table('ops', 'load_files')} order by 1, 2`,
    );
    return { events: await rows('events'), billing: await rows('billing'), files };
  } finally {
    await warehouse.close();
  }
}

/** The same, short enough to compare. */
const print = ({ events, billing, files }: Awaited<ReturnType<typeof content>>) => ({
  files,
  events: [events.length, createHash('md5').update(JSON.stringify(events)).digest('hex')],
  billing: [billing.length, createHash('md5').update(JSON.stringify(billing)).digest('hex')],
});

/** In whatever state a killed load leaves it: what the manifest counts is there, and nothing else. */
async function expectWholeFiles(engine: string): Promise<void> {
  const warehouse = await open(engine);
  try {
    if ((await warehouse.relations(['ops'])).filter(({ target }) => target.name === 'load_batches').length === 0)
      return;
    const { events, billing, files } = await content(engine);
    const found = new Map<unknown, number>();
    for (const { source_file } of [...events, ...billing]) found.set(source_file, (found.get(source_file) ?? 0) + 1);
    expect(found).toEqual(new Map(files.map(({ source_file, rows_added }) => [source_file, rows_added])));
  } finally {
    await warehouse.close();
  }
}

async function empty(engine: string): Promise<void> {
  if (engine === 'postgres') await administer(database.url, 'drop schema if exists shop_bronze, shop_ops cascade');
  else
    for (const end of ['', '.wal', '.tmp'])
      rmSync(join(dir, `data/shop.duckdb${end}`), { recursive: true, force: true });
}

test.each(['duckdb', 'postgres'])(
  'a load on %s that is killed at any point leaves whole files, and the next one ends as if nothing had been',
  async (engine) => {
    await empty(engine);
    const began = performance.now();
    await loadToTheEnd(engine);
    let duration = performance.now() - began;
    const wanted = print(await content(engine));
    for (let kills = 0; kills < KILLS; ) {
      await empty(engine);
      for (let i = 0; i < IN_A_ROW && kills < KILLS; i++) {
        const child = start(engine);
        const closed = once(child, 'close');
        const started = performance.now();
        await Promise.race([setTimeout(randomInt(Math.ceil(duration))), closed]);
        child.kill('SIGKILL');
        const [, signal] = await closed;
        // One that had ended before tells how long a load takes now.
        if (signal === 'SIGKILL') kills++;
        else duration = performance.now() - started;
        await expectWholeFiles(engine);
      }
      await loadToTheEnd(engine);
      expect(print(await content(engine))).toEqual(wanted);
    }
  },
  60_000 + KILLS * 30_000,
);
