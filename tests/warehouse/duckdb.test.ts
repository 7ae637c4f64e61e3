import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { spillFolder } from '../../warehouse/duckdb/spill.ts';
import { duckdbStatements } from '../../warehouse/duckdb/statements.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';

let warehouse: Warehouse;
let connection: Connection;

beforeAll(async () => {
  warehouse = await openDuckdb({ file: ':memory:' });
  connection = await warehouse.connect();
});

afterAll(async () => {
  await connection.close();
  await warehouse.close();
});

const temporaryFile = (name: string) => join(mkdtempSync(join(tmpdir(), 'tidemark-')), name);
const message = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: Error) => error.message,
  );

describe('values', () => {
  test('rows hold plain values: exact integers, nearest doubles, ISO text in UTC', async () => {
    expect(
      await connection.rows(`select
        7::tinyint as small, 9007199254740991 as safe, 9007199254740993 as large, 170141183460469231731687303715884105727 as huge,
        sum(x) as total, 1.25::decimal(10, 2) as money, 0.5 as half, true as yes, null as nothing, 'it''s' as word, date '2026-03-01' as day,
        timestamp '2026-03-01 10:15:00.250' as ts, timestamptz '2026-03-01 10:15:00.000001+02' as tz, timestamp_s '1969-12-31 23:59:59' as s, timestamp '1969-12-31 23:59:59.999999' as early,
        [1, 2] as list, 'ab'::blob as bytes
        from range(3) as r(x)`),
    ).toEqual([
      {
        small: 7,
        safe: 9007199254740991,
        large: 9007199254740993n,
        huge: 170141183460469231731687303715884105727n,
        total: 3,
        money: 1.25,
        half: 0.5,
        yes: true,
        nothing: null,
        word: "it's",
        day: '2026-03-01',
        ts: '2026-03-01T10:15:00.250Z',
        tz: '2026-03-01T08:15:00.000001Z',
        s: '1969-12-31T23:59:59.000Z',
        early: '1969-12-31T23:59:59.999999Z',
        list: '[1, 2]',
        bytes: '6162',
      },
    ]);
  });

  test('parameters are bound, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          text: fc.string({ unit: 'binary' }),
          number: fc.double({ noNaN: true }),
          whole: fc.maxSafeInteger(),
          yes: fc.boolean(),
        }),
        async ({ text, number, whole, yes }) => {
          fc.pre(!text.includes('\0'));
          const [row] = await connection.rows(
            'select $1 as text, $2::double as number, $3 as whole, $4 as yes, $5 as nothing',
            [text, number, whole, yes, null],
          );
          expect(row).toEqual({ text, number, whole, yes, nothing: null });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('names and literals survive their spelling', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.string(), async (name, text) => {
        const { identifier, literal } = duckdbStatements;
        expect(await connection.rows(`select ${literal(text)} as ${identifier(name)}`)).toEqual([{ [name]: text }]);
      }),
      { numRuns: 50 },
    );
  });

  test('columns arrive whole and in order, over many chunks', async () => {
    const columns = await connection.columns(
      `select i, i::hugeint as huge, (i / 4)::decimal(12, 2) as money, case when i % 2 = 0 then i end as even, i % 2 = 0 as flag,
         case when i > 0 then 'w' || i end as word, date '2026-01-01' + i::integer as day, timestamp '2026-01-01' + to_seconds(i) as ts, i as i
       from range(5000) as r(i) where i >= $1 order by i desc`,
      [0],
    );
    expect(columns.map(({ name, kind, values }) => [name, kind, values.length])).toEqual([
      ['i', 'number', 5000],
      ['huge', 'number', 5000],
      ['money', 'number', 5000],
      ['even', 'number', 5000],
      ['flag', 'number', 5000],
      ['word', 'text', 5000],
      ['day', 'text', 5000],
      ['ts', 'text', 5000],
      ['i', 'number', 5000],
    ]);
    const last = Object.fromEntries(columns.map(({ name, values }) => [name, [...values.slice(-2)]]));
    expect(last).toEqual({
      i: [1, 0],
      huge: [1, 0],
      money: [0.25, 0],
      even: [Number.NaN, 0],
      flag: [0, 1],
      word: ['w1', null],
      day: ['2026-01-02', '2026-01-01'],
      ts: ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:00.000Z'],
    });
    expect(columns[0]!.values[0]).toBe(4999);
  });

  test('an empty result has its columns', async () => {
    const columns = await connection.columns("select 1 as n, 'a' as word where false");
    expect(columns).toEqual([
      { name: 'n', kind: 'number', values: new Float64Array(0) },
      { name: 'word', kind: 'text', values: [] },
    ]);
  });

  test('a query is described without running it', async () => {
    expect(await connection.describe('select 1 as a, sum(1 / 0)::bigint as b, 1.5::decimal(4, 1) as c')).toEqual([
      { name: 'a', type: 'INTEGER' },
      { name: 'b', type: 'BIGINT' },
      { name: 'c', type: 'DECIMAL(4,1)' },
    ]);
  });
});

