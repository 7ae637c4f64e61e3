import { isUtf8 } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { BILLING, EVENTS, expectAccounts, isPostgres, type Project, project } from './harness.ts';

let shop: Project | undefined;
afterEach(() => shop?.close());

/** The same CSV in the dialect of somebody else. */
const ODD = BILLING.replace('source: billing', 'source: odd').replace(
  '"billing/*.csv", format: csv',
  `"odd/*.csv", format: csv, delimiter: ";", quote: "'", escape: "\\\\", comment: "#", skip_lines: 1, encoding: latin1`,
);
const HEADERS = { events: '{"event_id":"e"}\n', billing: 'user_id,plan,note\n', odd: 'Exported\nuser_id;plan;note\n' };
type Name = keyof typeof HEADERS;

const LF = 10;
const token = fc.constantFrom(
  ...['{"event_id":"e1"}', '{"event_id":', '{', '}', '[1]', 'null', 'NaN', '"', '""', "'", '\\', "\\'", ',', ';', '\t'],
  ...['u1,pro,', 'u2,pro,"a\nb"', "u3;pro;'a\nb'", "u4;pro;'it\\'s'", '#', '# no row', ' ', '\0', '\\u0000', '\\ud800'],
  ...[
    '\r',
    '\r\n',
    '\n',
    '\n',
    '\n',
    '\n\n',
    'é',
    '😀',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '{"a":1,}',
    '1e999',
    'inf',
    '\x01',
  ],
);
const text = fc.array(token, { maxLength: 14 }).map((tokens) => Buffer.from(tokens.join('')));
const noise = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(LF, 13, 34, 44, 0x80, 0xa0, 0xff)), {
    maxLength: 40,
  })
  .map((bytes) => Buffer.from(bytes));
const mended = fc.tuple(text, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, at, cut, byte]) => {
  const place = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), Buffer.from([byte]), bytes.subarray(place + (cut % 4))]);
});
const content = fc.oneof(text, text, mended, noise);
const hostile = fc.record({
  content,
  name: fc.constantFrom<Name>('events', 'events', 'billing', 'odd'),
  head: fc.constantFrom('good', 'good', 'good', 'good', 'mark', 'none', 'utf16'),
  packed: fc.constantFrom('no', 'no', 'no', 'no', 'no', 'gzip', 'cut', 'false'),
});

/** The lines of a file as bronze would show them, without carriage returns and without those that are blank. */
function linesOf(bytes: Buffer, name: Name): string[] {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(LF, start);
    const end = feed < 0 ? bytes.length : feed;
    const line = bytes.subarray(start, end);
    lines.push(line.toString(name !== 'odd' && isUtf8(line) ? 'utf8' : 'latin1'));
    start = end + 1;
  }
  return lines.map(shown);
}
/** DuckDB's client leaves out a byte order mark at the start of a value, which the database has. */
const shown = (line: string) =>
  line
    .replace(/^\ufeff+/, '')
    .replaceAll('\r', '')
    .replaceAll('\0', '\u2400');
const isBlank = (line: string) => line.trim() === '';

test('ten thousand hostile files: no crash, no lost line, no record twice, and the second time nothing is new', async () => {
  const hostiles = await project();
  shop = hostiles;
  shop.write('configs/datasets/shop/events.yaml', EVENTS);
  shop.write('configs/datasets/shop/odd.yaml', ODD);
  shop.write(
    'configs/datasets/shop/dataset.yaml',
    'version: 1\ntitle: Shop\ndescription: A shop.\nsources: [events, billing, odd]\nmodel: churn\n',
  );
  const files = fc.sample(hostile, { numRuns: isPostgres() ? 1000 : 10_000, seed: 7 });
  const must = { events: new Set<string>(), billing: new Set<string>(), odd: new Set<string>() };
  const may = { events: new Set<string>(), billing: new Set<string>(), odd: new Set<string>() };
  for (const [i, { content, name, head, packed }] of files.entries()) {
    const start = head === 'none' ? '' : HEADERS[name];
    const whole = Buffer.concat([
      Buffer.from(head === 'mark' && name !== 'odd' ? [0xef, 0xbb, 0xbf] : head === 'utf16' ? [0xff, 0xfe] : []),
      Buffer.from(start),
      content,
    ]);
    const ending = name === 'events' ? 'jsonl' : 'csv';
    const path = `${name}/${String(i).padStart(5, '0')}.${ending}${packed === 'no' ? '' : '.gz'}`;
    const zipped = packed === 'gzip' || packed === 'cut' ? gzipSync(whole) : whole;
    shop.raw(path, packed === 'cut' ? zipped.subarray(0, zipped.length - 5) : zipped);
    const inside = linesOf(Buffer.concat([Buffer.from(start), content]), name);
    for (const line of inside) may[name].add(line);
    const isRead = packed !== 'cut' && packed !== 'false' && (head === 'good' || (head === 'mark' && name !== 'odd'));
    if (!isRead) continue;
    const skip = name === 'events' ? 0 : name === 'billing' ? 1 : 2;
    for (const line of inside.slice(skip)) {
      if (!isBlank(line) && !(name === 'odd' && line.startsWith('#'))) must[name].add(line);
    }
  }
  const report = await shop.load();
  const table = (name: Name) =>
    hostiles.rows(`select source_file, line_no, raw, parsed, problem, row_hash from bronze.${name} order by 1, 2`);
  const first = [];
  for (const name of ['events', 'billing', 'odd'] as const) {
    const rows = await table(name);
    first.push(rows);
    const found = new Set(rows.flatMap((row) => (row as { raw: string }).raw.split('\n').map(shown)));
    expect([...must[name]].filter((line) => !found.has(line))).toEqual([]);
    expect([...found].filter((line) => !isBlank(line) && !may[name].has(line))).toEqual([]);
    expect(must[name].size).toBeGreaterThan(files.length / 20);
    await expectAccounts(shop, name);
  }
  expect(new Set(report.problems.map(({ code }) => code))).toEqual(new Set(['RAW_UNREADABLE', 'RAW_COLUMN_MISSING']));
  const again = await shop.load();
  expect(again.sources.map(({ rowsRead, rowsAdded }) => ({ rowsRead, rowsAdded }))).toEqual(
    Array.from({ length: 3 }, () => ({ rowsRead: 0, rowsAdded: 0 })),
  );
  expect(again.problems.length).toBe(report.problems.length);
  expect([await table('events'), await table('billing'), await table('odd')]).toEqual(first);
}, 300_000);
