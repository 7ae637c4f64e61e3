import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Files } from '../../ingest/contract-types.ts';
import { csvReader } from '../../ingest/csv.ts';
import { jsonlReader } from '../../ingest/jsonl.ts';
import { normalizeFiles } from '../../ingest/normalize.ts';
import { plainText } from '../../ingest/plain-text.ts';
import { type Project, project } from './harness.ts';

const JSONL = normalizeFiles({ pattern: 'events/*.jsonl', format: 'jsonl' });
const CSV = normalizeFiles({ pattern: 'billing/*.csv', format: 'csv' });
/** Files of one load: enough to be worth a statement. */
const FILES = 40;

let shop: Project;
beforeEach(async () => {
  shop = await project();
});
afterEach(() => shop.close());

const isPlain = (text: string, files: Files, size = 1 << 20) => {
  const bytes = Buffer.from(text);
  const look = plainText(files);
  for (let at = 0; at < bytes.length; at += size) look.look(bytes.subarray(at, at + size));
  return look.isPlain();
};

/** What an engine may read otherwise than we do stands beside what it may not. */
const jsonText = fc.string({
  unit: fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      ' ',
      '\\',
      'a',
      '1',
      '-',
      '.',
      'e',
      '0',
      'é',
      '😀',
      '\t',
      '\u00a0',
      '\u2028',
      '\u0001',
      '\u000b',
      '\u001f',
      '\u007f',
    ],
    ...['null', 'true', 'NaN', 'inf', 'Infinity', '"k":', '\\u0041', '\\ud800', '\\u0000', '{"a":', '},', '//', "'"],
  ),
  maxLength: 14,
});
const TOKENS = [
  ',',
  '}',
  ']',
  'NaN',
  '-Infinity',
  'inf',
  ' ',
  '"',
  '\\',
  '\\x',
  '01',
  '.',
  '{}',
  ':',
  'é',
  'null',
  '\t',
  '\u0002',
  '\u000c',
];
/** Valid JSON with something put in somewhere. */
const nearlyJson = fc
  .tuple(fc.jsonValue({ maxDepth: 2 }), fc.nat(), fc.constantFrom(...TOKENS))
  .map(([value, at, token]) => {
    const text = JSON.stringify({ a: value, b: [1] });
    const place = at % (text.length + 1);
    return text.slice(0, place) + token + text.slice(place);
  });
const jsonLine = fc.oneof(
  jsonText,
  nearlyJson,
  nearlyJson,
  fc.json(),
  fc.record({ event_id: jsonText, x: fc.double() }).map((value) => JSON.stringify(value)),
  jsonText.map((text) => `{"event_id":${text}}`),
);
const ends = fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n');
const jsonFile = fc.array(
  fc.tuple(jsonLine, ends).map((parts) => parts.join('')),
  { maxLength: 6 },
);

/** Of equal records the first one stays. */
const firsts = <T extends { raw: string }>(rows: T[]) =>
  rows.filter((row, i) => rows.findIndex(({ raw }) => raw === row.raw) === i);

test('JSON lines: whatever the engine reads by itself, it reads as we do', async () => {
  const files = fc.sample(jsonFile, { numRuns: 60 * FILES, seed: 1 }).map((lines) => lines.join(''));
  // Lines of two files must not be duplicates of each other, and a file needs the field that the contract asks for.
  const texts = files.map((text, i) => `{"event_id":"file ${i}"}\n${text}`);
  const plain = texts.filter((text) => isPlain(text, JSONL)).slice(0, 12 * FILES);
  expect(plain.length).toBe(12 * FILES);
  let problems = 0;
  for (const [i, text] of plain.entries()) shop.raw(`events/${String(i).padStart(4, '0')}.jsonl`, text);
  shop.raw('billing/a.csv', 'user_id,plan,note\n');
  await shop.load();
  const found = await shop.rows(
    'select source_file, cast(line_no as integer) as line, raw, problem from bronze.events order by source_file, line_no',
  );
  const expected = firsts(
    plain.flatMap((text, i) => {
      const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
      return jsonlReader([])
        .read({ lines, invalid: undefined })
        .map(({ lineNo, raw, problem }) => {
          if (problem) problems++;
          return { source_file: `events/${String(i).padStart(4, '0')}.jsonl`, line: lineNo, raw, problem };
        });
    }),
  );
  expect(found).toEqual(expected);
  expect(problems).toBeGreaterThan(FILES);
});

