import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../core/effects.ts';
import { workspace } from '../../core/workspace.ts';
import { loadIntoBigquery } from '../../ingest/bigquery-load.ts';
import { loadDataset } from '../../ingest/contract.ts';
import type { LoadOptions } from '../../ingest/load.ts';
import { grantAccess } from '../../server/gateway/credentials.ts';
import { type Gateway, openGateway } from '../../server/gateway/gateway.ts';
import { type BigqueryService, bigqueryService } from '../../warehouse/bigquery/service.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { compiledSpelling } from '../../warehouse/spelling.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { expectGoogleSql, listening } from '../support/google-sql.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { counts, DATASET, effects, NOTHING, type Project, project } from './harness.ts';

const EVENT = (id: number, more = '') => `{"event_id":"e${id}"${more}}\n`;
const HEADER = 'user_id,plan,note\n';

/** The gateway stands for the service: what is tested is that both speak the same protocol, not what Google does with the SQL. */
describe.each(['duckdb', 'postgres'] as const)('a load into BigQuery, which is a gateway over %s', (engine) => {
  let database: Database | undefined;
  let warehouse: Warehouse;
  let connection: Connection;
  let gateway: Gateway;
  let access: ReturnType<typeof grantAccess>;
  let service: BigqueryService;
  const asked = new Set<string>();
  /** Its own warehouse is the one that the same files are loaded into by the loader of the engines. */
  let shop: Project;

  beforeAll(async () => {
    database = engine === 'postgres' ? await makeDatabase() : undefined;
    warehouse = await openWarehouse(
      engine === 'duckdb' ? { engine, file: ':memory:' } : { engine, connectionString: database!.url },
    );
    connection = await warehouse.connect();
    const spelling = compiledSpelling(engine)!;
    gateway = await openGateway({
      warehouse,
      spelling,
      dialect: 'engine',
      concurrency: 2,
      port: 0,
      clock: systemClock,
    });
    access = grantAccess(gateway);
    process.env.BIGQUERY_EMULATOR_HOST = gateway.url;
    const { credentials, projectId } = JSON.parse(readFileSync(access.credentialsFile, 'utf8'));
    const account = JSON.parse(credentials);
    service = listening(
      bigqueryService({ projectId, dataProject: 'data', location: 'EU', credentials: account }),
      asked,
    );
  });
  afterAll(async () => {
    delete process.env.BIGQUERY_EMULATOR_HOST;
    await gateway?.close();
    access?.remove();
    await connection?.close();
    await warehouse?.close();
    await database?.remove();
  });
  beforeEach(async () => {
    await connection.execute('drop schema if exists bronze cascade');
    await connection.execute('drop schema if exists ops cascade');
    shop = await project();
  });
  afterEach(() => shop.close());

  const load = (options: Pick<LoadOptions, 'prune' | 'onlyNew'> = {}, given = effects()) => {
    const space = workspace(shop.dir, { dataset: 'shop' });
    const dataset = loadDataset(space.datasetDir, shop.dir);
    return loadIntoBigquery({ workspace: space, dataset, service, ...options }, given);
  };
  const BRONZE =
    'raw, parsed, row_hash, source_file, line_no, batch_id, cast(loaded_at as varchar) as loaded_at, problem';
  const FILES =
    'source, source_file, content_hash, format, bytes, modified, rows_read, rows_added, duplicates, malformed, batch_id, drift';
  const TABLES = [
    ...['events', 'billing'].map((name) => `select ${BRONZE} from bronze.${name} order by source_file, line_no`),
    `select ${FILES} from ops.load_files order by source, source_file`,
    `select batch_id, files_loaded, rows_read, rows_added, duplicates, malformed, rows_removed,
       finished_at is not null as ended from ops.load_batches order by batch_id`,
  ];
  /** Loads both ways; the reports and all tables have to be equal. */
  const same = async (options: Pick<LoadOptions, 'prune' | 'onlyNew'> = {}) => {
    const ours = await shop.load(options);
    const theirs = await load(options);
    expect({ ...theirs, milliseconds: 0 }).toEqual({ ...ours, milliseconds: 0 });
    for (const sql of TABLES) {
      const [expected, found] = await Promise.all([shop.rows(sql), connection.rows(sql)]);
      const spelt = (rows: readonly unknown[]) => JSON.stringify(rows).replace(/\+00(:00)?"/g, '"');
      expect(spelt(found)).toBe(spelt(expected));
    }
    expect((await warehouse.relations(['ops'])).map(({ target }) => target.name).sort()).toEqual([
      'load_batches',
      'load_files',
    ]);
    return theirs;
  };

  test('the same rows, hashes and accounts as on DuckDB, and nothing when it is done again', async () => {
    shop.raw(
      'events/2026-01-01.jsonl',
      `${EVENT(1)}${EVENT(1)}\n{"event_id":"\\u2028 é 'q' \u2028 \`b\` \\\\n"}\nno json\n[1]\n{"event_id":"\\ud800"}\n`,
    );
    shop.raw('events/2026-01-02.jsonl', Buffer.concat([Buffer.from(EVENT(1)), Buffer.from([0x7b, 0xff, 0x7d, 0x0a])]));
    shop.raw('events/2026-01-03.jsonl', `{"event_id":"a\0b"}\n`);
    shop.raw('events/empty.jsonl', '');
    shop.raw('billing/a.csv', `${HEADER}u1,free,"a ""note"", of\ntwo lines"\r\nu2,pro,\nu3,pro\n`);
    const report = await same();
    expect(counts(report)).toEqual({
      ...NOTHING,
      filesLoaded: 4,
      rowsRead: 9,
      rowsAdded: 7,
      duplicates: 2,
      malformed: 5,
    });
    expect(report.sources[1]).toMatchObject({ rowsRead: 3, rowsAdded: 3, malformed: 1 });
    expect(counts(await same())).toEqual({ ...NOTHING, filesSkipped: 4 });
    expect(counts(await same({ onlyNew: true }))).toEqual({ ...NOTHING, filesSkipped: 4 });
  });

  test('files that are new, moved, grown, rewritten and gone', async () => {
    shop.raw('events/1.jsonl', EVENT(1) + EVENT(2));
    shop.raw('events/2.jsonl', EVENT(2) + EVENT(3));
    shop.raw('billing/a.csv', `${HEADER}u1,free,x\n`);
    await same();
    shop.raw('events/1.jsonl', EVENT(1) + EVENT(2) + EVENT(3) + EVENT(4));
    shop.raw('events/copy.jsonl', EVENT(2) + EVENT(3));
    expect(counts(await same())).toEqual({
      ...NOTHING,
      filesLoaded: 1,
      filesSkipped: 2,
      rowsRead: 2,
      rowsAdded: 1,
      duplicates: 1,
    });
    shop.raw('events/1.jsonl', EVENT(1) + EVENT(5));
    expect(counts(await same())).toMatchObject({ rebuilt: true, rowsAdded: 1, rowsRemoved: 1 });
    shop.removeRaw('events/2.jsonl');
    shop.removeRaw('events/copy.jsonl');
    expect(counts(await same())).toEqual({ ...NOTHING, filesSkipped: 1 });
    expect(counts(await same({ prune: true }))).toMatchObject({ rebuilt: true, rowsAdded: 0, rowsRemoved: 2 });
  });

  test('files that cannot be loaded keep their rows of before, and do not keep others from it', async () => {
    shop.raw('events/1.jsonl', EVENT(1));
    shop.raw('billing/a.csv', `${HEADER}u1,free,x\n`);
    shop.raw('billing/b.csv', 'user_id,plam,note\nu2,free,y\n');
    await same();
    shop.raw('billing/a.csv', 'nothing,of,it\n1,2,3\n');
    shop.raw('billing/c.csv', `${HEADER}u3,free,z\n`);
    const report = await same();
    expect(report.problems.map(({ code, file }) => [code, file])).toEqual([
      ['RAW_COLUMN_MISSING', 'data/raw/shop/billing/a.csv'],
      ['RAW_COLUMN_MISSING', 'data/raw/shop/billing/b.csv'],
    ]);
    expect(await connection.rows('select source_file from bronze.billing order by 1')).toEqual([
      { source_file: 'billing/a.csv' },
      { source_file: 'billing/c.csv' },
    ]);
  });

  test('what fails on the way leaves bronze and the manifest as they were', async () => {
    shop.raw('events/1.jsonl', EVENT(1));
    shop.raw('billing/a.csv', `${HEADER}u1,free,x\n`);
    await same();
    shop.raw('events/2.jsonl', EVENT(2));
    // The rows are in bronze when the manifest refuses its own.
    await connection.execute('alter table ops.load_files rename column drift to other');
    await expect(load()).rejects.toThrow(/^WAREHOUSE_FAILED\n {2}BigQuery: .*drift/);
    await connection.execute('alter table ops.load_files rename column other to drift');
    expect(await connection.rows('select source_file from bronze.events')).toEqual([{ source_file: 'events/1.jsonl' }]);
    const aborted = new AbortController();
    aborted.abort();
    await expect(load({}, effects(aborted.signal))).rejects.toThrow(
      'RUN_CANCELLED\n  The load was interrupted; bronze holds whole files only.',
    );
    expect(counts(await load())).toEqual({ ...NOTHING, filesLoaded: 1, filesSkipped: 1, rowsRead: 1, rowsAdded: 1 });
    expect((await warehouse.relations(['ops'])).map(({ target }) => target.name).sort()).toEqual([
      'load_batches',
      'load_files',
    ]);
  });

  test('a source that the data set no longer has', async () => {
    shop.raw('events/1.jsonl', EVENT(1));
    shop.raw('billing/a.csv', `${HEADER}u1,free,x\n`);
    await same();
    shop.write(
      'configs/datasets/shop/dataset.yaml',
      DATASET.replace('sources: [events, billing]', 'sources: [events]\noptional_sources: [billing]'),
    );
    shop.removeRaw('billing/a.csv');
    const space = workspace(shop.dir, { dataset: 'shop' });
    const dataset = loadDataset(space.datasetDir, shop.dir, ['events']);
    await loadIntoBigquery({ workspace: space, dataset, service, prune: true }, effects());
    expect(await connection.rows('select * from bronze.billing')).toEqual([]);
    expect(await connection.rows('select source from ops.load_files')).toEqual([{ source: 'events' }]);
  });

  test('all that was asked is GoogleSQL', () => expectGoogleSql(asked));
});
