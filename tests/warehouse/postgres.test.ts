import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres } from '../../warehouse/postgres/open.ts';
import { postgresStatements } from '../../warehouse/postgres/statements.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';

let database: Database;
let warehouse: Warehouse;
let connection: Connection;

beforeAll(async () => {
  database = await makeDatabase();
  warehouse = await openPostgres({ connectionString: database.url });
  connection = await warehouse.connect();
});

afterAll(async () => {
  await warehouse?.close();
  await database?.remove();
});

const message = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: Error) => error.message,
  );
const WAY_OUT = '\n  Read the engine text in the message. (docs/errors.md#warehouse_failed)';
/** `user@host:port/database`, as messages name the server. */
const server = () => {
  const { username, hostname, port, pathname } = new URL(database.url);
  return `${username}@${hostname}:${port}${pathname}`;
};

describe('values', () => {
  test('rows hold plain values: exact integers, nearest doubles, ISO text in UTC', async () => {
    expect(
      await connection.rows(`select 7::int2 as small, 9007199254740991 as safe, 9007199254740993 as large, 1.25::numeric(10, 2) as money,
        0.1::float8 as tenth, 'NaN'::float8 as nan, '-Infinity'::float8 as least, true as yes, null as nothing, 'it''s' as word,
        date '2026-03-01' as day, timestamp '2026-03-01 10:15:00.25' as ts, timestamptz '2026-03-01 10:15:00.000001+02' as tz,
        timestamptz 'infinity' as never, array[1, 2] as list, '{"b": 1}'::json as doc, '\\xab'::bytea as bytes`),
    ).toEqual([
      {
        small: 7,
        safe: 9007199254740991,
        large: 9007199254740993n,
        money: 1.25,
        tenth: 0.1,
        nan: Number.NaN,
        least: Number.NEGATIVE_INFINITY,
        yes: true,
        nothing: null,
        word: "it's",
        day: '2026-03-01',
        ts: '2026-03-01T10:15:00.250Z',
        tz: '2026-03-01T08:15:00.000001Z',
        never: 'infinity',
        list: '{1,2}',
        doc: '{"b": 1}',
        bytes: 'ab',
      },
    ]);
  });

  test('parameters are bound, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          text: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
          number: fc.double({ noNaN: true }),
          whole: fc.maxSafeInteger(),
          yes: fc.boolean(),
        }),
        async ({ text, number, whole, yes }) => {
          const [row] = await connection.rows(
            'select $1::text as text, $2::float8 as number, $3::int8 as whole, $4::bool as yes, $5::text as nothing',
            [text, number, whole, yes, null],
          );
          expect(row).toEqual({ text, number, whole, yes, nothing: null });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('names and literals survive their spelling, and SQL without parameters may hold ? and $1', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !text.includes('\0')),
        fc.string().filter((text) => !text.includes('\0')),
        async (name, text) => {
          const { identifier, literal } = warehouse.statements;
          expect(await connection.rows(`select ${literal(text)} as ${identifier(name)}`)).toEqual([{ [name]: text }]);
        },
      ),
      { numRuns: 50 },
    );
    expect(await connection.rows(`select '{"a": 1}'::jsonb ? 'a' as has, '$1 ?' as text`)).toEqual([
      { has: true, text: '$1 ?' },
    ]);
  });

  test('columns arrive whole and in order', async () => {
    const columns = await connection.columns(
      `select i, (i / 4.0)::numeric(12, 2) as money, case when i % 2 = 0 then i end as even, i % 2 = 0 as flag,
         case when i > 0 then 'w' || i end as word, date '2026-01-01' + i as day, i as i
       from generate_series(0, 4999) as r(i) where i >= $1 order by i desc`,
      [0],
    );
    expect(columns.map(({ name, kind, values }) => [name, kind, values.length])).toEqual([
      ['i', 'number', 5000],
      ['money', 'number', 5000],
      ['even', 'number', 5000],
      ['flag', 'number', 5000],
      ['word', 'text', 5000],
      ['day', 'text', 5000],
      ['i', 'number', 5000],
    ]);
    const last = Object.fromEntries(columns.map(({ name, values }) => [name, [...values.slice(-2)]]));
    expect(last).toEqual({
      i: [1, 0],
      money: [0.25, 0],
      even: [Number.NaN, 0],
      flag: [0, 1],
      word: ['w1', null],
      day: ['2026-01-02', '2026-01-01'],
    });
    expect(await connection.columns("select 1 as n, 'a' as word where false")).toEqual([
      { name: 'n', kind: 'number', values: new Float64Array(0) },
      { name: 'word', kind: 'text', values: [] },
    ]);
    expect(await message(connection.columns('select 1 / 0 as n'))).toBe(
      `WAREHOUSE_FAILED\n  ERROR: division by zero${WAY_OUT}`,
    );
  });

  test('a query is described without running it', async () => {
    expect(
      await connection.describe(
        'select a, 1 / (a - a) as b, 1.5::numeric(4, 1) as c, now() as d from generate_series(1, 3) as a',
      ),
    ).toEqual([
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'integer' },
      { name: 'c', type: 'numeric(4,1)' },
      { name: 'd', type: 'timestamp with time zone' },
    ]);
  });
});

