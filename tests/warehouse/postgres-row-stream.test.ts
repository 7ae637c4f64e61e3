import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, EngineOfRows, RowSink, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';

let database: Database;
let warehouse: Warehouse;
let connection: Connection;
beforeAll(async () => {
  database = await makeDatabase();
  warehouse = await openWarehouse({ engine: 'postgres', connectionString: database.url });
  connection = await warehouse.connect();
});
afterAll(async () => {
  await warehouse.close();
  await database.remove();
});
beforeEach(async () => {
  await connection.execute('drop table if exists public.t');
  await connection.execute('create table public.t (id bigint, a text, b text, at timestamptz, more text)');
});

const TARGET = { schema: 'public', name: 't' };
const stream = (work: (rows: RowSink) => Promise<void>) =>
  (connection.bulk as EngineOfRows).stream(TARGET, ['id', 'a', 'b', 'at'], work);
const rows = () => connection.rows('select id, a, b, at, more from public.t order by id');
const put = (sink: RowSink, id: number, text: string | null, at = 0) => {
  sink.begin();
  sink.integer(id);
  if (text === null) sink.nothing();
  else sink.text(text);
  sink.bytes(Buffer.from(text ?? 'none'));
  sink.time(at);
};

test('values arrive as they are, whatever they hold', async () => {
  const text = fc.option(
    fc.string({ unit: fc.constantFrom('a', '\t', '\n', '\\', '\\N', 'é', '😀', '\r', "'", '\x7f') }),
  );
  const time = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) });
  const value = fc.tuple(text, time, fc.integer({ min: -(2 ** 52), max: 2 ** 52 }));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(value, { selector: ([, , id]) => id, maxLength: 8 }), async (values) => {
      await connection.execute('truncate public.t');
      await stream(async (sink) => {
        for (const [text, at, id] of values) put(sink, id, text, at);
      });
      const expected = values.toSorted(([, , a], [, , b]) => a - b);
      const found = (await rows()) as { id: number; a: string; b: string; at: string; more: null }[];
      expect(found.map(({ id, a, b, at, more }) => [a, new Date(at).getTime(), id, b, more])).toEqual(
        expected.map(([text, at, id]) => [text, at, id, text ?? 'none', null]),
      );
    }),
    { numRuns: 60 },
  );
});

test('bytes become digits, and what is kept is written again', async () => {
  await stream(async (sink) => {
    const end = sink.kept(() => {
      sink.text('é');
      sink.time(1000);
    });
    for (let i = 0; i < 3; i++) {
      sink.begin();
      sink.integer(i);
      sink.hex('\0\x7f\x80\xff');
      sink.again(end);
    }
  });
  const row = { a: '007f80ff', b: 'é', at: '1970-01-01T00:00:01.000Z', more: null };
  expect(await rows()).toEqual([0, 1, 2].map((id) => ({ id, ...row })));
});

test('many rows and rows of many megabytes arrive', async () => {
  const text = (i: number) => (i % 10_000 === 0 ? 'é'.repeat(3 << 20) : `row ${i}`);
  let length = 0;
  await stream(async (sink) => {
    for (let i = 0; i < 50_000; i++) {
      put(sink, i, text(i));
      length += text(i).length;
      await sink.flush();
    }
  });
  const [found] = await connection.rows(
    'select count(*) as n, sum(length(a)) as length, max(id) as last from public.t',
  );
  expect(found).toEqual({ n: 50_000, length, last: 49_999 });
});

test('when the rows end with an error none arrives, and the connection goes on', async () => {
  const failing = stream(async (sink) => {
    for (let i = 0; i < 100_000; i++) {
      put(sink, i, 'x');
      await sink.flush();
    }
    throw new Error('the file is gone');
  });
  await expect(failing).rejects.toThrow('the file is gone');
  expect(await rows()).toEqual([]);
});

test('what the server refuses in the middle is its error, and none arrives', async () => {
  const refused = stream(async (sink) => {
    for (let i = 0; i < 200_000; i++) {
      put(sink, i, i === 1000 ? 'a\0b' : 'x'.repeat(50));
      await sink.flush();
    }
  });
  await expect(refused).rejects.toThrow('invalid byte sequence for encoding "UTF8": 0x00');
  expect(await rows()).toEqual([]);
});

test('a stream that is cancelled ends, and none arrives', async () => {
  const cancelled = stream(async (sink) => {
    for (let i = 0; i < 5_000_000; i++) {
      if (i === 10_000) connection.cancel();
      put(sink, i, 'x'.repeat(200));
      await sink.flush();
    }
  });
  await expect(cancelled).rejects.toThrow('canceling statement due to user request');
  expect(await rows()).toEqual([]);
});
