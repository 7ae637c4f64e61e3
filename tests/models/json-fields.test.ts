import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';

interface Includes {
  readonly fields: (
    relation: string,
    column: string,
    paths: string[],
  ) => { from: string; text: (path: string) => string };
  readonly jsonText: (column: string, path: string) => string;
}

/** The macros as the compiler of a project on that engine sees them. */
function includes(engine: string): Includes {
  const require = createRequire(import.meta.url);
  const [sql, json] = ['sql', 'json'].map((name) => join(packageRoot(), 'includes', `${name}.js`)) as [string, string];
  for (const path of [sql, json]) delete require.cache[path];
  Object.assign(globalThis, { dataform: { projectConfig: { vars: { engine } } } });
  return { fields: require(json).fields, jsonText: require(sql).jsonText };
}

const LONG = 'k'.repeat(64);
const PATHS = [
  'a',
  'raw',
  'props',
  'props.a',
  'props.raw',
  'props.b c.a',
  'props.b c',
  `props.${LONG}`,
  'ä.props',
  'A',
];
const value = fc.oneof(
  fc.constantFrom('', ' ', 'x', 'ä"\\\n', 1, -0, 1.5, 12e20, 3e-7, true, false, null),
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
  fc.constant([1, 'a']),
);
const key = fc.constantFrom('a', 'A', 'raw', 'props', 'b c', 'ä', LONG);
/** The text of an object in which a key may stand twice, as in no object of a language. */
const object: fc.Memo<string> = fc.memo((depth) =>
  fc
    .array(
      fc.tuple(
        key,
        depth > 1
          ? fc.oneof(
              value.map((v) => JSON.stringify(v)),
              object(depth - 1),
            )
          : value.map((v) => JSON.stringify(v)),
      ),
      { maxLength: 6 },
    )
    .map((entries) => `{ ${entries.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(' ,')}}`),
);

const EXPONENT = /^-?[0-9](\.[0-9]+)?e[+-][0-9]{2,3}$/;

let database: Database;
const open: Partial<Record<string, Warehouse>> = {};
beforeAll(async () => {
  database = await makeDatabase();
  open.duckdb = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  open.postgres = await openWarehouse({ engine: 'postgres', connectionString: database.url });
});
afterAll(async () => {
  for (const warehouse of Object.values(open)) await warehouse?.close();
  await database?.remove();
});

describe.each(['duckdb', 'postgres'])('on %s', (engine) => {
  test('fields that are read together have the text that each has alone', async () => {
    const { fields, jsonText } = includes(engine);
    const connection = await open[engine]!.connect();
    const texts = [...fc.sample(object(3), { numRuns: 2000 }), null];
    await connection.execute('create table docs (raw text, record json)');
    await connection.append(
      { schema: engine === 'duckdb' ? 'main' : 'public', name: 'docs' },
      ['raw', 'record'],
      texts.map((text) => [text, text]),
    );
    const together = fields('docs', 'record', PATHS);
    const rows = await connection.rows<Record<string, string | null>>(
      `select raw_rows.raw as raw, ${PATHS.map((path, i) => `${together.text(path)} as t${i}, ${jsonText('raw_rows.record', path)} as a${i}`).join(', ')}
       from ${together.from}`,
    );
    expect(rows).toHaveLength(texts.length);
    const found = new Set<string>();
    for (const row of rows) {
      PATHS.forEach((path, i) => {
        const [text, alone] = [row[`t${i}`], row[`a${i}`]].map((found) => found ?? null);
        if (text !== alone) {
          // DuckDB writes the number of a struct as it writes a double.
          expect([engine, text], `${path} of ${row.raw}`).toEqual(['duckdb', expect.stringMatching(EXPONENT)]);
          expect(Number(text)).toBe(Number(alone));
        }
        if (row[`t${i}`] !== null) found.add(path);
      });
    }
    // Each path is there in some of them.
    expect([...found].sort()).toEqual([...PATHS].sort());
    await connection.close();
  });
});
