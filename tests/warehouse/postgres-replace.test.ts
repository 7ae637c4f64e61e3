import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres } from '../../warehouse/postgres/open.ts';
import type { Replacement } from '../../warehouse/statements.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';

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

const target = (name: string) => ({ schema: 'r', name });
const table = (name: string, query: string, replacement?: Replacement, on = connection) =>
  inTransaction(warehouse.statements.createTableAs(target(name), query, replacement), on);
const view = (name: string, query: string, replacement?: Replacement) =>
  inTransaction(warehouse.statements.createView(target(name), query, replacement), connection);
const inTransaction = (statements: readonly string[], on: Connection) =>
  on.transaction(async () => {
    for (const sql of statements) await on.execute(sql);
  });
const names = async () => (await warehouse.relations(['r'])).map(({ target, type }) => `${type} ${target.name}`);
const oid = async (name: string) => (await connection.rows(`select 'r.${name}'::regclass::oid as oid`))[0]!.oid;
const message = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: { problems: { message: string }[] }) => error.problems[0]!.message,
  );

beforeEach(async () => {
  await connection.execute('drop schema if exists r cascade; create schema r');
  await table('t', 'select 1 as a, 2 as b');
});

test('views on a replaced table stay the same objects, with their grants, options and comments, and read the new rows', async () => {
  await view('v', 'select b, a from r.t');
  await connection.execute(`
    create view r.barrier with (security_barrier = true) as select a from r.t;
    create view r.on_view as select a from r.v;
    comment on view r.v is 'kept'; grant select on r.v, r.t to public`);
  const before = [await oid('v'), await oid('barrier'), await oid('on_view')];
  await table('t', "select 5 as a, 6 as b, 'new' as c");
  expect([await oid('v'), await oid('barrier'), await oid('on_view')]).toEqual(before);
  expect(
    await connection.rows('select v.a, v.b, w.a as again, x.a as third from r.v, r.on_view as w, r.barrier as x'),
  ).toEqual([{ a: 5, b: 6, again: 5, third: 5 }]);
  expect(
    await connection.rows(`select obj_description('r.v'::regclass) as comment, has_table_privilege('public', 'r.v', 'select') as view,
      has_table_privilege('public', 'r.t', 'select') as replaced, has_table_privilege('public', 'r.t', 'insert') as more,
      array_to_string(reloptions, ',') as options from pg_class where oid = 'r.barrier'::regclass`),
  ).toEqual([{ comment: 'kept', view: true, replaced: true, more: false, options: 'security_barrier=true' }]);
  expect(await names()).toEqual(['view barrier', 'view on_view', 'table t', 'view v']);
});

test('a view that does not suit the new columns keeps the table as it was, and is named', async () => {
  await view('v', 'select b from r.t');
  await view('on_view', 'select b from r.v');
  expect(await message(table('t', 'select 5 as a', { remade: [target('v')] }))).toBe(
    'ERROR: "r"."t" cannot be replaced: the view "r"."v" reads it and does not suit its new columns (column "b" does not exist), and this run does not make "r"."on_view" anew\n' +
      'HINT: Nothing was changed. Select "r"."on_view" too, for example with --include-dependents, or drop it.',
  );
  expect(await connection.rows('select t.a, on_view.b from r.t, r.on_view')).toEqual([{ a: 1, b: 2 }]);
  expect(await names()).toEqual(['view on_view', 'table t', 'view v']);
});

test('a view that does not suit the new columns can be read until the run makes it anew, and then nothing old is left', async () => {
  await view('v', 'select a, b from r.t');
  await view('on_view', 'select b from r.v');
  await table('t', "select 'text' as a", { remade: [target('v'), target('on_view')] });
  const whole = async () => (await names()).map((name) => name.replace(/\d+$/, ''));
  expect(await whole()).toEqual(['view on_view', 'table t', 'table tidemark_old_', 'view v']);
  expect(await connection.rows('select t.a, v.b, on_view.b as again from r.t, r.v, r.on_view')).toEqual([
    { a: 'text', b: 2, again: 2 },
  ]);
  await view('v', 'select a from r.t', { remade: [target('on_view')] });
  expect(await connection.rows('select a, on_view.b from r.v, r.on_view')).toEqual([{ a: 'text', b: 2 }]);
  await view('on_view', 'select a from r.v');
  expect(await names()).toEqual(['view on_view', 'table t', 'view v']);
});

test('a view of the same columns as before, on a column of another type, leaves nothing old either', async () => {
  await view('v', 'select cast(a as text) as a from r.t');
  await connection.execute('create view r.by_hand as select a from r.v');
  await table('t', "select date '2026-03-01' as a", { remade: [target('v'), target('by_hand')] });
  await view('v', 'select cast(a as text) as a from r.t');
  expect(await connection.rows('select a from r.by_hand')).toEqual([{ a: '2026-03-01' }]);
  expect(await names()).toEqual(['view by_hand', 'table t', 'view v']);
});