describe('execute, transaction, append, cancel', () => {
  const T = { schema: 'w', name: 't' };
  beforeEach(() =>
    connection.execute(
      "drop schema if exists w cascade; create schema w; create table w.t (id bigint, day date, seen timestamptz, score float8, ok boolean, note text default '-')",
    ),
  );

  test('returns the rows that the last statement changed', async () => {
    expect(await connection.execute('insert into w.t (id) values (1); insert into w.t (id) values (2), (3)')).toBe(2);
    expect(await connection.execute('delete from w.t where id > $1', [1])).toBe(2);
    expect(await connection.execute('select * from w.t')).toBe(0);
  });

  test('a transaction commits whole or not at all', async () => {
    await connection.transaction(() => connection.execute('insert into w.t (id) values (1)'));
    const failed = connection.transaction(async () => {
      await connection.execute('insert into w.t (id) values (2)');
      await connection.execute('insert into\n  no_such_table values (1)');
    });
    expect(await message(failed)).toBe(
      `WAREHOUSE_FAILED\n  ERROR: relation "no_such_table" does not exist\n\n  LINE 2:   no_such_table values (1)\n            ^${WAY_OUT}`,
    );
    expect(await connection.rows('select id from w.t')).toEqual([{ id: 1 }]);
  });

  test('append converts to the columns, fills defaults and takes any order', async () => {
    async function* rows() {
      yield ['2026-03-01', 1, '2026-03-01T10:15:00.250Z', 1.5, true];
      yield [null, 9007199254740993n, null, -0, false];
    }
    expect(await connection.append(T, ['day', 'id', 'seen', 'score', 'ok'], rows())).toBe(2);
    expect(await connection.rows('select * from w.t')).toEqual([
      { id: 1, day: '2026-03-01', seen: '2026-03-01T10:15:00.250Z', score: 1.5, ok: true, note: '-' },
      { id: 9007199254740993n, day: null, seen: null, score: -0, ok: false, note: '-' },
    ]);
  });

  test('append keeps every text', async () => {
    const texts = fc.array(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (list) => {
        await connection.execute('truncate w.t');
        const all = [...list, '', '\\N', '\\.', 'a\tb\\nc\r\nd', '"', '\u2028'];
        await connection.append(
          T,
          ['note', 'id'],
          all.map((text, i) => [text, i]),
        );
        expect((await connection.rows('select note from w.t order by id')).map(({ note }) => note)).toEqual(all);
      }),
      { numRuns: 20 },
    );
  });

  test('append leaves nothing behind when a row is wrong or the rows break off', async () => {
    const rows = [...Array.from({ length: 50_000 }, (_, i) => [i]), ['not a number']];
    expect(await message(connection.append(T, ['id'], rows))).toBe(
      'WAREHOUSE_FAILED\n  ERROR: invalid input syntax for type bigint: "not a number"\n' +
        `  CONTEXT: COPY t, line 50001, column id: "not a number"${WAY_OUT}`,
    );
    async function* broken() {
      for (let i = 0; i < 50_000; i++) yield [i];
      throw new Error('the reader broke');
    }
    expect(await message(connection.append(T, ['id'], broken()))).toBe(
      `WAREHOUSE_FAILED\n  the reader broke${WAY_OUT}`,
    );
    expect(await connection.rows('select count(*) as n from w.t')).toEqual([{ n: 0 }]);
  });

  test('append names columns that the table does not have', async () => {
    expect(await message(connection.append(T, ['id', 'scroe'], []))).toBe(
      `WAREHOUSE_FAILED\n  w.t has no column "scroe"; it has id, day, seen, score, ok, note. Did you mean "score"?${WAY_OUT}`,
    );
  });

  test('cancel stops the statement on the server, and the connection lives on', async () => {
    const running = message(
      connection.transaction(() => connection.execute('insert into w.t (id) select 1 from pg_sleep(600)')),
    );
    const timer = setInterval(() => connection.cancel(), 20);
    expect(await running).toBe(`WAREHOUSE_FAILED\n  ERROR: canceling statement due to user request${WAY_OUT}`);
    clearInterval(timer);
    expect(await connection.rows('select count(*) as n from w.t')).toEqual([{ n: 0 }]);
    expect(
      await connection.rows(
        "select count(*) as n from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)' and pid <> pg_backend_pid()",
      ),
    ).toEqual([{ n: 0 }]);
  });
});