describe('execute, transaction, append', () => {
  beforeEach(() =>
    connection.execute(
      "create or replace table main.t (id bigint, day date, seen timestamptz, score double, ok boolean, note varchar default '-')",
    ),
  );

  test('returns the rows that the last statement changed', async () => {
    expect(await connection.execute('insert into t (id) values (1); insert into t (id) values (2), (3)')).toBe(2);
    expect(await connection.execute('delete from t where id > $1', [1])).toBe(2);
  });

  test('a transaction commits whole or not at all', async () => {
    await connection.transaction(() => connection.execute('insert into t (id) values (1)'));
    const failed = connection.transaction(async () => {
      await connection.execute('insert into t (id) values (2)');
      await connection.execute('insert into no_such_table values (1)');
    });
    await expect(failed).rejects.toMatchObject({ code: 'WAREHOUSE_FAILED' });
    expect(await connection.rows('select id from t')).toEqual([{ id: 1 }]);
  });

  test('append converts to the columns, fills defaults and takes any order', async () => {
    async function* rows() {
      yield ['2026-03-01', 1, '2026-03-01T10:15:00.250Z', 1.5, true];
      yield [null, 9007199254740993n, null, 2, false];
    }
    expect(await connection.append({ schema: 'main', name: 't' }, ['day', 'id', 'seen', 'score', 'ok'], rows())).toBe(
      2,
    );
    expect(await connection.rows('select * from t')).toEqual([
      { id: 1, day: '2026-03-01', seen: '2026-03-01T10:15:00.250Z', score: 1.5, ok: true, note: '-' },
      { id: 9007199254740993n, day: null, seen: null, score: 2, ok: false, note: '-' },
    ]);
  });

  test('append leaves nothing behind when a row is wrong', async () => {
    const rows = [...Array.from({ length: 5000 }, (_, i) => [i]), ['not a number']];
    expect(await message(connection.append({ schema: 'main', name: 't' }, ['id'], rows))).toContain(
      "Could not convert string 'not a number' to INT64",
    );
    expect(await connection.rows('select count(*) as n from t')).toEqual([{ n: 0 }]);
  });

  test('append names columns that the table does not have', async () => {
    expect(await message(connection.append({ schema: 'main', name: 't' }, ['id', 'scroe'], []))).toBe(
      'WAREHOUSE_FAILED\n  main.t has no column "scroe"; it has id, day, seen, score, ok, note. Did you mean "score"?\n' +
        '  Read the engine text in the message. (docs/errors.md#warehouse_failed)',
    );
  });

  test('cancel makes the running statement reject, and the connection lives on', async () => {
    const running = connection.execute('select count(*) from range(1000000000000) as a cross join range(1000000) as b');
    const timer = setInterval(() => connection.cancel(), 20);
    await expect(running).rejects.toMatchObject({
      problems: [{ code: 'WAREHOUSE_FAILED', message: 'INTERRUPT Error: Interrupted!' }],
    });
    clearInterval(timer);
    expect(await connection.rows('select 1 as a')).toEqual([{ a: 1 }]);
  });
});