describe('materialized views', () => {
  const materialized = (name: string, query: string, replacement: Replacement = {}) =>
    view(name, query, { materialized: true, ...replacement });
  const value = async (name: string) => (await connection.rows(`select a from r.${name}`)).map(({ a }) => a);

  test('are made with their indexes, replaced with their rows, and what reads them stays', async () => {
    await materialized('m', 'select a, b from r.t', { indexes: [['a', 'b']] });
    await connection.execute('create view r.on_m as select a from r.m; grant select on r.m to public');
    const before = await oid('on_m');
    await table('t', 'select 5 as a, 6 as b', { remade: [target('m')] });
    expect(await value('on_m')).toEqual([1]);
    await materialized('m', "select a, b, 'new' as c from r.t", { indexes: [['c']] });
    expect([await oid('on_m'), ...(await value('on_m'))]).toEqual([before, 5]);
    expect(
      await connection.rows(`select has_table_privilege('public', 'r.m', 'select') as granted, indexdef from pg_indexes
        where schemaname = 'r'`),
    ).toEqual([{ granted: true, indexdef: expect.stringMatching(/^CREATE INDEX \S+ ON r\.m USING btree \(c\)$/) }]);
    expect(await names()).toEqual(['materialized view m', 'view on_m', 'table t']);
    expect(await warehouse.describe(target('m'))).toEqual({
      type: 'materialized view',
      columns: [
        { name: 'a', type: 'integer' },
        { name: 'b', type: 'integer' },
        { name: 'c', type: 'text' },
      ],
    });
  });

  test('that the run makes anew keep their rows until then, however often that comes to nothing', async () => {
    await materialized('m', 'select a from r.t');
    await materialized('on_m', 'select a from r.m');
    const remade = [target('m'), target('on_m')];
    await table('t', 'select 2 as a', { remade });
    await table('t', 'select 3 as a', { remade });
    expect([await value('m'), await value('on_m'), await value('t')]).toEqual([[1], [1], [3]]);
    expect((await names()).map((name) => name.replace(/\d+/, ''))).toEqual([
      'materialized view m',
      'materialized view on_m',
      'table t',
      'table tidemark_old_',
    ]);
    await materialized('m', 'select a from r.t', { remade });
    expect([await value('m'), await value('on_m')]).toEqual([[3], [1]]);
    await materialized('on_m', 'select a from r.m', { remade });
    expect(await value('on_m')).toEqual([3]);
    expect(await names()).toEqual(['materialized view m', 'materialized view on_m', 'table t']);
  });

  test('outside of the run are computed again, with their indexes, comments and grants, and what reads them stays', async () => {
    await connection.execute(`
      create materialized view r."M ""1""" with (fillfactor = 70) as select a, b from r.t;
      create unique index "by ON a" on r."M ""1""" (a) where a is not null;
      create materialized view r.empty as select a from r.t with no data;
      create view r.reader as select a from r."M ""1""";
      create materialized view r.on_m as select a from r.reader;
      create materialized view r.second as select a from r."M ""1""";
      comment on materialized view r."M ""1""" is 'it''s kept';
      comment on column r."M ""1""".b is 'so is "this"';
      grant select on r."M ""1""" to public`);
    const before = await oid('reader');
    await table('t', "select 5 as a, 6 as b, 'new' as c");
    expect(await oid('reader')).toBe(before);
    // What reads a view is left alone, for the view stays the same.
    expect([await value('"M ""1"""'), await value('reader'), await value('second'), await value('on_m')]).toEqual([
      [5],
      [5],
      [5],
      [1],
    ]);
    expect(
      await connection.rows(`select obj_description(oid) as comment, col_description(oid, 2) as "column", array_to_string(reloptions, ',') as options,
        has_table_privilege('public', oid, 'select') as granted, (select indexdef from pg_indexes where schemaname = 'r') as index,
        (select relispopulated from pg_class where oid = 'r.empty'::regclass) as populated
        from pg_class where relname = 'M "1"'`),
    ).toEqual([
      {
        comment: "it's kept",
        column: 'so is "this"',
        options: 'fillfactor=70',
        granted: true,
        index: expect.stringMatching(
          /^CREATE UNIQUE INDEX .+ ON r\."M ""1""" USING btree \(a\) WHERE \(a IS NOT NULL\)$/,
        ),
        populated: false,
      },
    ]);
    expect(await names()).toEqual([
      'materialized view M "1"',
      'materialized view empty',
      'materialized view on_m',
      'view reader',
      'materialized view second',
      'table t',
    ]);
  });

  test('that do not suit the new columns keep the table as it was, and are named', async () => {
    await connection.execute('create materialized view r.m as select b from r.t');
    expect(await message(table('t', 'select 5 as a'))).toBe(
      'ERROR: "r"."t" cannot be replaced: the view "r"."m" reads it and does not suit its new columns (column "b" does not exist), and this run does not make "r"."m" anew\n' +
        'HINT: Nothing was changed. Select "r"."m" too, for example with --include-dependents, or drop it.',
    );
    expect(await connection.rows('select t.a, m.b from r.t, r.m')).toEqual([{ a: 1, b: 2 }]);
    expect(await names()).toEqual(['materialized view m', 'table t']);
  });

  test('become views and tables and come from them, and what reads them stays', async () => {
    await connection.execute('create view r.reader as select a from r.t');
    await materialized('t', 'select 7 as a');
    expect([await value('reader'), await names()]).toEqual([[7], ['view reader', 'materialized view t']]);
    await view('t', 'select 8 as a');
    expect([await value('reader'), await names()]).toEqual([[8], ['view reader', 'view t']]);
    await materialized('t', 'select 9 as a');
    await table('t', 'select 10 as a');
    expect([await value('reader'), await names()]).toEqual([[10], ['view reader', 'table t']]);
  });

  test('do not make a foreign key point at the rows that are kept for them', async () => {
    await materialized('m', 'select a from r.t');
    await connection.execute(
      'alter table r.t add primary key (a); create table r.child (a int constraint to_t references r.t)',
    );
    expect(await message(table('t', 'select 5 as a', { remade: [target('m')] }))).toBe(
      'ERROR: "r"."t" cannot be replaced, because other objects depend on it\nDETAIL: constraint to_t on table r.child depends on table r.t',
    );
    expect(await names()).toEqual(['table child', 'materialized view m', 'table t']);
  });
});

