import { rmSync } from 'node:fs';
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import { type ExecuteOptions, executePlan } from '../../runner/execute.ts';
import { planRun } from '../../runner/plan.ts';
import type { RunRecord } from '../../runner/record.ts';
import { EVERYTHING } from '../../runner/select.ts';
import { readState } from '../../runner/state.ts';
import { openPostgres } from '../../warehouse/postgres/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { makeServer, type OwnServer } from '../support/own-postgres.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';
import { effects, writeProject } from './helpers.ts';

/** Compiles a project and runs it; `during` is called when an action starts. */
async function run(
  warehouse: Warehouse,
  files: Record<string, string>,
  during: (name: string) => unknown = () => {},
  options: ExecuteOptions = {},
): Promise<RunRecord> {
  const projectDir = writeProject(files);
  try {
    const graph = await compileProject({ projectDir, engine: 'postgres' });
    const plan = planRun(graph, EVERYTHING, await readState(warehouse, graph), warehouse);
    const pending: unknown[] = [];
    const record = await executePlan(plan, warehouse, { concurrency: 1, ...options }, effects(), (event) => {
      if (event.type === 'started') pending.push(during(event.name));
    });
    // What it does to the database has to end before the database is taken away; whether it did it, the record shows.
    await Promise.allSettled(pending);
    return record;
  } finally {
    rmSync(projectDir, { recursive: true });
  }
}

const outcomes = (record: RunRecord) =>
  record.actions.map(({ name, status, rows, reason }) =>
    [name, status, rows, reason].filter((part) => part !== undefined).join(' '),
  );

/** Ends the sessions that run a statement with this text, as soon as there is one. */
async function terminate(url: string, text: string): Promise<void> {
  await administer(
    url,
    `do $do$ begin
       for i in 1 .. 500 loop
         perform pg_terminate_backend(pid) from pg_stat_activity where query like '%${text}%' and state = 'active' and pid <> pg_backend_pid();
         if found then return; end if;
         perform pg_sleep(0.01);
         perform pg_stat_clear_snapshot();
       end loop;
       raise 'nobody ran it';
     end $do$`,
  );
}

const PAUSE = `select 1 as id from (select pg_sleep(case when to_regclass('public.calm') is null then 0.5 else 0 end)) as s`;