const field = fc.string({
  unit: fc.constantFrom('a', 'é', ' ', '1', "'", '\t', '/', '{', '\u00a0', ';'),
  maxLength: 4,
});
const csvFile = fc
  .array(fc.oneof(fc.array(field, { maxLength: 5 }), fc.tuple(field, field, field)), { maxLength: 6 })
  .map((rows) => rows.map((row) => row.join(',')).join('\n'));

test('CSV: whatever the engine reads by itself, it reads as we do', async () => {
  const texts = fc
    .sample(csvFile, { numRuns: 4 * FILES, seed: 2 })
    .map((text, i) => `user_id,plan,note\nfile ${i},x,\n${text}`);
  const plain = texts.filter((text) => isPlain(text, CSV)).slice(0, FILES);
  expect(plain.length).toBe(FILES);
  for (const [i, text] of plain.entries()) shop.raw(`billing/${String(i).padStart(4, '0')}.csv`, text);
  shop.raw('events/a.jsonl', '');
  await shop.load();
  const found = (await shop.rows(
    'select source_file, cast(line_no as integer) as line, raw, parsed, problem, row_hash from bronze.billing order by source_file, line_no',
  )) as { row_hash: string }[];
  const expected = firsts(
    plain.flatMap((text, i) => {
      const reader = csvReader(normalizeFiles({ pattern: '*', format: 'csv' }), () => undefined);
      const records = [...reader.read({ lines: text.split('\n'), invalid: undefined }), ...reader.end()];
      return records.map(({ lineNo, raw, parsed, problem }) => ({
        source_file: `billing/${String(i).padStart(4, '0')}.csv`,
        line: lineNo,
        raw,
        parsed,
        problem,
      }));
    }),
  );
  expect(found.map(({ row_hash: _, ...row }) => row)).toEqual(expected);
  expect(new Set(found.map(({ row_hash }) => row_hash)).size).toBe(found.length);
});

test('a record has the same hash whoever reads it', async () => {
  // A byte order mark makes the second file one that we read ourselves.
  const lines = '{"event_id":"e1"}\n{"event_id":"é"}\n[1]\n{"event_id":\n';
  shop.raw('events/a.jsonl', lines);
  shop.raw('events/b.jsonl', `\ufeff${lines}`);
  shop.raw('billing/a.csv', 'user_id,plan,note\nu1,pro,\nu2,é,x\nu3\n');
  shop.raw('billing/b.csv', '"user_id",plan,note\nu1,pro,\nu2,é,x\nu3\n');
  const { sources } = await shop.load();
  expect(sources.map(({ rowsRead, duplicates, malformed }) => ({ rowsRead, duplicates, malformed }))).toEqual([
    { rowsRead: 8, duplicates: 4, malformed: 4 },
    { rowsRead: 6, duplicates: 3, malformed: 2 },
  ]);
});

test('plain is the same for chunks of any size', () => {
  fc.assert(
    fc.property(jsonFile, csvFile, fc.integer({ min: 1, max: 9 }), (json, csv, size) => {
      const text = json.join('');
      // Half of a pattern at the end of a chunk is looked at again with the next one.
      expect(isPlain(text, JSONL, size)).toBe(isPlain(text, JSONL));
      expect(isPlain(csv, CSV, size)).toBe(isPlain(csv, CSV));
    }),
  );
});

test.each([
  ['a byte order mark', '\ufeff{}\n'],
  ['carriage returns', '{}\r\n'],
  ['NUL', '{"a":"\0"}\n'],
  ['NaN', '{"a":NaN}\n'],
  ['negative infinity after a space', '{"a": -inf}\n'],
  ['NaN alone on a line', '{}\nNaN\n'],
  ['a comma before a brace', '{"a":1, }\n'],
  ['an escaped surrogate', '{"a":"\\uD800"}\n'],
  ['an escaped NUL', '{"a":"\\u0000"}\n'],
  ['a line of spaces', '{}\n  \n{}\n'],
  ['a line of other white space', '{}\n\u00a0\n{}\n'],
  ['an endless line', `{"a":"${'x'.repeat(3 << 20)}"}\n`],
])('not plain: %s', (_, text) => {
  expect(isPlain(text, JSONL)).toBe(false);
});
