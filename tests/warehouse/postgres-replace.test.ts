import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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

test('a view that does not suit the new columns makes way when the run makes it anew', async () => {
  await view('v', 'select a, b from r.t');
  await view('on_view', 'select b from r.v');
  await table('t', "select 'text' as a", { remade: [target('v'), target('on_view')] });
  expect(await names()).toEqual(['table t']);
});

test('a materialized view is no view that can be pointed elsewhere', async () => {
  await connection.execute('create materialized view r.m as select a from r.t');
  expect(await message(table('t', 'select 5 as a'))).toBe(
    'ERROR: "r"."t" cannot be replaced: the view "r"."m" reads it and does not suit its new columns (it is a materialized view), and this run does not make "r"."m" anew\n' +
      'HINT: Nothing was changed. Select "r"."m" too, for example with --include-dependents, or drop it.',
  );
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

test('readers never find the table missing or empty, and replacements that share a view do not get in the way of each other', async () => {
  await table('u', 'select 1 as a');
  await view('both', 'select t.a + u.a as a from r.t cross join r.u');
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
  while (!done) for (const { n } of await connection.rows('select count(*) as n from r.both')) counts.add(n);
  await writing;
  expect([...counts]).toEqual([1]);
  expect(await connection.rows('select a from r.both')).toEqual([{ a: 38 }]);
});
