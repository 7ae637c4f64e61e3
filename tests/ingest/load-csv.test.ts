import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { describeLoad } from '../../ingest/report.ts';
import { BILLING, bronze, counts, DATASET, expectAccounts, NOTHING, type Project, project } from './harness.ts';

let shop: Project;
beforeEach(async () => {
  shop = await project();
  shop.write('configs/datasets/shop/dataset.yaml', DATASET.replace('[events, billing]', '[billing]'));
});
afterEach(() => shop.close());

test('byte order mark, CRLF, quoted line feeds and quotes, empty fields and a header alone', async () => {
  const csv = '\ufeffuser_id,plan,note\r\nu1,pro,\r\nu2,"te""am","two\r\nlines"\r\n"u3",free,"a,b"\r\nu4,pro,last';
  shop.raw('billing/a.csv', csv);
  shop.raw('billing/b.csv', 'user_id,plan,note\n');
  shop.raw('billing/c.csv.gz', gzipSync('user_id,plan,note\nu5,pro,\n\nu1,pro,\n'));
  const report = await shop.load();
  expect(report.problems).toEqual([]);
  expect(counts(report)).toEqual({ ...NOTHING, filesLoaded: 3, rowsRead: 6, rowsAdded: 5, duplicates: 1 });
  const at = (line_no: number, raw: string, parsed: object) => ({
    source_file: 'billing/a.csv',
    line_no,
    raw,
    parsed: JSON.stringify(parsed),
    problem: null,
  });
  expect(await bronze(shop, 'billing')).toEqual([
    at(2, 'u1,pro,', { user_id: 'u1', plan: 'pro', note: null }),
    at(3, 'u2,"te""am","two\r\nlines"', { user_id: 'u2', plan: 'te"am', note: 'two\r\nlines' }),
    at(5, '"u3",free,"a,b"', { user_id: 'u3', plan: 'free', note: 'a,b' }),
    at(6, 'u4,pro,last', { user_id: 'u4', plan: 'pro', note: 'last' }),
    { ...at(2, 'u5,pro,', { user_id: 'u5', plan: 'pro', note: null }), source_file: 'billing/c.csv.gz' },
  ]);
  expect(
    await shop.rows(`select coalesce(parsed, raw)::json->>'note' as note from bronze.billing where line_no = 3`),
  ).toEqual([{ note: 'two\r\nlines' }]);
  await expectAccounts(shop, 'billing');
});

test('the same fields under another header are another record', async () => {
  shop.raw('billing/a.csv', 'user_id,plan\na,b\n');
  shop.raw('billing/b.csv', 'plan,user_id\na,b\n');
  expect(counts(await shop.load())).toMatchObject({ rowsAdded: 2, duplicates: 0 });
});

test('a wrong number of fields and stray quotes cost their own line and no other', async () => {
  const lines = [
    'user_id,plan,note',
    'u1,pro',
    'u2,"open,x',
    'u3,pro,5" wide',
    'u4,pro,a,b',
    'u5,"pro"x,',
    'u6,pro,fine',
    'u7,pro,"',
    'u8,pro,',
  ];
  shop.raw('billing/a.csv', lines.join('\n'));
  expect(counts(await shop.load())).toMatchObject({ rowsRead: 8, malformed: 6, duplicates: 0 });
  expect(
    (await bronze(shop, 'billing')).map((row) =>
      Object.values(row as object)
        .slice(1, 3)
        .concat((row as { problem: string }).problem),
    ),
  ).toEqual([
    [2, 'u1,pro', 'column_count'],
    [3, 'u2,"open,x', 'malformed_csv'],
    [4, 'u3,pro,5" wide', 'malformed_csv'],
    [5, 'u4,pro,a,b', 'column_count'],
    [6, 'u5,"pro"x,', 'malformed_csv'],
    [7, 'u6,pro,fine', null],
    [8, 'u7,pro,"', 'malformed_csv'],
    [9, 'u8,pro,', null],
  ]);
});

test('two stray quotes do not make one record of all that lies between them', async () => {
  shop.raw('billing/a.csv', 'user_id,plan,note\nu1,"open\nu2,pro,a\nu3,pro,shut"\n');
  await shop.load();
  expect(await bronze(shop, 'billing')).toMatchObject([
    { line_no: 2, raw: 'u1,"open', problem: 'malformed_csv' },
    { line_no: 3, raw: 'u2,pro,a', problem: null },
    { line_no: 4, raw: 'u3,pro,shut"', problem: 'malformed_csv' },
  ]);
});

test('a file without a required column is refused and the others are loaded', async () => {
  shop.raw('billing/a.csv', 'user_id,plann\nu1,pro\n');
  shop.raw('billing/b.csv', 'user_id,plan\nu2,pro\n');
  shop.raw('billing/c.csv', 'user_id,user_id,plan\nu3,u3,pro\n');
  const report = await shop.load();
  expect(report.problems.map(formatProblem)).toEqual([
    `RAW_COLUMN_MISSING data/raw/shop/billing/a.csv
  the column "plan" is missing, which plan_id needs. The header has user_id, plann. Did you mean "plann"?
  Mend the file or the contract; the file was not loaded, other files were. (docs/errors.md#raw_column_missing)`,
    `RAW_UNREADABLE data/raw/shop/billing/c.csv
  the header names the column "user_id" twice
  Mend or remove the file; it was not loaded, other files were. (docs/errors.md#raw_unreadable)`,
  ]);
  expect(describeLoad(report)).toBe('1 row from 1 file: 1 new, 2 files refused');
  expect(await bronze(shop, 'billing')).toMatchObject([{ source_file: 'billing/b.csv' }]);
  await expectAccounts(shop, 'billing');
});

test('a contract that reads the same files in another way loads them anew', async () => {
  shop.raw('billing/a.csv', 'user_id;plan\nu1;pro\n');
  expect((await shop.load()).problems).toHaveLength(1);
  const semicolon = BILLING.replace('format: csv', 'format: csv, delimiter: ";"');
  shop.write('configs/datasets/shop/billing.yaml', semicolon);
  await shop.load();
  expect(await bronze(shop, 'billing')).toMatchObject([{ parsed: '{"user_id":"u1","plan":"pro"}' }]);
  shop.write('configs/datasets/shop/billing.yaml', semicolon.replace('";"', '"|"').replaceAll('required: true, ', ''));
  expect(counts(await shop.load())).toMatchObject({ rebuilt: true, rowsAdded: 1, rowsRemoved: 1 });
  await expectAccounts(shop, 'billing');
});

test('a lookup and a condition need their columns too', async () => {
  shop.write(
    'configs/datasets/shop/billing.yaml',
    `${BILLING}records:\n  - when: { field: ended, is: present }\n    columns: { plan_id: { value: none } }\n`,
  );
  shop.raw('billing/a.csv', 'user_id,note\nu1,x\n');
  expect((await shop.load()).problems.map(({ message }) => message)).toEqual([
    'the column "ended" is missing, which a condition of records needs. The header has user_id, note.',
  ]);
});