describe('a session that the server ends', () => {
  let database: Database;
  let warehouse: Warehouse;
  let connection: Connection;
  beforeEach(async () => {
    database = await makeDatabase();
    warehouse = await openPostgres({ connectionString: database.url });
    connection = await warehouse.connect();
  });
  afterEach(async () => {
    await warehouse?.close();
    await database?.remove();
  });

  /** The statements of the run sleep the first time, are cut off there, and do not the second time. */
  const once = (text: string) => async () => {
    await terminate(database.url, text);
    await administer(database.url, 'create table public.calm ()');
  };
  const server = () => {
    const { username, host, pathname } = new URL(database.url);
    return `${username}@${host}${pathname}`;
  };

  test('tables, views, assertions and counts are made on a new one, and the record says so', async () => {
    const files = {
      'definitions/t.sqlx': `config { type: "table" }\n${PAUSE}`,
      'definitions/v.sqlx': `config { type: "view", description: "One row." }\nselect * from \${ref("t")}`,
      'definitions/a.sqlx': `config { type: "assertion" }\nselect * from \${ref("v")} where id is null`,
    };
    const record = await run(warehouse, files, (name) => name === 'd.t' && once('pg_sleep(case')());
    expect(outcomes(record)).toEqual(['d.t SUCCESSFUL 1', 'd.v SUCCESSFUL', 'checks.a SUCCESSFUL 0']);
    expect(record.actions[0]!.tasks[0]).toMatchObject({ status: 'SUCCESSFUL', newSessions: 1 });
  });

  test.each([
    ['insert', 'config { type: "incremental" }', 2],
    ['merge', 'config { type: "incremental", uniqueKey: ["id"] }', 1],
    [
      'overwrite',
      'config { type: "incremental", bigquery: { partitionBy: "id" }, incrementalStrategy: "INSERT_OVERWRITE" }',
      1,
    ],
  ])('an incremental %s is rolled back and done once', async (_, config, rows) => {
    await connection.execute('create schema d; create table d.t as select 1 as id');
    const record = await run(warehouse, { 'definitions/t.sqlx': `${config}\n${PAUSE}` }, once('pg_sleep(case'));
    expect(outcomes(record)).toEqual([`d.t SUCCESSFUL ${rows}`]);
    expect(await connection.rows('select count(*) as n from d.t')).toEqual([{ n: rows }]);
  });

  test('operations are not sent again; what is not known is said', async () => {
    const files = {
      'definitions/o.sqlx': `config { type: "operations" }\n${PAUSE}`,
      'definitions/p.sqlx': 'config { type: "table" }\nselect 1 as id',
    };
    const record = await run(warehouse, files, (name) => name === 'd.o' && once('pg_sleep(case')());
    expect(outcomes(record)).toEqual([
      `d.o FAILED The connection to ${server()} was lost: terminating connection due to administrator command\n` +
        'Whether it was committed before that is not known: look at what it changes before it is run again, and undo it there if it was.',
      'd.p SUCCESSFUL 1',
    ]);
  });

  test('operations whose session was lost before they were sent run on a new one', async () => {
    const files = { 'definitions/o.sqlx': 'config { type: "operations" }\ncreate table public.made ()' };
    // The schema is made on the session that is ended then; its end arrives before the action begins.
    const others = `select count(pg_terminate_backend(pid)) as n from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()`;
    const projectDir = writeProject(files);
    const graph = await compileProject({ projectDir, engine: 'postgres' });
    rmSync(projectDir, { recursive: true });
    const plan = planRun(graph, EVERYTHING, {}, warehouse);
    const idle = await warehouse.connect();
    await connection.execute(others);
    await expect.poll(() => idle.rows('select 1 as a').catch(() => 'gone')).toBe('gone');
    const record = await executePlan(plan, { ...warehouse, connect: async () => idle }, {}, effects());
    expect(outcomes(record)).toEqual(['d.o SUCCESSFUL']);
  });

  test('what the first operations left in it is missed with an explanation', async () => {
    const files = {
      'definitions/t.sqlx': `config { type: "table" }\npre_operations { create temporary table helper as select 7 as n }\nselect n from helper, (${PAUSE}) as s`,
    };
    const record = await run(warehouse, files, once('pg_sleep(case'));
    expect(outcomes(record)).toEqual([
      expect.stringMatching(
        /^d\.t FAILED ERROR: relation "helper" does not exist[\s\S]*\nThe connection was lost and made again in the middle of this action: what its first operations left in the session is gone\.$/,
      ),
    ]);
  });

  test('--action-retry-limit 0 fails at once', async () => {
    const record = await run(
      warehouse,
      { 'definitions/t.sqlx': `config { type: "table" }\n${PAUSE}` },
      once('pg_sleep(case'),
      { actionRetryLimit: 0 },
    );
    expect(outcomes(record)).toEqual([
      `d.t FAILED The connection to ${server()} was lost: terminating connection due to administrator command`,
    ]);
  });
});

describe('a commit whose answer never comes', () => {
  let database: Database;
  let wire: Wire;
  let warehouse: Warehouse;
  beforeEach(async () => {
    database = await makeDatabase();
    wire = await cutAtCommit(database.url);
    warehouse = await openPostgres({ connectionString: wire.url });
  });
  afterEach(async () => {
    await warehouse?.close();
    await wire?.close();
    await database?.remove();
  });

  const INSERT = { 'definitions/t.sqlx': 'config { type: "incremental" }\nselect 2 as id' };
  const ids = async () => {
    const reader = await warehouse.connect();
    await reader.revive();
    return (await reader.rows('select id from d.t order by id')).map(({ id }) => id);
  };

  test.each(['arrived', 'lost'] as const)('an insert whose commit was %s is there once', async (commit) => {
    await administer(database.url, 'create schema d; create table d.t as select 1 as id');
    wire.cut(commit);
    const record = await run(warehouse, INSERT);
    expect(outcomes(record)).toEqual(['d.t SUCCESSFUL 2']);
    expect(wire.cuts()).toBe(1);
    expect(await ids()).toEqual([1, 2]);
  });

  test('when another transaction has the number after a crash, nobody knows, and that is said', async () => {
    await administer(database.url, 'create schema d; create table d.t as select 1 as id');
    wire.cut('arrived');
    // As after a crash: the number says "committed", and the table has no row of it.
    wire.onCut(() => administer(database.url, 'truncate d.t'));
    const record = await run(warehouse, INSERT);
    expect(record.actions[0]).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('Whether it was committed before that is not known'),
    });
  });
});

