import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { captureConsole } from '../../core/consoles/capture.ts';
import { type Effects, fixedClock } from '../../core/effects.ts';
import { TidemarkError } from '../../core/errors.ts';
import { workspace } from '../../core/workspace.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { type LoadOptions, load } from '../../ingest/load.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { administer } from '../support/postgres.ts';

export const EVENTS = `version: 1
source: events
description: One row per event.
owner: growth
files: { pattern: "events/*.jsonl", format: jsonl }
columns:
  event_id: { type: string, required: true, description: Identifier. }
  channel: { type: string, from: props.channel, description: Channel. }
grain: [event_id]
`;

export const BILLING = `version: 1
source: billing
description: One row per change.
owner: finance
files: { pattern: "billing/*.csv", format: csv }
columns:
  user_id: { type: string, required: true, description: The user. }
  plan_id: { type: string, from: plan, required: true, description: The plan. }
  note: { type: string, description: Free text. }
grain: [user_id]
`;

export const DATASET = `version: 1
title: Shop
description: A shop.
sources: [events, billing]
model: churn
`;

export interface Project {
  readonly dir: string;
  /** Writes a file of the project; makes its folders. */
  write(path: string, content: string | Uint8Array): void;
  /** Writes a raw file of the data set. */
  raw(path: string, content: string | Uint8Array): void;
  removeRaw(path: string): void;
  load(options?: { effects?: Effects } & Pick<LoadOptions, 'prune' | 'onlyNew' | 'isWhole'>): ReturnType<typeof load>;
  rows(sql: string): Promise<unknown[]>;
  /** Closes the database and opens it again. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export const effects = (signal: AbortSignal = new AbortController().signal): Effects => ({
  console: captureConsole(),
  clock: fixedClock('2026-03-01T10:15:00Z'),
  signal,
});

let database: string | undefined;

/** From now on, projects of this test file load into this Postgres database instead of DuckDB. */
export function usePostgres(url: string): void {
  database = url;
}

export const isPostgres = (): boolean => database !== undefined;

/** A project with a data set `shop` of JSON events and CSV billing, and an empty warehouse. */
export async function project(file = ':memory:'): Promise<Project> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-ingest-'));
  const space = workspace(dir, { dataset: 'shop' });
  if (database) await administer(database, 'drop schema if exists bronze, ops cascade');
  const open = () =>
    openWarehouse(
      database
        ? { engine: 'postgres', connectionString: database }
        : { engine: 'duckdb', file: file === ':memory:' ? file : join(dir, file) },
    );
  let warehouse: Warehouse = await open();
  let connection = await warehouse.connect();
  const shut = async () => {
    await connection.close();
    await warehouse.close();
  };
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  };
  write('configs/datasets/shop/dataset.yaml', DATASET);
  write('configs/datasets/shop/events.yaml', EVENTS);
  write('configs/datasets/shop/billing.yaml', BILLING);
  return {
    dir,
    write,
    raw: (path, content) => write(join('data/raw/shop', path), content),
    removeRaw: (path) => rmSync(join(space.rawDir, path)),
    load: ({ effects: given = effects(), ...options } = {}) =>
      load({ workspace: space, dataset: loadDataset(space.datasetDir, dir), warehouse, ...options }, given),
    rows: (sql) => connection.rows(sql),
    async reopen() {
      await shut();
      warehouse = await open();
      connection = await warehouse.connect();
    },
    async close() {
      await shut();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What stands in a bronze table, in the order of the files. */
export const bronze = (shop: Project, source: string) =>
  shop.rows(`select source_file, line_no, raw, parsed, problem from bronze.${source} order by source_file, line_no`);

/** The identity that holds after whatever happened. */
export async function expectAccounts(shop: Project, source: string): Promise<void> {
  const [row] = await shop.rows(`
    select (select count(*) from bronze.${source}) as bronze,
      (select coalesce(sum(rows_read) - sum(duplicates), 0) from ops.load_files where source = '${source}') as files,
      (select count(distinct row_hash) from bronze.${source}) as hashes`);
  const { bronze, files, hashes } = row as { bronze: number; files: number; hashes: number };
  expect({ files, hashes }).toEqual({ files: bronze, hashes: bronze });
}

/** The numbers of the first source of a report. */
export const counts = ({ sources: [first] }: Awaited<ReturnType<Project['load']>>) => {
  const { rebuilt, filesLoaded, filesSkipped, rowsRead, rowsAdded, duplicates, malformed, rowsRemoved } = first!;
  return { rebuilt, filesLoaded, filesSkipped, rowsRead, rowsAdded, duplicates, malformed, rowsRemoved };
};

export const NOTHING = {
  rebuilt: false,
  filesLoaded: 0,
  filesSkipped: 0,
  rowsRead: 0,
  rowsAdded: 0,
  duplicates: 0,
  malformed: 0,
  rowsRemoved: 0,
};

/** The whole message of the error that `work` throws. */
export function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof TidemarkError) return error.message;
    throw error;
  }
  throw new Error('it did not throw');
}