describe('relations', () => {
  test('are described and listed', async () => {
    await connection.execute(
      'create schema r; create table r.t (id bigint, word varchar); create view r.v as select word from r.t',
    );
    expect(await warehouse.describe({ schema: 'R', name: 'T' })).toEqual({
      type: 'table',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'word', type: 'VARCHAR' },
      ],
    });
    expect(await warehouse.describe({ schema: 'r', name: 'v' })).toEqual({
      type: 'view',
      columns: [{ name: 'word', type: 'VARCHAR' }],
    });
    expect(await warehouse.describe({ schema: 'r', name: 'none' })).toBeUndefined();
    expect(await warehouse.relations(['r', 'none'])).toEqual([
      { target: { schema: 'r', name: 't' }, type: 'table' },
      { target: { schema: 'r', name: 'v' }, type: 'view' },
    ]);
    expect(await warehouse.relations([])).toEqual([]);
  });

  test('the content of tables and views has a version that follows their rows, not their order', async () => {
    await connection.execute(`create schema c; create table c.t (a int, b text, g int generated always as (a + 1));
      insert into c.t values (1, null), (2, 'x'); create view c.v as select * from c.t`);
    const of = (name: string) => warehouse.content({ schema: 'c', name });
    const before = await of('t');
    expect(before).toEqual({ rows: 2, version: expect.stringMatching(/^\d+$/) });
    expect(await of('v')).toEqual(before);
    await connection.execute("delete from c.t; insert into c.t values (2, 'x'), (1, null)");
    expect(await of('t')).toEqual(before);
    await connection.execute("update c.t set b = '' where a = 1");
    expect(await of('t')).not.toEqual(before);
    expect(await of('v')).not.toEqual(before);
    expect(await of('none')).toBeUndefined();
    expect(await warehouse.content({ schema: 'c', name: 'v' }, { onlyCheap: true })).toBeUndefined();
    expect(await warehouse.content({ schema: 'c', name: 't' }, { onlyCheap: true })).toEqual(await of('t'));
    await connection.execute('delete from c.t');
    expect(await of('t')).toEqual({ rows: 0, version: '0' });
  });

  test('statements on two connections are both in UTC', async () => {
    const other = await warehouse.connect();
    for (const each of [connection, other]) {
      expect(
        await each.rows(
          "select current_setting('TimeZone') as zone, '2026-03-01 00:00:00+02'::timestamptz::date as day",
        ),
      ).toEqual([{ zone: 'UTC', day: '2026-02-28' }]);
    }
    await other.close();
  });
});

