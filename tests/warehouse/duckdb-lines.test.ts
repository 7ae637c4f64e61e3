import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLines } from '../../warehouse/duckdb/lines.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, EngineOfLines, Warehouse } from '../../warehouse/warehouse.ts';

let dir: string;
let warehouse: Warehouse;
let connection: Connection;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-lines-'));
  warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:', threads: 3 });
  connection = await warehouse.connect();
});
afterAll(async () => {
  await warehouse.close();
  rmSync(dir, { recursive: true, force: true });
});

const numbered = (text: string, linesBefore = 0) =>
  text
    .split('\n')
    .map((raw, i) => ({ line_no: linesBefore + i + 1, raw }))
    .filter(({ raw }) => raw !== '');

/** Reads a file in parts of so many bytes at least. */
async function inParts(text: string, threads: number, partBytes: number, linesBefore = 0) {
  const file = join(dir, 'a.txt');
  writeFileSync(file, text);
  return withLines(
    [{ file, start: 0, linesBefore }],
    join(dir, 'scratch'),
    threads,
    async ({ lines, settings }) => {
      for (const [name, value] of Object.entries(settings)) await connection.execute(`set ${name} = ${value}`);
      try {
        const rows = await connection.rows(`select cast(line_no as integer) as line_no, raw from ${lines} order by 1`);
        return { rows, parts: lines.split('read_csv').length - 1 };
      } finally {
        await connection.execute('reset preserve_insertion_order');
        await connection.execute('set threads = 3');
      }
    },
    partBytes,
  );
}

test('lines have their numbers wherever a file is parted', async () => {
  const line = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '{', '"', ',', 'é', '\t', ' '), maxLength: 12 }),
    fc.constantFrom('', '', 'x', 'y'.repeat(300)),
  );
  let mostParts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat({ max: 5 }),
      async (lines, isEnded, threads, partBytes, linesBefore) => {
        const text = lines.join('\n') + (isEnded ? '\n' : '');
        fc.pre(text.replaceAll('\n', '') !== '');
        const { rows, parts } = await inParts(text, threads, partBytes, linesBefore);
        mostParts = Math.max(mostParts, parts);
        expect(rows).toEqual(numbered(text, linesBefore));
      },
    ),
    { numRuns: 150 },
  );
  expect(mostParts).toBe(4);
});

test('a sample that says nothing of the rest makes unequal parts and right numbers', async () => {
  const short = `${'a\n'.repeat(100_000)}`;
  const long = `${'b'.repeat(999)}\n`.repeat(3000);
  for (const text of [short + long, long + short]) {
    const { rows, parts } = await inParts(text, 3, 1 << 19);
    expect(parts).toBe(3);
    expect(rows).toEqual(numbered(text));
  }
});

test('a huge line at the end of a part is one line', async () => {
  const text = `${'a\n'.repeat(10)}${'x'.repeat(1_900_000)}\n${'b\n'.repeat(10)}`;
  const { rows, parts } = await inParts(text, 2, 500_000);
  expect(parts).toBe(2);
  expect(rows).toEqual(numbered(text));
});

test('a large file is read in parts, and what fails there has the words of the engine', async () => {
  const file = join(dir, 'c.txt');
  const text = `${'x'.repeat(999)}\n`;
  writeFileSync(file, text.repeat(140_000));
  const { executeOnLines } = connection.bulk as EngineOfLines;
  const files = [{ file, start: 0, linesBefore: 0 }];
  const make = (lines: string) =>
    `create or replace table numbers as select line_no, length(raw) as length from ${lines}`;
  expect(await executeOnLines(files, make)).toBe(140_000);
  expect(
    await connection.rows(
      `select count(distinct line_no) as lines, min(line_no) as first, max(line_no) as last, min(length) as shortest from numbers`,
    ),
  ).toEqual([{ lines: 140_000, first: 1, last: 140_000, shortest: 999 }]);
  const failing = executeOnLines(files, (lines) => `select max(error(raw || line_no)) from ${lines}`);
  await expect(failing).rejects.toThrow(/^WAREHOUSE_FAILED\n {2}Invalid Input Error: x/);
  const cancelled = executeOnLines(files, (lines) => `select count(*) from ${lines} where md5(md5(raw)) = $1`, ['x']);
  setTimeout(() => connection.cancel(), 20);
  await expect(cancelled).rejects.toThrow('WAREHOUSE_FAILED\n  INTERRUPT Error: Interrupted!\n');
});

test('the settings and the folder are as before, also when the statement fails', async () => {
  const file = join(dir, 'b.txt');
  writeFileSync(file, 'x\n'.repeat(20 << 20));
  const { executeOnLines } = connection.bulk as EngineOfLines;
  const settings = () =>
    connection.rows(
      "select name, value from duckdb_settings() where name in ('threads', 'preserve_insertion_order') order by 1",
    );
  const before = await settings();
  const files = [{ file, start: 2, linesBefore: 1 }];
  const failing = () =>
    executeOnLines(files, (lines) => `create table broken as select 1 / 0, error(raw) from ${lines}`);
  await expect(connection.transaction(failing)).rejects.toThrow('Invalid Input Error: x');
  expect(await settings()).toEqual(before);
  expect(readdirSync(dir).filter((name) => name.startsWith('scratch'))).toEqual([]);
});