describe('sessions', () => {
  test('are in UTC, say who they are, and leave search_path alone', async () => {
    await connection.execute('set search_path = elsewhere');
    const other = await warehouse.connect();
    expect(
      await other.rows(
        "select current_setting('TimeZone') as zone, current_setting('search_path') as path, current_setting('application_name') as name, '2026-03-01 00:00:00+02'::timestamptz::date as day",
      ),
    ).toEqual([{ zone: 'UTC', path: '"$user", public', name: 'tidemark', day: '2026-02-28' }]);
    await other.close();
    await connection.execute('reset search_path');
  });

  test('a statement can have a time limit', async () => {
    const limited = await openPostgres({ connectionString: database.url, statementTimeout: 50 });
    const session = await limited.connect();
    expect(await message(session.execute('select pg_sleep(600)'))).toBe(
      `WAREHOUSE_FAILED\n  ERROR: canceling statement due to statement timeout${WAY_OUT}`,
    );
    await limited.close();
  });

  test('opened for reading, nothing can be written', async () => {
    const reader = await openPostgres({ connectionString: database.url, readOnly: true });
    const session = await reader.connect();
    expect(await message(session.execute('create table public.never (id int)'))).toBe(
      `WAREHOUSE_FAILED\n  ERROR: cannot execute CREATE TABLE in a read-only transaction${WAY_OUT}`,
    );
    await reader.close();
  });

  test('a lost connection says so, without the password', async () => {
    const lost = await warehouse.connect();
    const [{ pid }] = (await lost.rows<{ pid: number }>('select pg_backend_pid() as pid')) as [{ pid: number }];
    const sleeping = message(lost.execute('select pg_sleep(600)'));
    await administer(database.url, `select pg_terminate_backend(${pid})`);
    const hint =
      '\n  What was not committed was rolled back; see whether the server is up, then run the command again. (docs/errors.md#warehouse_failed)';
    expect(await sleeping).toBe(
      `WAREHOUSE_FAILED\n  The connection to ${server()} was lost: terminating connection due to administrator command${hint}`,
    );
    expect(await message(lost.execute('select 1'))).toBe(
      `WAREHOUSE_FAILED\n  The connection to ${server()} was lost: the server or the network closed it${hint}`,
    );
  });
});

const URL_HINT =
  '\n  DATABASE_URL is postgresql://user:password@host:port/database?sslmode=verify-full; in it / ? # @ % of a password are %2F %3F %23 %40 %25. (docs/errors.md#warehouse_failed)';

/** A wire to the server on which it says something else than it does. */
async function rewriting(url: string, [from, to]: [string, string]): Promise<{ url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const wire = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    sockets.push(client, upstream);
    client.on('error', () => undefined).pipe(upstream);
    upstream
      .on('error', () => undefined)
      .on('data', (data) => client.write(Buffer.from(data.toString('latin1').replaceAll(from, to), 'latin1')));
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.port = String((wire.address() as { port: number }).port);
  return {
    url: through.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => wire.close(resolve));
    },
  };
}