test('a foreign key on the table is refused by its own name, and nothing is changed', async () => {
  await connection.execute(
    'alter table r.t add primary key (a); create table r.child (a int constraint to_t references r.t)',
  );
  expect(await message(table('t', 'select 5 as a'))).toBe(
    'ERROR: "r"."t" cannot be replaced, because other objects depend on it\nDETAIL: constraint to_t on table r.child depends on table r.t',
  );
  expect(await connection.rows('select a, b from r.t')).toEqual([{ a: 1, b: 2 }]);
});

test('a view takes other columns, and what reads it stays', async () => {
  await view('v', 'select a, b from r.t');
  await view('on_view', 'select b from r.v');
  const before = await oid('v');
  await view('v', 'select a, b + 1 as b from r.t');
  expect(await oid('v')).toBe(before);
  await view('v', 'select b + 2 as b, 9 as c from r.t');
  expect(await connection.rows('select b from r.on_view')).toEqual([{ b: 4 }]);
  expect(await names()).toEqual(['view on_view', 'table t', 'view v']);
});

test('a table becomes a view and a view a table, and what reads it stays', async () => {
  await view('on_table', 'select a from r.t');
  await view('t', 'select 7 as a');
  expect(await connection.rows('select a from r.on_table')).toEqual([{ a: 7 }]);
  await table('t', 'select 8 as a');
  expect(await connection.rows('select a from r.on_table')).toEqual([{ a: 8 }]);
  expect(await names()).toEqual(['view on_table', 'table t']);
});

test('indexes are made with the table, at every replacement', async () => {
  for (let i = 0; i < 2; i++) await table('t', 'select 1 as a, 2 as b', { indexes: [['a', 'b'], ['b']] });
  expect(
    (await connection.rows("select indexdef from pg_indexes where schemaname = 'r'")).map(({ indexdef }) =>
      String(indexdef).replace(/^.* on /i, ''),
    ),
  ).toEqual(['r.t USING btree (a, b)', 'r.t USING btree (b)']);
});

test('a failing query changes nothing, and leaves nothing behind', async () => {
  expect(await message(table('t', 'select 1 / a as x from (values (0)) as z(a)'))).toBe('ERROR: division by zero');
  expect(await connection.rows('select a, b from r.t')).toEqual([{ a: 1, b: 2 }]);
  expect(await names()).toEqual(['table t']);
});

test('readers never find the table missing or empty, and replacements that share views do not get in the way of each other', async () => {
  await table('u', 'select 1 as a');
  await view('both', 'select t.a + u.a as a from r.t cross join r.u');
  await connection.execute(`create materialized view r.held as select t.a + u.a as a from r.t cross join r.u;
    create view r.on_held as select v.a, h.a as held from r.both as v cross join r.held as h`);
  const writers = await Promise.all([warehouse.connect(), warehouse.connect()]);
  let done = false;
  const writing = Promise.all(
    writers.map(async (writer, i) => {
      for (let n = 0; n < 20; n++) await table(i === 0 ? 't' : 'u', `select ${n} as a`, undefined, writer);
    }),
  ).finally(() => {
    done = true;
  });
  const counts = new Set<unknown>();
  while (!done) for (const { n } of await connection.rows('select count(*) as n from r.on_held')) counts.add(n);
  await writing;
  expect([...counts]).toEqual([1]);
  expect(await connection.rows('select a, held from r.on_held')).toEqual([{ a: 38, held: 38 }]);
});