interface Wire {
  readonly url: string;
  /** Cuts the connection at the next commit: after it has `arrived` at the server, or before, so that it is `lost`. */
  cut(commit: 'arrived' | 'lost'): void;
  /** Done after the cut, before new connections are let through. */
  onCut(work: () => Promise<unknown>): void;
  cuts(): number;
  close(): Promise<void>;
}

/** A wire to the server that breaks at a commit. */
async function cutAtCommit(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let wanted: 'arrived' | 'lost' | undefined;
  let cuts = 0;
  let after: () => Promise<unknown> = async () => {};
  let mended: Promise<unknown> = Promise.resolve();
  const server: Server = createServer(async (client) => {
    sockets.add(client.on('error', () => undefined));
    await mended;
    const upstream = openSocket(Number(port), hostname);
    sockets.add(upstream.on('error', () => undefined));
    let silent = false;
    upstream.on('data', (data) => !silent && client.write(data));
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (data) => {
      // A simple query: its letter, four bytes of length, its text, a zero.
      if (!wanted || data.toString('latin1', 5, 11) !== 'commit') return void upstream.write(data);
      const commit = wanted;
      wanted = undefined;
      cuts++;
      silent = true;
      if (commit === 'arrived') {
        upstream.once('data', () => {
          mended = after();
          client.destroy();
        });
        upstream.write(data);
      } else {
        mended = after();
        client.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxied = new URL(url);
  proxied.port = String((server.address() as { port: number }).port);
  return {
    url: proxied.href,
    cut: (commit) => {
      wanted = commit;
    },
    onCut: (work) => {
      after = work;
    },
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a server that goes away', () => {
  let server: OwnServer;
  let warehouse: Warehouse;
  beforeAll(async () => {
    server = await makeServer();
  });
  afterAll(() => server?.remove());
  afterEach(() => warehouse?.close());

  test.each(['stop', 'kill'] as const)(
    '%s: the run waits until it is back, and ends as if nothing had been',
    async (how) => {
      warehouse = await openPostgres({ connectionString: server.url });
      const files = {
        'definitions/t.sqlx': `config { type: "table", schema: "${how}" }\n${PAUSE}`,
        'definitions/u.sqlx': `config { type: "table", schema: "${how}" }\nselect id from \${ref("t")}`,
      };
      const record = await run(
        warehouse,
        files,
        async (name) => {
          if (!name.endsWith('.t')) return;
          await new Promise((resolve) => setTimeout(resolve, 200));
          await server[how]();
          await server.start();
        },
        { concurrency: 2 },
      );
      expect(outcomes(record)).toEqual([`${how}.t SUCCESSFUL 1`, `${how}.u SUCCESSFUL 1`]);
    },
  );

  test('and does not come back fails the action with both reasons', async () => {
    warehouse = await openPostgres({ connectionString: server.url });
    const record = await run(
      warehouse,
      { 'definitions/t.sqlx': `config { type: "table" }\n${PAUSE}` },
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await server.kill();
      },
      { actionRetryLimit: 1 },
    );
    const name = `tidemark@127.0.0.1:${server.port}/postgres`;
    // A server that is dying may refuse the connection, cut it, or say that it shuts down.
    expect(outcomes(record)).toEqual([
      expect.stringMatching(
        new RegExp(`^d.t FAILED The connection to ${name} was lost: .+\\nIt could not be made again: .*${name}.*: .+$`),
      ),
    ]);
  });
});