describe('opening', () => {
  const hint =
    '\n  Check DATABASE_URL (postgresql://user:password@host:port/database) and that the server is up. (docs/errors.md#warehouse_failed)';

  test('a wrong password, a server that is not there, and a URL that is none', async () => {
    const wrong = new URL(database.urlOf('nobody', 'top-secret'));
    expect(await message(openPostgres({ connectionString: wrong.href }))).toBe(
      `WAREHOUSE_FAILED\n  nobody@${wrong.host}${wrong.pathname}: password authentication failed for user "nobody"${hint}`,
    );
    expect(await message(openPostgres({ connectionString: 'postgresql://u:top-secret@127.0.0.1:1/d' }))).toBe(
      `WAREHOUSE_FAILED\n  u@127.0.0.1:1/d: connect ECONNREFUSED 127.0.0.1:1${hint}`,
    );
    expect(await message(openPostgres({ connectionString: 'postgresql://u:top-secret@[x/d' }))).toBe(
      `WAREHOUSE_FAILED\n  Postgres: the connection URL cannot be read${URL_HINT}`,
    );
  });

  test.each([
    'postgresql://u:top/secret@127.0.0.1/d',
    'postgresql://u:12/top-secret@127.0.0.1/d',
    'postgresql://u:12?top-secret@127.0.0.1/d',
    'postgresql://u:12#top-secret@127.0.0.1/d',
    'postgresql://u:top-secret%ff@127.0.0.1/d',
  ])('a URL whose password is not written as URLs want it shows no part of it: %s', async (connectionString) => {
    expect(await message(openPostgres({ connectionString }))).toBe(
      `WAREHOUSE_FAILED\n  Postgres: the connection URL cannot be read${URL_HINT}`,
    );
  });

  test('what is no URL at all is not quoted either', async () => {
    expect(await message(openPostgres({ connectionString: 'host=127.0.0.1 password=top-secret' }))).toBe(
      `WAREHOUSE_FAILED\n  Postgres: the connection URL begins with neither postgresql:// nor postgres://${URL_HINT}`,
    );
  });

  test('a server that is too old', async () => {
    const wire = await rewriting(database.url, ['180004', '150013']);
    const { port } = new URL(wire.url);
    const named = server().replace(/:\d+/, `:${port}`);
    expect(await message(openPostgres({ connectionString: wire.url }))).toMatch(
      new RegExp(`^WAREHOUSE_FAILED\n {2}${named} is Postgres [^ ]+; expected 16 or newer\n`),
    );
    await wire.close();
  });

  test('a server that hangs up at once', async () => {
    const sockets: Socket[] = [];
    const rude = createServer((socket) => sockets.push(socket.on('error', () => undefined).end()));
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as { port: number };
    expect(await message(openPostgres({ connectionString: `postgresql://u:top-secret@127.0.0.1:${port}/d` }))).toBe(
      `WAREHOUSE_FAILED\n  u@127.0.0.1:${port}/d: Connection terminated unexpectedly${hint}`,
    );
    rude.close();
  });

  test('a role without the right to create schemas is told so, and may use those that are there', async () => {
    const role = `reader_${server().replace(/\W/g, '_').slice(-20)}`;
    await administer(
      database.url,
      `create role ${role} login password 'r'; create schema if not exists there; grant all on schema there to ${role}`,
    );
    const theirs = await openPostgres({ connectionString: database.urlOf(role, 'r') });
    const session = await theirs.connect();
    await session.execute(theirs.statements.createSchema('there'));
    expect(await message(session.execute(theirs.statements.createSchema('missing')))).toBe(
      `WAREHOUSE_FAILED\n  ERROR: permission denied for database ${server().split('/')[1]}\n` +
        `  The role of the connection to ${server().replace(/^[^@]+/, role)} lacks a right; its owner or an administrator can grant it.${WAY_OUT}`,
    );
    await theirs.close();
    await administer(database.url, `drop owned by ${role}; drop role ${role}`);
  });
});

