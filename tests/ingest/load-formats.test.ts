import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { BILLING, bronze, counts, DATASET, EVENTS, expectAccounts, NOTHING, type Project, project } from './harness.ts';

let shop: Project;
beforeEach(async () => {
  shop = await project();
});
afterEach(() => shop.close());

const only = (source: string) =>
  shop.write('configs/datasets/shop/dataset.yaml', DATASET.replace('[events, billing]', `[${source}]`));
const billing = (files: string) => {
  only('billing');
  shop.write('configs/datasets/shop/billing.yaml', BILLING.replace('format: csv', `format: csv, ${files}`));
};

test('a row of Parquet is a JSON record with the number of the row', async () => {
  only('events');
  shop.write(
    'configs/datasets/shop/events.yaml',
    EVENTS.replace('"events/*.jsonl", format: jsonl', '"events/*.parquet", format: parquet'),
  );
  shop.raw('events/readme.txt', '');
  const duckdb = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  const connection = await duckdb.connect();
  const write = (name: string, query: string) =>
    connection.execute(`copy (${query}) to '${join(shop.dir, 'data/raw/shop/events', name)}' (format parquet)`);
  await write(
    'a.parquet',
    `select 'e1' as event_id, 1.5 as amount, 'nan'::double as score, timestamptz '2026-03-01 10:00:00+00' as "at the", {'channel': 'web'} as props
     union all select 'é"\\', null, 2, null, null union all select chr(0), 1, 'inf'::double, null, null`,
  );
  await write('b.parquet', `select 'e' || range as event_id from range(10000)`);
  await write('none.parquet', `select 'e' as event_id where false`);
  await duckdb.close();
  shop.raw('events/broken.parquet', 'PAR1 and no more');
  const report = await shop.load();
  expect(counts(report)).toEqual({ ...NOTHING, filesLoaded: 3, rowsRead: 10_003, rowsAdded: 10_003, malformed: 1 });
  expect((await bronze(shop, 'events')).slice(0, 4)).toEqual(
    [
      [
        1,
        '{"event_id":"e1","amount":1.5,"score":"nan","at the":"2026-03-01 10:00:00+00","props":{"channel":"web"}}',
        null,
      ],
      [2, '{"event_id":"é\\"\\\\","amount":null,"score":2.0,"at the":null,"props":null}', null],
      [3, '{"event_id":"\\u0000","amount":1.0,"score":"inf","at the":null,"props":null}', 'nul_character'],
      [1, '{"event_id":"e0"}', null],
    ].map(([line_no, raw, problem], i) => ({
      source_file: i < 3 ? 'events/a.parquet' : 'events/b.parquet',
      line_no,
      raw,
      parsed: null,
      problem,
    })),
  );
  expect(report.problems.map(({ code, file }) => [code, file])).toEqual([
    ['RAW_UNREADABLE', 'data/raw/shop/events/broken.parquet'],
  ]);
  expect(counts(await shop.load())).toMatchObject({ filesLoaded: 0, filesSkipped: 3, rowsRead: 0 });
  await expectAccounts(shop, 'events');
});

test('CSV in the dialect of its contract: quote, escape, comments, lines before the header, encoding', async () => {
  billing(`delimiter: ";", quote: "'", escape: "\\\\", comment: "#", skip_lines: 2, encoding: latin1`);
  const csv = [
    'Export of 2026-03-01',
    "it's all",
    '# names',
    'user_id;plan;note',
    "u1;pro;'it\\'s; caf\u00e9'",
    '# no row',
    "u2;pro;'two",
    "# lines'",
    'u3;pro;say "x"',
    "u4;pro;'open",
  ];
  shop.raw('billing/a.csv', Buffer.from(csv.join('\r\n'), 'latin1'));
  expect((await shop.load()).problems).toEqual([]);
  expect(await bronze(shop, 'billing')).toMatchObject([
    { line_no: 5, parsed: '{"user_id":"u1","plan":"pro","note":"it\'s; café"}', problem: null },
    { line_no: 7, parsed: '{"user_id":"u2","plan":"pro","note":"two\\r\\n# lines"}', problem: null },
    { line_no: 9, parsed: '{"user_id":"u3","plan":"pro","note":"say \\"x\\""}', problem: null },
    { line_no: 10, raw: "u4;pro;'open", problem: 'malformed_csv' },
  ]);
  await expectAccounts(shop, 'billing');
});

test('no quotes at all', async () => {
  billing('quote: ""');
  shop.raw('billing/a.csv', 'user_id,plan,note\nu1,pro,5" wide\nu2,"pro",x\n');
  await shop.load();
  expect(await bronze(shop, 'billing')).toMatchObject([
    { parsed: '{"user_id":"u1","plan":"pro","note":"5\\" wide"}' },
    { parsed: '{"user_id":"u2","plan":"\\"pro\\"","note":"x"}' },
  ]);
});

test.each([
  ['utf-16', Buffer.from('\ufeffuser_id,plan,note\nu1,pro,é€😀\n', 'utf16le')],
  ['utf-16', Buffer.from('\ufeffuser_id,plan,note\nu1,pro,é€😀\n', 'utf16le').swap16()],
  ['windows-1252', Buffer.from('user_id,plan,note\nu1,pro,\xe9\x80\n', 'latin1')],
])('%s', async (encoding, bytes) => {
  billing(`encoding: ${encoding}`);
  shop.raw('billing/a.csv', bytes);
  shop.raw('billing/b.csv.gz', gzipSync(bytes));
  const report = await shop.load();
  expect(report.problems).toEqual([]);
  const note = encoding === 'utf-16' ? 'é€😀' : 'é€';
  expect(await bronze(shop, 'billing')).toMatchObject([
    { source_file: 'billing/a.csv', parsed: `{"user_id":"u1","plan":"pro","note":"${note}"}`, problem: null },
  ]);
});

test('zstd is read where Node can, and else refused with the way out', async () => {
  only('events');
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer };
  const text = Buffer.from('{"event_id":"e1"}\n');
  shop.raw('events/a.jsonl.zst', zstdCompressSync?.(text) ?? text);
  const report = await shop.load();
  const refusal = `RAW_UNREADABLE data/raw/shop/events/a.jsonl.zst
  the file is compressed with zstd, which Node ${process.versions.node} cannot read; Node 22.15 and newer can, and gzip is read by all
  Mend or remove the file; it was not loaded, other files were. (docs/errors.md#raw_unreadable)`;
  expect({ problems: report.problems.map(formatProblem), rows: counts(report).rowsAdded }).toEqual(
    zstdCompressSync ? { problems: [], rows: 1 } : { problems: [refusal], rows: 0 },
  );
});
