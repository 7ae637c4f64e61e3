import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SourceSpec } from '../../ingest/contract-types.ts';
import { columnNames } from '../../ingest/infer/draft.ts';
import { inferContract } from '../../ingest/infer/infer.ts';
import { placeFiles } from '../../ingest/infer/place-files.ts';
import { patternOf } from '../../ingest/infer/shape.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { effects } from './harness.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-infer-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const infer = (source: string, ...paths: string[]) =>
  inferContract({ paths, source, files: { pattern: 'x' } }, effects());
const failure = (source: string, ...paths: string[]) =>
  infer(source, ...paths).then(
    () => 'it was inferred',
    (error: Error) => error.message.replaceAll(`${folder}/`, ''),
  );

describe('a first contract', () => {
  test('of CSV says what every row agrees in, and why it guesses', async () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      [
        `o-${String(i).padStart(4, '0')}`,
        `K${i % 5}`,
        i % 3 ? 'paid' : 'open',
        i / 4,
        i % 2,
        `2026-01-${String(1 + (i % 28)).padStart(2, '0')}`,
        `00${i}`,
        i % 5 ? `a${i}@example.com` : '',
        'yes',
      ].join(';'),
    );
    rows.push('o-0060;K1;paid;1;0');
    const text = `Order No;Kunde;Status;Betrag;isFirst;Order Date;zip;Contact;raw\r\n${rows.join('\r\n')}\r\n`;
    expect(
      (await infer('orders', file('orders.csv', Buffer.from(text, 'latin1')))).text,
    ).toBe(`# yaml-language-server: $schema=../../schemas/source.schema.json
# Inferred from 1 file with 60 different records. What holds for all of them by chance may not hold for the next.
# 1 line will be rejected, being no record: column_count 1.
version: 1
source: orders
description: One row per order_no.
owner: unknown # who answers for this source
files: { pattern: x, format: csv, delimiter: ";" }
columns:
  order_no:
    type: string
    required: true
    from: Order No
    pattern: "^o-[0-9]{4}$"
    description: Order No.
  # All 60 values are one of these.
  kunde:
    type: string
    required: true
    from: Kunde
    allowed: [K0, K1, K2, K3, K4]
    description: Kunde.
  # All 60 values are one of these.
  status:
    type: string
    required: true
    from: Status
    allowed: [open, paid]
    description: Status.
  # Found 0 to 14.75. Say min and max where more is impossible.
  betrag:
    type: number
    required: true
    from: Betrag
    min: 0
    description: Betrag.
  # All 60 values are one of these.
  is_first:
    type: integer
    required: true
    from: isFirst
    allowed: [0, 1]
    description: IsFirst.
  order_date:
    type: date
    required: true
    from: Order Date
    description: Order Date.
  zip:
    type: string
    required: true
    pattern: "^[0-9]+$"
    description: Zip.
  contact:
    type: string
    from: Contact
    personal: hash
    description: Contact.
  raw_value:
    type: boolean
    required: true
    from: raw
    description: Raw.
# Unique in all 60 records.
grain: [order_no]
# Guessed: the only time.
event_time: order_date
`);
  });

  test('of JSON Lines follows objects, keeps names apart, and guesses the times', async () => {
    const lines = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({
        user: { id: `u${i % 8}`, 'full name': 'Ann', address: { city: 'Rome' } },
        'a.b': 1,
        seq: Math.floor(i / 8),
        share_rate: i / 40,
        tags: ['x', i],
        occurred: `2026-01-01T10:00:${String(i).padStart(2, '0')}Z`,
        received_at: i < 10 ? '2026-01-01T12:00:00Z' : `2026-01-01T10:01:${String(i).padStart(2, '0')}+00:00`,
        item: { id: 'i1' },
        note: i === 3 ? 'ask a@b.example' : i % 2 ? 'fine' : null,
      }),
    );
    const { text, columns, records } = await infer('visits', file('visits.jsonl.gz', gzipSync(lines.join('\n'))));
    const spec = parse(text) as SourceSpec;
    expect([columns, records]).toEqual([10, 40]);
    expect(Object.entries(spec.columns).map(([name, { from, type }]) => `${name} ${from ?? ''} ${type}`)).toEqual([
      'user_id user.id string',
      'full_name user.full name string',
      'city user.address.city string',
      'seq  integer',
      'share_rate  number',
      'tags  string',
      'occurred  timestamp',
      'received_at  timestamp',
      'item_id item.id string',
      'note  string',
    ]);
    expect(spec.columns.full_name!.personal).toBe('drop');
    expect(spec.columns.share_rate).toMatchObject({ min: 0, max: 1 });
    expect(spec.columns.note!.allowed).toBeUndefined();
    expect(text).not.toContain('a@b.example');
    expect(text).toContain('# 1 value with an e-mail address or a telephone number.');
    expect(text).toContain('# Fields that a contract cannot name, for the characters in them: "a.b".');
    expect(spec.grain).toEqual(['occurred']);
    expect([spec.event_time, spec.received_time, spec.lateness]).toEqual([
      'occurred',
      'received_at',
      { late_after_seconds: 3600 },
    ]);
    expect(text).toContain('# 25.0 % of the records are later than this.\nlateness');
  });

  test('reads other encodings, a header without rows, and leaves out empty files', async () => {
    const utf16 = file('utf16.csv', Buffer.from('\ufeffname\tn\nZoë\t1\n', 'utf16le'));
    expect((await infer('a', utf16)).text).toContain(
      'files: { pattern: x, format: csv, encoding: utf-16, delimiter: "\\t" }',
    );
    const ansi = file('ansi.csv', Buffer.from('name,n\nZo\xeb,1\n', 'latin1'));
    expect((await infer('b', ansi)).text).toContain('encoding: windows-1252');
    const header = await infer('c', file('empty.csv', ''), file('header.csv', 'id,n\n'));
    expect(parse(header.text)).toMatchObject({
      columns: { id: { type: 'string' }, n: { type: 'string' } },
      grain: ['id', 'n'],
    });
  });

  test('knows other ways to write dates and numbers, and asks where two would do', async () => {
    const { text } = await infer(
      'prices',
      file(
        'prices.csv',
        'a;b;c;d;at\n3.12.2026;1.234,50;1/2/2026;1,234;30/1/2026\n4.12.2026;7,1;3/4/2026;2,345;1/2/2026\n',
      ),
    );
    const { columns, event_time } = parse(text) as SourceSpec;
    expect(Object.entries(columns).map(([name, { type, format }]) => [name, type, format])).toEqual([
      ['a', 'date', 'D.M.YYYY'],
      ['b', 'number', 'decimal_comma'],
      ['c', 'string', undefined],
      ['d', 'string', undefined],
      ['at', 'date', 'D/M/YYYY'],
    ]);
    expect(text).toContain(
      '# All values read as date (format: D/M/YYYY) and as date (format: M/D/YYYY). Say which.\n  c:',
    );
    expect(text).toContain('(format: decimal_comma) and as number (format: thousands_comma). Say which.\n  d:');
    expect(event_time).toBe('a');
  });

  test('is refused with the reason, for all files at once', async () => {
    const array = file('array.json', '[{"a":1}]');
    const csv = file('a.csv', 'a,b\n1,2\n');
    expect(await failure('a', array, csv, file('b.csv', 'a;b\n1;2\n'))).toBe(`RAW_UNREADABLE array.json
  the file is one JSON array
  Write one JSON object a line. (docs/errors.md#raw_unreadable)
CONFIG_INVALID b.csv
  is written as csv with ";" in utf-8, and a.csv as csv with "," in utf-8; one contract is for files that are written alike
  The message says what was found and what was expected. (docs/errors.md#config_invalid)`);
    expect(await failure('a', file('nothing.csv', '\n'))).toContain(
      'nothing.csv\n  the file is empty, so there is nothing to infer from',
    );
    expect(await failure('a', file('hollow.jsonl', '{}\n{"": 1}\n{oops\n'))).toContain(
      'holds no record with a field that a contract can name',
    );
    expect(await failure('a', file('cut.csv.gz', gzipSync('a,b\n1,2\n').subarray(0, 15)))).toContain(
      'the file is truncated',
    );
  });
});

