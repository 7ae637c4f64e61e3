import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLines } from '../../warehouse/duckdb/lines.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, EngineOfLines, Row, Warehouse } from '../../warehouse/warehouse.ts';

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

/** Reads a file in slices of so many bytes at least. */
async function inSlices(text: string, threads: number, sliceBytes: number, linesBefore = 0) {
  const file = join(dir, 'a.txt');
  writeFileSync(file, text);
  const rows: Row[] = [];
  let slices = 0;
  const count = await withLines(
    [{ file, start: 0, linesBefore }],
    join(dir, 'scratch'),
    threads,
    async ({ lines, settings }) => {
      slices++;
      for (const [name, value] of Object.entries(settings)) await connection.execute(`set ${name} = ${value}`);
      try {
        const slice = await connection.rows(`select cast(line_no as integer) as line_no, raw from ${lines} order by 1`);
        rows.push(...slice);
        return slice.length;
      } finally {
        await connection.execute('reset preserve_insertion_order');
        await connection.execute('set threads = 3');
      }
    },
    sliceBytes,
  );
  expect(count).toBe(rows.length);
  return { rows, slices };
}

test('lines have their numbers wherever a file is cut', async () => {
  const line = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '{', '"', ',', 'é', '\t', ' '), maxLength: 12 }),
    fc.constantFrom('', '', 'x', 'y'.repeat(300)),
  );
  let mostSlices = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat({ max: 5 }),
      async (lines, isEnded, threads, sliceBytes, linesBefore) => {
        const text = lines.join('\n') + (isEnded ? '\n' : '');
        fc.pre(text.replaceAll('\n', '') !== '');
        const { rows, slices } = await inSlices(text, threads, sliceBytes, linesBefore);
        mostSlices = Math.max(mostSlices, slices);
        expect(rows).toEqual(numbered(text, linesBefore));
      },
    ),
    { numRuns: 150 },
  );
  expect(mostSlices).toBe(8);
});

test('a sample that says nothing of the rest makes unequal slices and right numbers', async () => {
  const short = `${'a\n'.repeat(100_000)}`;
  const long = `${'b'.repeat(999)}\n`.repeat(3000);
  for (const text of [short + long, long + short]) {
    const { rows, slices } = await inSlices(text, 3, 1 << 19);
    expect(slices).toBeGreaterThan(4);
    expect(rows).toEqual(numbered(text));
  }
});

test('a huge line at the end of a slice is one line', async () => {
  const text = `${'a\n'.repeat(10)}${'x'.repeat(1_900_000)}\n${'b\n'.repeat(10)}`;
  const { rows, slices } = await inSlices(text, 2, 500_000);
  expect(slices).toBe(3);
  expect(rows).toEqual(numbered(text));
});

test('a large file is read in slices, and what fails there has the words of the engine', async () => {
  const file = join(dir, 'c.txt');
  const text = `${'x'.repeat(999)}\n`;
  writeFileSync(file, text.repeat(270_000));
  const { executeOnLines } = connection.bulk as EngineOfLines;
  const files = [{ file, start: 0, linesBefore: 0 }];
  await connection.execute('create table numbers (line_no bigint, length bigint)');
  const make = (lines: string) => `insert into numbers select line_no, length(raw) from ${lines}`;
  expect(await executeOnLines(files, make)).toBe(270_000);
  expect(
    await connection.rows(
      `select count(distinct line_no) as lines, min(line_no) as first, max(line_no) as last, min(length) as shortest from numbers`,
    ),
  ).toEqual([{ lines: 270_000, first: 1, last: 270_000, shortest: 999 }]);
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
