import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import type { Case, Macros } from './macros/case.ts';
import { NUMBER_CASES } from './macros/number-cases.ts';
import { OTHER_CASES, TESTED_ELSEWHERE } from './macros/other-cases.ts';
import { TEXT_CASES } from './macros/text-cases.ts';
import { TIME_CASES } from './macros/time-cases.ts';

/** They give descriptions, names and settings; the SQL in them is that of the macros, or of models that the tests of models run. */
const NO_SQL = ['canonical', 'contract', 'events', 'growth', 'hash', 'model', 'usage'];
const ENGINES = ['duckdb', 'postgres'] as const;
type Name = (typeof ENGINES)[number];
const FILES = ['sql', ...Object.keys(OTHER_CASES)];
const CASES: Readonly<Record<string, readonly Case[]>> = { ...TEXT_CASES, ...TIME_CASES, ...NUMBER_CASES };

/** Files of includes as the compiler of a project on that engine sees them: the macros of sql.js, and the others by the name of the file. */
function includes(engine: string): Macros {
  const require = createRequire(import.meta.url);
  const folder = join(packageRoot(), 'includes');
  for (const path of Object.keys(require.cache)) if (path.startsWith(folder)) delete require.cache[path];
  Object.assign(globalThis, { dataform: { projectConfig: { vars: { engine } } } });
  const files = Object.fromEntries(FILES.map((name) => [name, require(join(folder, `${name}.js`))]));
  return { ...files, ...files.sql };
}

let database: Database;
const open: Partial<Record<Name, Warehouse>> = {};
const connections: Partial<Record<Name, Connection>> = {};
beforeAll(async () => {
  database = await makeDatabase();
  open.duckdb = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  open.postgres = await openWarehouse({ engine: 'postgres', connectionString: database.url });
  for (const engine of ENGINES) connections[engine] = await open[engine]!.connect();
});
afterAll(async () => {
  for (const connection of Object.values(connections)) await connection?.close();
  for (const warehouse of Object.values(open)) await warehouse?.close();
  await database?.remove();
});

/** What an engine makes of each case, in one query; where that fails, of each alone, so that the error has its case. */
async function values(engine: Name, macros: Macros, cases: readonly Case[]): Promise<unknown[]> {
  const connection = connections[engine]!;
  const ask = async (some: readonly Case[]) => {
    const [row] = await connection.rows(`select ${some.map(({ sql }, i) => `${sql(macros)} as c${i}`).join(', ')}`);
    return some.map((_, i) => row![`c${i}`]);
  };
  return ask(cases).catch(async () => {
    const list: unknown[] = [];
    for (const one of cases)
      list.push(...(await ask([one]).catch((error: Error) => [`${one.sql(macros)}: ${error.message}`])));
    return list;
  });
}

const all = [
  ...Object.entries(CASES).map(([name, cases]) => [`sql.${name}`, cases] as const),
  ...Object.entries(OTHER_CASES).flatMap(([file, macros]) =>
    Object.entries(macros).map(([name, cases]) => [`${file}.${name}`, cases] as const),
  ),
];

describe.each(all.filter(([, cases]) => cases.length > 0))('%s', (_, cases) => {
  test.each(ENGINES)('gives on %s what it must give', async (engine) => {
    const macros = includes(engine);
    const found = await values(engine, macros, cases);
    const said = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    expect(cases.map(({ sql }, i) => [sql(macros), said(found[i])])).toEqual(
      cases.map(({ sql, is }) => [sql(macros), is]),
    );
  });
});

test('every macro of sql.js has its cases, with the same names on each engine', () => {
  for (const engine of [...ENGINES, 'bigquery']) {
    expect(Object.keys(includes(engine).sql).sort()).toEqual(Object.keys(CASES).sort());
  }
  const { parse, types } = includes('duckdb');
  expect(Object.keys(parse).sort()).toEqual(Object.keys(types).sort());
});

test('every other function of includes that gives SQL has its cases, or a test that is named', () => {
  for (const [name, [file, word]] of Object.entries(TESTED_ELSEWHERE)) {
    expect(readFileSync(join(packageRoot(), file), 'utf8'), name).satisfy((text: string) => text.includes(word));
  }
  const macros = includes('duckdb');
  const missing = Object.keys(OTHER_CASES).flatMap((file) =>
    Object.keys(macros[file])
      .filter((name) => !OTHER_CASES[file]![name] && !TESTED_ELSEWHERE[`${file}.${name}`])
      .map((name) => `${file}.${name} has no case in tests/models/macros/other-cases.ts`),
  );
  expect(missing).toEqual([]);
  const known = new Set([...FILES, ...Object.keys(TESTED_ELSEWHERE).map((name) => name.split('.')[0]!), ...NO_SQL]);
  const files = readdirSync(join(packageRoot(), 'includes'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length));
  expect(files.filter((file) => !known.has(file))).toEqual([]);
});