describe('what a killed process put beside the file for want of memory', () => {
  const SPILLED = 'duckdb_temp_storage_DEFAULT-0.tmp';
  const leave = (folder: string, ...names: string[]) => {
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(join(folder, name), '');
  };

  test('goes when the file is opened for writing, and nothing else does', async () => {
    const file = temporaryFile('spilled.duckdb');
    await (await openDuckdb({ file })).close();
    leave(`${file}.tmp`, SPILLED, 'notes.txt');
    await (await openDuckdb({ file, readOnly: true })).close();
    expect(readdirSync(`${file}.tmp`).sort()).toEqual([SPILLED, 'notes.txt']);
    const first = await openDuckdb({ file });
    expect(readdirSync(`${file}.tmp`)).toEqual(['notes.txt']);
    // Now it could be in use.
    leave(`${file}.tmp`, SPILLED);
    await (await openDuckdb({ file })).close();
    expect(readdirSync(`${file}.tmp`)).toContain(SPILLED);
    await first.close();
  });

  test('goes from a folder of its own, too, for a file and for a database in memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
    const file = temporaryFile('spilled.duckdb');
    const options = { tempDirectory: folder };
    leave(spillFolder(file, folder), SPILLED);
    expect(readdirSync(folder)).toHaveLength(1);
    leave(join(folder, `tidemark-spill-${2 ** 30}`), SPILLED);
    await (await openDuckdb({ file, ...options })).close();
    await (await openDuckdb({ file: ':memory:', ...options })).close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('opening', () => {
  const require = createRequire(import.meta.url);

  test('a file that another process holds names the process', async () => {
    const file = temporaryFile('locked.duckdb');
    const script = `require(${JSON.stringify(require.resolve('@duckdb/node-api'))}).DuckDBInstance.create(${JSON.stringify(file)})
      .then((db) => { globalThis.db = db; console.log('open'); setInterval(() => {}, 1000); })`;
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(holder.stdout, 'data');
      expect(await message(openDuckdb({ file }))).toBe(
        `WAREHOUSE_LOCKED\n  ${file} is held by ${process.execPath} (process ${holder.pid})\n` +
          `  Wait for process ${holder.pid} or end it; a DuckDB file has one writer at a time. (docs/errors.md#warehouse_locked)`,
      );
    } finally {
      holder.kill();
      await once(holder, 'exit');
    }
  });

  test('a file that is no database is refused and left alone', async () => {
    const file = temporaryFile('notes.txt');
    writeFileSync(file, 'not a database');
    expect(await message(openDuckdb({ file }))).toBe(
      `WAREHOUSE_FAILED\n  ${file}: IO Error: The file "${file}" exists, but it is not a valid DuckDB database file!\n` +
        '  Read the engine text in the message. (docs/errors.md#warehouse_failed)',
    );
  });

  test('one file opened twice in a process is one database; closed, it is free for others', async () => {
    const file = join(temporaryFile('new folder'), 'shared.duckdb');
    const [one, two] = [await openDuckdb({ file }), await openDuckdb({ file })];
    const [writer, reader] = [await one.connect(), await two.connect()];
    await writer.execute('create table t as select 1 as a');
    expect(await reader.rows('select a from t')).toEqual([{ a: 1 }]);
    for (const each of [writer, reader, one, two]) await each.close();
    const script = `require(${JSON.stringify(require.resolve('@duckdb/node-api'))}).DuckDBInstance.create(${JSON.stringify(file)})
      .then((db) => db.connect()).then((c) => c.runAndReadAll('select a from t')).then((r) => console.log(r.getRows()[0][0]))`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('1\n');
  });

  test('a new file can hold texts as Zstandard; an older one, which cannot, is not asked to', async () => {
    const old = temporaryFile('old.duckdb');
    const script = `require(${JSON.stringify(require.resolve('@duckdb/node-api'))}).DuckDBInstance.create(${JSON.stringify(old)},
      { storage_compatibility_version: 'v1.0.0' }).then((db) => db.connect()).then((c) => c.run('create table t as select 1 as a'))`;
    execFileSync(process.execPath, ['-e', script]);
    for (const [file, compression] of [
      [temporaryFile('new.duckdb'), 'ZSTD'],
      [old, 'FSST'],
      [':memory:', undefined],
    ] as const) {
      const warehouse = await openDuckdb({ file });
      const connection = await warehouse.connect();
      const { alikeText, distinctText } = warehouse.statements;
      await connection.execute(`create table texts (a ${alikeText} not null, b ${distinctText})`);
      await connection.execute(
        `insert into texts select 'an event of the number ' || i, md5(cast(i as varchar)) from range(200000) as r(i)`,
      );
      await connection.execute('checkpoint');
      const found = await connection.rows(
        `select distinct column_name as name, compression from pragma_storage_info('texts') where segment_type = 'VARCHAR' order by 1`,
      );
      if (compression) {
        expect(found[0]).toEqual({ name: 'a', compression });
        expect(found[1]).toEqual({ name: 'b', compression: compression === 'ZSTD' ? 'Uncompressed' : 'FSST' });
      } else expect([alikeText, distinctText]).toEqual(['text', 'text']);
      expect(await connection.rows('select a, b from texts where a like $1', ['% 7777'])).toEqual([
        { a: 'an event of the number 7777', b: 'd79c8788088c2193f0244d8f1f36d2db' },
      ]);
      await connection.close();
      await warehouse.close();
    }
  });

  test('options reach the engine, and a file opened for reading takes no writes', async () => {
    const file = temporaryFile('options.duckdb');
    const writer = await openDuckdb({ file, memoryLimit: '512MiB', threads: 1 });
    const connected = await writer.connect();
    await connected.execute('create table t as select 1 as a');
    expect(
      await connected.rows("select current_setting('threads') as threads, current_setting('memory_limit') as memory"),
    ).toEqual([{ threads: 1, memory: '512.0 MiB' }]);
    await connected.close();
    await writer.close();
    const reader = await openDuckdb({ file, readOnly: true });
    const reading = await reader.connect();
    expect(await reading.rows('select a from t')).toEqual([{ a: 1 }]);
    expect(await message(reading.execute('insert into t values (2)'))).toContain('attached in read-only mode');
    await reading.close();
    await reader.close();
  });
});