test('whatever the keys and values are, the contract is valid and names each field once', async () => {
  const key = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('id', 'raw', 'a b', 'é', '1st', 'on', 'x: y', '# c', '-', '*', ''),
  );
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('true', 'null', '2026-02-30', '1e5', '[x]', 'a: b', "it's"),
  );
  const record = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value, { maxKeys: 2 })), {
    minKeys: 1,
    maxKeys: 5,
  });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 60 }), async (records) => {
      const path = file(`random-${n++}.jsonl`, records.map((one) => `${JSON.stringify({ ...one, k: 1 })}\n`).join(''));
      const { text } = await infer('things', path);
      const { columns } = parse(text) as SourceSpec;
      const from = Object.entries(columns).map(([name, spec]) => spec.from ?? name);
      expect(new Set(from).size).toBe(from.length);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

test('a pattern matches what it was made of', () => {
  expect(patternOf(['AB-12', 'CD-345'])).toBe('^[A-Z]{2}-[0-9]+$');
  expect(patternOf(['u1.5', 'u22.5'])).toBe('^u[0-9]+[.][0-9]$');
  expect(patternOf(['ff00aa11', '0123abcd'])).toBe('^[0-9a-f]{8}$');
  expect(patternOf(['a', '1'])).toBeUndefined();
  const part = fc.constantFrom('a', 'B', '7', '99', '-', '.', '$', '[', ']', '^', '\\', '(', ' ', 'é');
  fc.assert(
    fc.property(
      fc.array(
        fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
        { minLength: 1 },
      ),
      (texts) => {
        const pattern = patternOf(texts);
        expect(pattern ?? '').not.toContain('\\');
        for (const text of texts) if (pattern !== undefined) expect(text).toMatch(new RegExp(pattern, 'u'));
      },
    ),
  );
});

test('names of columns are lower snake case, and different', () => {
  expect(columnNames(['Member No', 'a.id', 'b.id', 'lineNo', 'Line No', '2nd', 'ünï', '%', '€'])).toEqual([
    'member_no',
    'a_id',
    'b_id',
    'line_no_value',
    'line_no_value_2',
    'f_2nd',
    'u_ni',
    'f',
    'f_2',
  ]);
});

test('the contract says where the files lie', () => {
  const place = (...paths: string[]) => placeFiles(paths, { projectDir: '/p', rawDir: '/p/data/raw/acme' });
  expect(place('/p/data/raw/acme/orders/2026-01-01.csv', '/p/data/raw/acme/orders/2026-02-01.csv.gz')).toEqual({
    spec: { pattern: 'orders/*.csv' },
    name: 'orders',
    isInPlace: true,
  });
  expect(place('/p/examples/Web Orders-2026-01.jsonl')).toEqual({
    spec: { folder: 'examples', pattern: 'Web Orders-*.jsonl' },
    name: 'examples',
    isInPlace: true,
  });
  expect(place('/elsewhere/orders.csv')).toEqual({
    spec: { pattern: 'orders/orders.csv' },
    name: 'orders',
    isInPlace: false,
  });
  expect(place('/p/data/raw/acme/a/x1.csv', '/p/data/raw/acme/b/x1.csv')).toMatchObject({
    spec: { pattern: '*/x1.csv' },
  });
});

describe('the command', () => {
  let project: Project;
  beforeAll(() => {
    project = makeProject({ keep: true });
  });
  afterAll(() => removeProject(project));

  test('writes contracts by which every record is accepted', { timeout: 60_000 }, async () => {
    const raw = (name: string, text: string) => project.write(`data/raw/acme/${name}`, text);
    const events = Array.from({ length: 100 }, (_, i) => ({
      event_id: `${i}`,
      user_id: `u${i % 9}`,
      event_type: i % 3 ? 'login' : 'page view',
      event_ts: `2026-01-0${1 + (i % 9)}T10:00:00.${i}Z`,
      event_value: i % 4 ? i / 3 : ` ${i}e-2`,
      props: { ok: i % 2 === 0, note: i % 10 ? undefined : 'it\'s "so"; \u00e9' },
    }));
    raw('events/2026-01-01.jsonl', events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    raw(
      'billing/1.csv',
      `\ufeffuser_id|event|plan_id|billing_date|seen|price\r\n${[0, 1, 2].map((i) => `u${i}|"st|art"|gold|2026-01-0${i + 1}|1${i}.2.2026|1.23${i},50\r\n`).join('')}`,
    );
    const parquet = project.path('data/raw/acme/users.parquet');
    const warehouse = await openDuckdb({ file: ':memory:' });
    await (await warehouse.connect()).execute(
      `copy (select 'u' || i as user_id, i as account_id, timestamptz '2026-01-01 00:00:00+00' + to_hours(i::int) as created_ts,
         now() as updated_ts, i * 1.5 as score, i = 2 as flag, date '2026-01-01' as day from range(50) as r(i)) to '${parquet}'`,
    );
    await warehouse.close();
    project.write(
      'configs/datasets/acme/dataset.yaml',
      'version: 1\ntitle: Acme\ndescription: A shop.\nsources: [events, billing, users]\nmodel: churn\nplans: [{ plan_id: gold, plan_name: Gold, monthly_price_usd: 30 }]\n',
    );
    for (const path of ['events/2026-01-01.jsonl', 'billing/1.csv', 'users.parquet']) {
      const source = /^[a-z]+/.exec(path)![0];
      const { code, stderr } = await project.tidemark(
        'contract',
        'infer',
        `data/raw/acme/${path}`,
        '--dataset',
        'acme',
        '--source',
        source,
      );
      expect([code, stderr.split('\n').slice(1).join('\n')]).toEqual([
        0,
        `configs/datasets/acme/${source}.yaml\nList ${source} under sources in configs/datasets/acme/dataset.yaml, if it is not there.\n`,
      ]);
    }
    for (const args of [['load'], ['run', '--tags', 'silver'], ['rejects']]) {
      const { code, stdout, stderr } = await project.tidemark(...args, '--dataset', 'acme');
      expect([code, args[0] === 'rejects' ? stdout : ''], stderr).toEqual([
        0,
        args[0] === 'rejects' ? 'Nothing is rejected.\n' : '',
      ]);
    }
    expect(
      await project.query(
        `select (select count(*) from silver.silver_events) as e, (select count(*) from silver.silver_billing) as b, (select count(*) from silver.silver_users) as u`,
        'acme',
      ),
    ).toEqual([{ e: 100, b: 3, u: 50 }]);
  });

  test('reads dates and numbers as people write them', async () => {
    expect(await project.query('select seen, price from silver.stg_billing order by price', 'acme')).toEqual([
      { seen: '2026-02-10', price: 1230.5 },
      { seen: '2026-02-11', price: 1231.5 },
      { seen: '2026-02-12', price: 1232.5 },
    ]);
  });

  test('prints without a data set, and replaces nothing unasked', async () => {
    project.write('orders.csv', 'id\n1\n');
    const printed = await project.tidemark('contract', 'infer', 'orders.csv');
    expect([printed.code, parse(printed.stdout).files]).toEqual([
      0,
      { folder: '.', pattern: 'orders.csv', format: 'csv' },
    ]);
    const write = ['contract', 'infer', 'orders.csv', '--dataset', 'fresh'];
    expect(await project.tidemark(...write)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        'Make configs/datasets/fresh/dataset.yaml with orders among its sources: docs/your-data.md says how.\n',
      ),
    });
    project.write('configs/datasets/fresh/orders.yaml', 'mine');
    expect(await project.tidemark(...write)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'configs/datasets/fresh/orders.yaml is there already\n  Pass --force to replace it',
      ),
    });
    expect(project.read('configs/datasets/fresh/orders.yaml')).toBe('mine');
    expect((await project.tidemark(...write, '--force')).code).toBe(0);
    expect(project.read('configs/datasets/fresh/orders.yaml')).toBe(printed.stdout);
    expect(await project.tidemark('contract', 'infer', 'gone.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error RAW_NOT_FOUND\n  there is no file gone.csv\n'),
    });
  });
});
