import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { openWarehouse } from '../../warehouse/open.ts';
import { contents, lines, SOURCE_NAMES, sandbox, truthRows, tryParse } from './worlds.ts';

const short = { overrides: { days: 12, users: 60 } };

/** Every value as the text that it is in a file. */
const asText = (record: object) =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );

test('CSV and lines of JSON hold the same records', async () => {
  // Lines that are broken look different in each format.
  const [own, csv, json] = [1, 2, 3].map(() => sandbox({ 'dirt.malformed_lines': undefined }));
  await own!.generate(short);
  expect(await csv!.generate({ ...short, format: 'csv' })).toMatchObject({
    status: 'created',
    files: 12 * SOURCE_NAMES.length,
  });
  await json!.generate({ ...short, format: 'jsonl' });
  const table = (text: string) => parse(text, { columns: true });
  const ofCsv = contents(csv!.workspace.rawDir);
  expect(Object.keys(ofCsv).every((path) => path.endsWith('.csv'))).toBe(true);
  for (const source of ['events', 'users'])
    for (const [day, texts] of lines(own!.workspace.rawDir, source))
      expect(table(ofCsv[`${source}/${day}.csv`]!)).toEqual(texts.map((text) => asText(JSON.parse(text))));
  const ofJson = contents(json!.workspace.rawDir);
  for (const [day] of lines(own!.workspace.rawDir, 'billing'))
    expect(
      ofJson[`billing/${day}.jsonl`]!.split('\n')
        .filter(Boolean)
        .map((text) => asText(JSON.parse(text))),
    ).toEqual(table(ofCsv[`billing/${day}.csv`]!));
  // The ledger counts lines of the files, and a CSV file has a header.
  const faults = (world: typeof own) => truthRows(world!.workspace.truthDir, 'faults.csv').filter(({ line }) => line);
  expect(faults(csv).map(({ line, ...rest }) => ({ ...rest, line: Number(line) - 1 }))).toEqual(
    faults(own).map(({ line, ...rest }) => ({ ...rest, file: rest.file!.replace('jsonl', 'csv'), line: Number(line) })),
  );
});

test('another format is another world', async () => {
  const world = sandbox();
  await world.generate(short);
  expect(await world.generate({ ...short, format: 'csv' })).toMatchObject({ status: 'replaced' });
  expect(await world.generate({ ...short, format: 'csv' })).toMatchObject({ status: 'unchanged' });
  expect(readdirSync(join(world.workspace.rawDir, 'events'))).toHaveLength(12);
});

test('Parquet holds the same records, and says which rules it cannot hold', async () => {
  const world = sandbox({
    'dirt.cut': { kind: 'truncated_file', source: 'events', rate: 1 },
    'dirt.more': { kind: 'new_column', source: 'events', column: 'tenant', values: ['x'], rate: 1, days: [3, 4] },
  });
  const summary = await world.generate({ ...short, format: 'parquet' });
  expect(summary.leftOut).toEqual(['malformed_lines', 'cut']);
  expect(Object.keys(summary.counts.faults)).not.toContain('malformed');
  const same = sandbox({
    'dirt.malformed_lines': undefined,
    'dirt.more': { kind: 'new_column', source: 'events', column: 'tenant', values: ['x'], rate: 1, days: [3, 4] },
  });
  expect((await same.generate(short)).leftOut).toEqual([]);

  const warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  try {
    const connection = await warehouse.connect();
    for (const [day, texts] of lines(same.workspace.rawDir, 'events')) {
      const file = join(world.workspace.rawDir, 'events', `${day}.parquet`);
      const rows = await connection.rows(`select * from read_parquet($1)`, [file]);
      expect(rows.map(asText)).toEqual(texts.map((text) => asText(tryParse(text)!)));
    }
    // Most days have no bill: their files hold no row, and can be read.
    const [{ n }] = (await connection.rows('select count(*)::integer as n from read_parquet($1)', [
      join(world.workspace.rawDir, 'billing', '*.parquet'),
    ])) as [{ n: number }];
    expect(n).toBe(summary.counts.rows.billing);
  } finally {
    await warehouse.close();
  }
  const ledger = truthRows(world.workspace.truthDir, 'faults.csv');
  expect(ledger.every(({ file }) => file!.endsWith('.parquet'))).toBe(true);
  expect(await world.generate({ ...short, format: 'parquet' })).toMatchObject({ status: 'unchanged' });
});