describe('names', () => {
  const LONG = 'analytics_fct_subscriptions_daily_assertions_uniqueKey_with_a_long_name_0';

  test('longer than 63 bytes end in a hash, the same wherever they are spelt', async () => {
    const { statements } = warehouse;
    const target = { schema: 'names', name: LONG };
    expect(statements.catalog(target).name).toBe('analytics_fct_subscriptions_daily_assertions_uniqueKey_3b28a961');
    expect(statements.catalog({ ...target, name: 'é'.repeat(40) }).name).toMatch(/^é{27}_[0-9a-f]{8}$/);
    await connection.execute(statements.createSchema('names'));
    for (const name of [LONG, `${LONG}1`]) {
      await connection.transaction(async () => {
        for (const sql of statements.createView({ schema: 'names', name }, `select '${name}' as a`))
          await connection.execute(sql);
      });
    }
    expect(await connection.rows(`select a from ${statements.relation(target)}`)).toEqual([{ a: LONG }]);
    expect((await warehouse.describe(target))?.type).toBe('view');
  });

  test('the content of tables of every sort has a version that follows its rows; that of views is not known', async () => {
    await connection.execute(`drop schema if exists c cascade; create schema c;
      create table c.plain as select 1 as a;
      create table c.parted (a int) partition by list (a); create table c.part partition of c.parted for values in (1, 2);
      insert into c.parted values (1);
      create materialized view c.kept as select a from c.plain; create view c.seen as select a from c.plain`);
    const of = (name: string) => warehouse.content({ schema: 'c', name });
    for (const name of ['plain', 'parted']) {
      const before = await of(name);
      expect(before).toEqual({ rows: 1, version: expect.stringMatching(/^\d+$/) });
      expect(await of(name)).toEqual(before);
      await connection.execute(`update c.${name} set a = 2`);
      const after = await of(name);
      expect(after).toMatchObject({ rows: 1 });
      expect(after).not.toEqual(before);
    }
    const kept = await of('kept');
    await connection.execute('refresh materialized view c.kept');
    expect(await of('kept')).not.toEqual(kept);
    expect([await of('seen'), await of('none')]).toEqual([undefined, undefined]);
    for (const name of ['plain', 'parted', 'kept'])
      expect(await warehouse.content({ schema: 'c', name }, { onlyCheap: true })).toEqual(await of(name));
  });

  test('a prefix stands before every schema, and the names of the project stay', async () => {
    const prefixed = await openPostgres({ connectionString: database.url, schemaPrefix: 'oulad_' });
    const session = await prefixed.connect();
    await session.execute(prefixed.statements.createSchema('gold'));
    await session.execute(`create table ${prefixed.statements.relation({ schema: 'gold', name: 't' })} (a int)`);
    expect(await session.append({ schema: 'gold', name: 't' }, ['a'], [[1]])).toBe(1);
    expect(await session.rows('select a from oulad_gold.t')).toEqual([{ a: 1 }]);
    expect(await prefixed.relations(['gold'])).toEqual([
      { target: { schema: 'gold', name: 't' }, type: 'table', id: expect.stringMatching(/^\d+$/) },
    ]);
    expect(await warehouse.relations(['gold'])).toEqual([]);
    expect(await prefixed.describe({ schema: 'gold', name: 't' })).toEqual({
      type: 'table',
      columns: [{ name: 'a', type: 'integer' }],
    });
    await prefixed.close();
  });

  test('a merge and an overwrite are stated for Postgres', () => {
    const { merge, createTemporary } = postgresStatements();
    expect(
      merge({
        target: { schema: 's', name: 't' },
        query: 'select 1',
        columns: ['a', 'b'],
        uniqueKey: ['a'],
        filter: 'DATAFORM_DEST.b > 1',
      }),
    ).toEqual([
      `merge into "s"."t" as DATAFORM_DEST
using (
select 1
) as DATAFORM_SOURCE
on DATAFORM_DEST."a" = DATAFORM_SOURCE."a" and (DATAFORM_DEST.b > 1)
when matched then update set "a" = DATAFORM_SOURCE."a", "b" = DATAFORM_SOURCE."b"
when not matched then insert ("a", "b") values (DATAFORM_SOURCE."a", DATAFORM_SOURCE."b")`,
    ]);
    expect(createTemporary('x', 'select 1')).toEqual([
      'drop table if exists pg_temp."x"',
      'create temporary table "x" as\nselect 1',
      'analyze pg_temp."x"',
    ]);
  });
});
