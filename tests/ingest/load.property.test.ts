import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { csvReader } from '../../ingest/csv.ts';
import { normalizeFiles } from '../../ingest/normalize.ts';
import { type Project, project } from './harness.ts';

let shop: Project | undefined;
afterEach(async () => {
  await shop?.close();
  shop = undefined;
});

const RUNS = { numRuns: 25 };
const table = (name: string) =>
  `select source_file, line_no, raw, parsed, problem, row_hash from bronze.${name} order by source_file, line_no`;

/** Text that looks like JSON lines often enough, and like anything else otherwise. */
const jsonLine = fc.oneof(
  fc
    .record({ event_id: fc.integer({ min: 0, max: 5 }), x: fc.string({ unit: 'grapheme' }) })
    .map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\n\r]/g, ' ')),
  fc.constantFrom('', ' ', '{', '{}', '{"a":NaN}', '\t'),
);
const jsonFile = fc
  .tuple(fc.array(jsonLine, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => lines.join(end) + (last ? end : ''));

test('JSON lines: each line that is not blank is in bronze exactly once, and loading again changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(jsonFile, { minLength: 1, maxLength: 4 }), async (files) => {
      shop = await project();
      for (const [i, text] of files.entries()) shop.raw(`events/${i}.jsonl`, text);
      shop.raw('billing/a.csv', '');
      await shop.load();
      const first = await shop.rows(table('events'));
      const lines = files.flatMap((text) =>
        text
          .replace(/^\ufeff/, '')
          .split('\n')
          .map((line) => line.replace(/\r$/, '')),
      );
      const wanted = new Set(lines.filter((line) => line.trim() !== '').map((line) => line.replaceAll('\0', '\u2400')));
      const found = first.map((row) => (row as { raw: string }).raw);
      expect(found.toSorted()).toEqual([...wanted].toSorted());
      await shop.load();
      expect(await shop.rows(table('events'))).toEqual(first);
      const [account] = await shop.rows(
        `select sum(rows_read) - sum(duplicates) as n from ops.load_files where source = 'events'`,
      );
      expect(account).toEqual({ n: found.length });
      await shop.close();
      shop = undefined;
    }),
    RUNS,
  );
});

const field = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é') }),
  fc.constantFrom('', 'x'),
);
const quote = (text: string) => (/["\n\r,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

test('CSV: what was written comes back, field by field, whatever blocks it arrives in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field, field)), fc.integer({ min: 1, max: 3 }), (rows, size) => {
      const text = [['a', 'b', 'c'], ...rows].map((row) => row.map(quote).join(',')).join('\n');
      const records = readBlocks(text, size);
      const expected = rows.map(([a, b, c]) => ({ a: a || null, b: b || null, c: c || null }));
      expect(records.map(({ parsed }) => JSON.parse(parsed!))).toEqual(expected);
    }),
  );
});

test('CSV: of any text no character is lost but line ends and blank lines, and well-formed text is read as csv-parse reads it', () => {
  const anything = fc.string({ unit: fc.constantFrom('a', '"', '""', ',', '\n', 'b,c,d\n', '"x\ny"'), maxLength: 30 });
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 3 }), (text, size) => {
      const records = readBlocks(`a,b,c\n${text}`, size);
      const kept = records.map(({ raw }) => raw).join('\n');
      expect(kept.replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
      expect(records.map(({ lineNo }) => lineNo)).toEqual(
        records.map(({ lineNo }) => lineNo).toSorted((a, b) => a - b),
      );
      const whole = tryParse(text);
      if (whole?.every((fields) => fields.length === 3)) {
        const values = records.map(({ parsed }) =>
          Object.values(JSON.parse(parsed!) as object).map((value) => value ?? ''),
        );
        expect(values).toEqual(whole);
      }
    }),
    { numRuns: 1000 },
  );
});

test('CSV files: loading in any order and twice gives the same records', async () => {
  const row = fc.tuple(
    fc.constantFrom('u1', 'u2', 'u3'),
    fc.constantFrom('pro', 'free', '"a\nb"'),
    fc.constantFrom('', 'x', '"'),
  );
  const file = fc
    .array(row, { maxLength: 6 })
    .map((rows) => ['user_id,plan,note', ...rows.map((r) => r.join(','))].join('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 2, maxLength: 3 }), async (files) => {
      const hashes = [];
      for (const order of [files, files.toReversed()]) {
        shop = await project();
        shop.raw('events/a.jsonl', '');
        for (const [i, text] of order.entries()) {
          shop.raw(`billing/${i}.csv`, text);
          await shop.load();
        }
        hashes.push(await shop.rows('select row_hash from bronze.billing order by 1'));
        await shop.close();
        shop = undefined;
      }
      expect(hashes[0]).toEqual(hashes[1]);
    }),
    RUNS,
  );
});

function readBlocks(text: string, size: number) {
  const reader = csvReader(normalizeFiles({ pattern: '*', format: 'csv' }), () => undefined);
  const lines = text.split('\n');
  const records = [];
  for (let i = 0; i < lines.length; i += size) {
    records.push(...reader.read({ lines: lines.slice(i, i + size), invalid: undefined }));
  }
  return [...records, ...reader.end()];
}

function tryParse(text: string): string[][] | undefined {
  try {
    return parse(text, { record_delimiter: '\n', relax_column_count: true, skip_empty_lines: true });
  } catch {
    return undefined;
  }
}
