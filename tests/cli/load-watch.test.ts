import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { BILLING, DATASET, EVENTS } from '../ingest/harness.ts';

let dir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-watch-'));
  write('dataform.json', '{ "defaultSchema": "d" }');
  write('configs/datasets/shop/dataset.yaml', DATASET);
  write('configs/datasets/shop/events.yaml', EVENTS);
  write('configs/datasets/shop/billing.yaml', BILLING);
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
};

test('load --watch loads what appears and what grows, leaves the database free, and ends well with Ctrl-C', async () => {
  write('data/raw/shop/events/a.jsonl', '{"event_id":"e1"}\n');
  child = spawn(
    process.execPath,
    [join(packageRoot(), 'dist/bin/tidemark.cjs'), 'load', '--watch', '--dataset', 'shop'],
    {
      cwd: dir,
      env: { ...process.env, DATABASE_URL: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  child.stderr!.on('data', (text) => {
    said += text;
  });
  const untilSaid = async (text: string) => {
    while (!said.includes(text)) await once(child!.stderr!, 'data');
  };
  await untilSaid('1 row from 1 file: 1 new');
  await untilSaid('RAW_NOT_FOUND');
  write('data/raw/shop/billing/a.csv', 'user_id,plan,note\nu1,pro,\nu2,pro,\n');
  await untilSaid('2 rows from 1 file: 2 new, 1 file unchanged');
  appendFileSync(join(dir, 'data/raw/shop/events/a.jsonl'), '{"event_id":"e2"}\n');
  await untilSaid('1 row from 1 file: 1 new, 1 file unchanged');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(said).toMatch(/stopped watching; bronze holds whole files only\n$/);
  // The source that had no file yet was told of once.
  expect(said.match(/RAW_NOT_FOUND/g)).toHaveLength(1);
  const warehouse = await openWarehouse({ engine: 'duckdb', file: join(dir, 'data/shop.duckdb'), readOnly: true });
  const connection = await warehouse.connect();
  const ids = await connection.rows(
    `select coalesce(parsed, raw)::json->>'event_id' as id from bronze.events order by 1`,
  );
  await warehouse.close();
  expect(ids).toEqual([{ id: 'e1' }, { id: 'e2' }]);
});
