import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../core/effects.ts';
import { grantAccess } from '../../../server/gateway/credentials.ts';
import { type Gateway, openGateway } from '../../../server/gateway/gateway.ts';
import { openWarehouse } from '../../../warehouse/open.ts';
import { compiledSpelling } from '../../../warehouse/spelling.ts';
import type { Warehouse } from '../../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../../support/postgres.ts';

describe.each(['duckdb', 'postgres'] as const)('a client of BigQuery on %s', (engine) => {
  let database: Database | undefined;
  let warehouse: Warehouse;
  let gateway: Gateway;
  let access: ReturnType<typeof grantAccess>;
  let client: BigQuery;

  beforeAll(async () => {
    database = engine === 'postgres' ? await makeDatabase() : undefined;
    warehouse = await openWarehouse(
      engine === 'duckdb'
        ? { engine, file: ':memory:' }
        : { engine, connectionString: database!.url, schemaPrefix: 'pre_' },
    );
    const prefix = engine === 'postgres' ? 'pre_' : undefined;
    gateway = await openGateway({
      warehouse,
      spelling: compiledSpelling(engine, prefix)!,
      dialect: 'engine',
      concurrency: 3,
      port: 0,
      clock: systemClock,
    });
    access = grantAccess(gateway);
    const { credentials, projectId } = JSON.parse(readFileSync(access.credentialsFile, 'utf8'));
    client = new BigQuery({ projectId, apiEndpoint: gateway.url, credentials: JSON.parse(credentials) });
    await client.query('create schema if not exists `any.shop`');
  });

  afterAll(async () => {
    await gateway?.close();
    access?.remove();
    await warehouse?.close();
    await database?.remove();
  });

  const rowsOf = async (sql: string) => (await client.query({ query: sql, useLegacySql: false }))[0];

  test('gets values of every kind as BigQuery gives them', async () => {
    const list = engine === 'duckdb' ? "['a', null]" : "array['a', null]";
    const [row] = await rowsOf(
      `select 9007199254740993 as big, 7 as n, 2.5 as exact, cast(0.1 as double precision) as float, true as yes, 'it''s \\n' as text,
         date '2026-01-31' as day, timestamptz '2026-01-31 10:00:00.000001+00' as moment, timestamp '2026-01-31 10:00:00' as local,
         cast(null as integer) as nothing, ${list} as list`,
    );
    expect(row).toMatchObject({
      n: 7,
      exact: 2.5,
      float: 0.1,
      yes: true,
      text: "it's \\n",
      nothing: null,
      list: ['a', null],
    });
    expect([row.day.value, row.moment.value, row.local.value]).toEqual([
      '2026-01-31',
      '2026-01-31T10:00:00.000001000Z',
      '2026-01-31T10:00:00',
    ]);
    const [big] = await client.query({ query: 'select 9007199254740993 as big', wrapIntegers: true });
    expect(big[0].big.value).toBe('9007199254740993');
  });

  test('binds parameters by name', async () => {
    const [rows] = await client.query({
      query:
        "declare more default @n + 1;\nselect @n as n, more as more, @text as text, @moment as moment, @nothing as nothing, '@n' as no_parameter",
      params: { n: 1, text: "it's @n", moment: client.timestamp('2026-01-31T10:00:00Z'), nothing: null },
      types: { n: 'INT64', text: 'STRING', moment: 'TIMESTAMP', nothing: 'STRING' },
    });
    expect({ ...rows[0], moment: rows[0].moment.value }).toEqual({
      n: 1,
      more: 2,
      text: "it's @n",
      moment: '2026-01-31T10:00:00.000Z',
      nothing: null,
      no_parameter: '@n',
    });
  });

  const SCHEMA = [
    { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
    { name: 'name', type: 'STRING' },
    { name: 'loaded_at', type: 'TIMESTAMP' },
    { name: 'share', type: 'FLOAT' },
  ];

  /** A load job of a file in the request, as the client sends it. */
  const upload = (tableId: string, text: string, more: object = {}) =>
    new Promise<void>((resolve, reject) => {
      const schema = { fields: SCHEMA };
      client
        .dataset('made')
        .table(tableId)
        .createWriteStream({ sourceFormat: 'NEWLINE_DELIMITED_JSON', schema, ...more })
        .once('complete', () => resolve())
        .once('error', reject)
        .end(text);
    });

  test('makes data sets and tables, once', async () => {
    await client.createDataset('made');
    await client.dataset('made').createTable('things', { schema: SCHEMA });
    const [{ schema }] = await client.dataset('made').table('things').getMetadata();
    expect(schema.fields.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual(
      SCHEMA.map(({ name, type }) => [name, type]),
    );
    await expect(client.createDataset('made')).rejects.toMatchObject({
      code: 409,
      message: 'Already Exists: Dataset tidemark:made',
    });
    await expect(client.dataset('made').createTable('things', { schema: SCHEMA })).rejects.toMatchObject({
      code: 409,
      message: 'Already Exists: Table tidemark:made.things',
    });
    await expect(
      client.dataset('made').createTable('lists', { schema: [{ name: 'a', type: 'STRING', mode: 'REPEATED' }] }),
    ).rejects.toMatchObject({ code: 400, message: 'The gateway makes no column a of the type REPEATED STRING.' });
  });

  test('loads files as jobs: all rows or none', async () => {
    const lines = [
      { id: 1, name: "it's \u2028 é\n\t", loaded_at: '2026-01-31T10:00:00.5Z', share: 0.1 },
      { id: 2, name: null },
    ];
    const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    await upload('loaded', text);
    await upload('loaded', text.replace('"id":1', '"id":3'), { createDisposition: 'CREATE_NEVER' });
    const all = () => rowsOf('select id, name, share from `any.made.loaded` order by id');
    const loaded = await all();
    expect(loaded).toEqual([
      { id: 1, name: lines[0]!.name, share: 0.1 },
      { id: 2, name: null, share: null },
      { id: 2, name: null, share: null },
      { id: 3, name: lines[0]!.name, share: 0.1 },
    ]);
    expect((await rowsOf('select max(loaded_at) as t from `any.made.loaded`'))[0].t.value).toBe(
      '2026-01-31T10:00:00.500Z',
    );
    const wrong = (more: string) => upload('loaded', `${text}${more}`);
    await expect(wrong('{"id":4')).rejects.toThrow('Error while reading data, line 3: no JSON object');
    await expect(wrong('{"id":4,"nom":1}')).rejects.toThrow('Error while reading data, line 3: no such field: nom');
    await expect(wrong('{"name":"x"}')).rejects.toThrow(/null/i);
    await expect(upload('none', text, { createDisposition: 'CREATE_NEVER' })).rejects.toThrow(
      'Not found: Table made.none',
    );
    await expect(upload('loaded', text, { writeDisposition: 'WRITE_EMPTY' })).rejects.toThrow(
      'Already Exists: Table made.loaded',
    );
    expect(await all()).toEqual(loaded);
    await upload('loaded', text, { writeDisposition: 'WRITE_TRUNCATE' });
    expect(await all()).toHaveLength(2);
    await expect(upload('loaded', text, { sourceFormat: 'CSV' })).rejects.toThrow(
      'The gateway loads NEWLINE_DELIMITED_JSON, not CSV.',
    );
  });

  test('pages through results', async () => {
    const rows = await rowsOf('select n from generate_series(1, 25000) as t(n) order by n');
    expect(rows).toHaveLength(25_000);
    expect(rows[24_999].n).toBe(25_000);
    const [job] = await client.createQueryJob('select n from generate_series(1, 7) as t(n) order by n');
    const [page, next] = await job.getQueryResults({ maxResults: 3, autoPaginate: false });
    expect(page).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect((await job.getQueryResults({ ...next!, autoPaginate: false }))[0]).toEqual([{ n: 4 }, { n: 5 }, { n: 6 }]);
  });

  test('is told what the engine says, with the place, and by the job too', async () => {
    const sql =
      'create or replace table `any.shop.wrong` partition by day as\nselect 1 as n,\n  no_such_column\nfrom (select 2 as m) as t';
    const [job] = await client.createQueryJob(sql);
    const message =
      engine === 'duckdb'
        ? 'Binder Error: Referenced column "no_such_column" not found in FROM clause!\nCandidate bindings: "m" at [3:3]'
        : 'ERROR: column "no_such_column" does not exist at [3:3]';
    await expect(job.getQueryResults()).rejects.toMatchObject({
      code: 400,
      message,
      errors: [{ reason: 'invalidQuery' }],
    });
    const [{ status }] = await job.getMetadata();
    expect(status).toEqual({
      state: 'DONE',
      errorResult: { reason: 'invalidQuery', location: 'query', message },
      errors: [{ reason: 'invalidQuery', location: 'query', message }],
    });
    await expect(client.job('no-such-job').getMetadata()).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Job tidemark:US.no-such-job',
    });
  });

  test('a dry run of several statements checks each of them and changes nothing', async () => {
    await client.query('create or replace table `any.shop.kept` as select 1 as id');
    const script = [
      'declare newest default (select max(id) from `any.shop.kept`)',
      'create or replace temp table `fresh` as (select 2 as id)',
      'insert into `any.shop.kept` (id) select id from `fresh` where id > newest',
      'create or replace view `any.shop.seen` as select * from `any.shop.kept`',
      'alter table `any.shop.kept` add column more integer',
      'create or replace table `any.shop.copy` cluster by id as select id, more from `any.shop.seen_kept`',
      'drop table if exists `any.shop.copy`',
    ];
    const dryRun = (statements: readonly string[]) =>
      client.createQueryJob({ query: statements.join(';\n'), dryRun: true });
    await dryRun(script.map((sql) => sql.replace('seen_kept', 'kept')));
    await expect(dryRun(script)).rejects.toMatchObject({
      code: 400,
      message: expect.stringMatching(/seen_kept.* at \[6:\d+\]/s),
    });
    expect(await rowsOf('select * from `any.shop.kept`')).toEqual([{ id: 1 }]);
    expect((await client.dataset('shop').getTables())[0].map(({ id }) => id)).toEqual(['kept']);
  });

  test('runs jobs side by side, in any number', async () => {
    await client.query('create or replace table `any.shop.counted` as select 0 as n where false');
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => client.query(`insert into \`any.shop.counted\` (n) values (${n})`)),
    );
    expect(await rowsOf('select count(*) as n, sum(n) as total from `any.shop.counted`')).toEqual([
      { n: 12, total: 66 },
    ]);
  });

  test('a cancelled job stops in the engine, and makes room for others', async () => {
    const endless =
      engine === 'duckdb'
        ? 'select count(*) as n from range(10000000) as a, range(10000000) as b'
        : 'select count(*) as n from generate_series(1, 10000000) as a, generate_series(1, 10000000) as b';
    const jobs = await Promise.all([1, 2, 3, 4].map(() => client.createQueryJob(endless)));
    const ends = jobs.map(([job]) => job.getQueryResults().catch((error) => error));
    await Promise.all(jobs.map(([job]) => job.cancel()));
    const message = 'Job execution was cancelled: User requested cancellation';
    for (const end of ends) expect(await end).toMatchObject({ message, errors: [{ reason: 'stopped' }] });
    expect(await rowsOf('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a job stops when nobody waits for it any more', async () => {
    const endless =
      engine === 'duckdb'
        ? 'select count(*) as n from range(10000000) as a, range(10000000) as b'
        : 'select count(*) as n from generate_series(1, 10000000) as a, generate_series(1, 10000000) as b';
    const [job] = await client.createQueryJob(endless);
    const headers = { authorization: `Bearer ${gateway.secret}` };
    const waiting = request(`${gateway.url}/projects/any/queries/${job.id}`, { headers }).on('error', () => {});
    waiting.end();
    await setTimeout(300);
    waiting.destroy();
    for (;;) {
      const [{ status }] = await job.getMetadata();
      if (status.state === 'DONE') {
        expect(status.errorResult.reason).toBe('stopped');
        break;
      }
      await setTimeout(100);
    }
  });

  test('describes tables, and keeps what it is told of them', async () => {
    await client.query("create or replace table `any.shop.described` as select 1 as id, 'a' as name");
    const table = client.dataset('shop').table('described');
    const [{ schema }] = await table.getMetadata();
    await table.setMetadata({
      description: 'One row',
      labels: { team: 'shop' },
      schema: { fields: schema.fields.map((field: object) => ({ ...field, description: "it's a column" })) },
    });
    const [metadata] = await table.getMetadata();
    expect(metadata).toMatchObject({
      type: 'TABLE',
      description: 'One row',
      labels: { team: 'shop' },
      tableReference: { projectId: 'tidemark', datasetId: 'shop', tableId: 'described' },
      schema: {
        fields: [
          { name: 'id', type: 'INTEGER', mode: 'NULLABLE', description: "it's a column" },
          { name: 'name', type: 'STRING', mode: 'NULLABLE', description: "it's a column" },
        ],
      },
    });
    expect((await client.getDatasets())[0].map(({ id }) => id)).toContain('shop');
    await expect(client.dataset('shop').table('none').getMetadata()).rejects.toMatchObject({
      code: 404,
      errors: [{ reason: 'notFound' }],
    });
    await table.delete();
    expect(await table.exists()).toEqual([false]);
  });

  test('a table becomes a view and back at once, with what reads it left in place', async () => {
    await client.query('create or replace table `any.shop.turns` as select 1 as n');
    await client.query('create or replace view `any.shop.reads` as select n from `any.shop.turns`');
    await client.query(
      'drop table if exists `any.shop.turns`;\ncreate or replace view `any.shop.turns` as select 2 as n',
    );
    expect(await rowsOf('select * from `any.shop.reads`')).toEqual([{ n: 2 }]);
    await client.query(
      'drop view if exists `any.shop.turns`;\ncreate or replace table `any.shop.turns` as select 3 as n',
    );
    expect(await rowsOf('select * from `any.shop.reads`')).toEqual([{ n: 3 }]);
  });

  test('reads the information schema of a data set', async () => {
    await client.query('create or replace table `any.shop.informed` as select 1 as n');
    const sql = "select column_name from `any.shop.INFORMATION_SCHEMA.COLUMNS` where table_name = 'informed'";
    expect(await rowsOf(sql)).toEqual([{ column_name: 'n' }]);
  });

  test.each([
    ['a page of a browser', { origin: 'http://127.0.0.1' }, 403, 'The gateway answers programs of this machine only.'],
    [
      'a name that is made to point here',
      { host: 'evil.example' },
      403,
      'The gateway answers programs of this machine only.',
    ],
    ['a program without the secret', {}, 401, 'The request carries no valid token of this gateway.'],
    ['a wrong secret', { authorization: 'Bearer x' }, 401, 'The request carries no valid token of this gateway.'],
  ])('refuses %s', async (_, headers, status, message) => {
    const answer = await send(`${gateway.url}/projects/any/datasets`, headers);
    expect([answer.status, JSON.parse(answer.body).error.message]).toEqual([status, message]);
  });

  test('says what it does not serve', async () => {
    for (const params of [[1], { n: [1] }]) {
      await expect(client.query({ query: 'select 1 as n', params })).rejects.toMatchObject({
        code: 400,
        message: 'The gateway takes query parameters that have a name and are no lists or records.',
      });
    }
    await expect(client.getJobs()).rejects.toMatchObject({
      code: 501,
      message: 'The gateway does not serve GET /projects/tidemark/jobs.',
    });
  });
});

function send(url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      resolve({ status: response.statusCode!, body: Buffer.concat(parts).toString() });
    })
      .on('error', reject)
      .end();
  });
}
