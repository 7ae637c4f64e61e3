import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem, TidemarkError } from '../../core/errors.ts';
import { describeLoad } from '../../ingest/report.ts';
import { bronze, counts, DATASET, effects, expectAccounts, NOTHING, type Project, project } from './harness.ts';

let shop: Project;
beforeEach(async () => {
  shop = await project();
  shop.write('configs/datasets/shop/dataset.yaml', DATASET.replace('[events, billing]', '[events]'));
});
afterEach(() => shop.close());

const event = (id: number) => `{"event_id":"e${id}","props":{"channel":"web"}}\n`;
const manifest = () =>
  shop.rows(
    `select source_file, rows_read, rows_added, duplicates, malformed from ops.load_files order by source_file`,
  );
const ids = async () =>
  (await shop.rows(`select coalesce(parsed, raw)::json->>'event_id' as id from bronze.events order by 1`)).map(
    (row) => (row as { id: string }).id,
  );

test('a JSON line is kept as it stands, with its place and its hash', async () => {
  shop.raw('events/a.jsonl', ' {"event_id" : "e1", "amount": 1.50}\n');
  await shop.load();
  expect(await shop.rows('select * from bronze.events')).toEqual([
    {
      raw: ' {"event_id" : "e1", "amount": 1.50}',
      parsed: null,
      row_hash: createHash('md5').update(' {"event_id" : "e1", "amount": 1.50}').digest('hex'),
      source_file: 'events/a.jsonl',
      line_no: 1,
      batch_id: '20260301T101500Z-0001',
      loaded_at: '2026-03-01T10:15:00.000Z',
      problem: null,
    },
  ]);
  expect(await shop.rows(`select coalesce(parsed, raw)::json->>'event_id' as id from bronze.events`)).toEqual([
    { id: 'e1' },
  ]);
  expect(await shop.rows('select * from ops.load_batches')).toEqual([
    {
      batch_id: '20260301T101500Z-0001',
      started_at: '2026-03-01T10:15:00.000Z',
      finished_at: '2026-03-01T10:15:00.000Z',
      files_loaded: 1,
      rows_read: 1,
      rows_added: 1,
      duplicates: 0,
      malformed: 0,
      rows_removed: 0,
    },
  ]);
});

test('a file that is loaded again adds nothing', async () => {
  shop.raw('events/a.jsonl', event(1) + event(2));
  expect(counts(await shop.load())).toEqual({ ...NOTHING, filesLoaded: 1, rowsRead: 2, rowsAdded: 2 });
  const report = await shop.load();
  expect(counts(report)).toEqual({ ...NOTHING, filesSkipped: 1 });
  expect(describeLoad(report)).toBe('nothing new, 1 file unchanged');
  expect(await ids()).toEqual(['e1', 'e2']);
  await expectAccounts(shop, 'events');
});

test('a moved copy is known by its content and leaves no row in the manifest', async () => {
  shop.raw('events/a.jsonl', event(1));
  await shop.load();
  shop.removeRaw('events/a.jsonl');
  shop.raw('events/b.jsonl', event(1));
  const report = await shop.load();
  expect(report.sources[0]!.files).toEqual([
    {
      source: 'events',
      file: 'events/b.jsonl',
      state: 'copy',
      copyOf: 'events/a.jsonl',
      rowsRead: 0,
      duplicates: 0,
      malformed: 0,
    },
  ]);
  expect(describeLoad(report)).toBe('nothing new, 1 file known under another name');
  expect(await manifest()).toHaveLength(1);
  await expectAccounts(shop, 'events');
});

test('exact duplicates in one file, across files and across loads are counted and not added', async () => {
  shop.raw('events/a.jsonl', event(1) + event(2) + event(1));
  shop.raw('events/b.jsonl', event(2) + event(3));
  const report = await shop.load();
  expect(describeLoad(report)).toBe('5 rows from 2 files: 3 new, 2 duplicates');
  shop.raw('events/c.jsonl', event(3) + event(4));
  expect(counts(await shop.load())).toEqual({
    ...NOTHING,
    filesLoaded: 1,
    filesSkipped: 2,
    rowsRead: 2,
    rowsAdded: 1,
    duplicates: 1,
  });
  expect(await ids()).toEqual(['e1', 'e2', 'e3', 'e4']);
  expect(await manifest()).toEqual([
    { source_file: 'events/a.jsonl', rows_read: 3, rows_added: 2, duplicates: 1, malformed: 0 },
    { source_file: 'events/b.jsonl', rows_read: 2, rows_added: 1, duplicates: 1, malformed: 0 },
    { source_file: 'events/c.jsonl', rows_read: 2, rows_added: 1, duplicates: 1, malformed: 0 },
  ]);
  await expectAccounts(shop, 'events');
});

test('an appended file is rebuilt; a record that was counted under it stays when another file has it', async () => {
  shop.raw('events/a.jsonl', event(1) + event(2));
  shop.raw('events/b.jsonl', event(2));
  await shop.load();
  shop.raw('events/a.jsonl', event(1) + event(4));
  const report = await shop.load();
  expect(counts(report)).toEqual({
    ...NOTHING,
    rebuilt: true,
    filesLoaded: 2,
    rowsRead: 3,
    rowsAdded: 1,
    rowsRemoved: 0,
  });
  expect(await ids()).toEqual(['e1', 'e2', 'e4']);
  shop.raw('events/a.jsonl', event(4));
  expect(counts(await shop.load())).toMatchObject({ rebuilt: true, rowsAdded: 0, rowsRemoved: 1 });
  expect(await ids()).toEqual(['e2', 'e4']);
  await expectAccounts(shop, 'events');
});

test('rows of files that are gone stay, in a rebuild too, and go with prune', async () => {
  shop.raw('events/a.jsonl', event(1));
  shop.raw('events/b.jsonl', event(2));
  await shop.load();
  shop.removeRaw('events/a.jsonl');
  shop.raw('events/b.jsonl', event(3));
  expect(counts(await shop.load())).toMatchObject({ rebuilt: true, rowsAdded: 1, rowsRemoved: 1 });
  expect(await ids()).toEqual(['e1', 'e3']);
  const pruned = await shop.load({ prune: true });
  expect(counts(pruned)).toMatchObject({ rebuilt: true, rowsAdded: 0, rowsRemoved: 1 });
  expect(describeLoad(pruned)).toBe('nothing new, 1 removed, 1 file unchanged');
  expect(await ids()).toEqual(['e3']);
  expect(await manifest()).toHaveLength(1);
  await expectAccounts(shop, 'events');
});

test('prune keeps what a gone file shares with one that is there, and never empties a source that lost its folder', async () => {
  shop.raw('events/a.jsonl', event(1) + event(2));
  shop.raw('events/b.jsonl', event(2));
  await shop.load();
  shop.removeRaw('events/a.jsonl');
  await shop.load({ prune: true });
  expect(await ids()).toEqual(['e2']);
  shop.removeRaw('events/b.jsonl');
  const report = await shop.load({ prune: true });
  expect(report.problems.map(formatProblem)).toEqual([
    `RAW_NOT_FOUND configs/datasets/shop/events.yaml
  no file matches events/*.jsonl in data/raw/shop, where the source events should lie
  Run \`tidemark generate\` first, or put the files where the contract says. (docs/errors.md#raw_not_found)`,
  ]);
  expect(await ids()).toEqual(['e2']);
  await expectAccounts(shop, 'events');
});

test('lines that are no record are kept with their line and their problem', async () => {
  const lines = [
    '{"event_id":"e1"}',
    '{"event_id":',
    '',
    '   ',
    '[1]',
    'null',
    '{"event_id":NaN}',
    '{"event_id":"\\ud800"}',
    '{"event_id":"\\ud83d\\ude00"}',
    '{"event_id":"\\u0000"}',
    '{"event_id":"\\\\u0000"}',
    '{"a":"\0"}',
    'x',
    'x',
  ];
  shop.raw('events/a.jsonl', lines.join('\n'));
  const report = await shop.load();
  expect(counts(report)).toEqual({
    ...NOTHING,
    filesLoaded: 1,
    rowsRead: 12,
    rowsAdded: 11,
    duplicates: 1,
    malformed: 9,
  });
  expect(await shop.rows('select line_no, raw, problem from bronze.events order by line_no')).toEqual([
    { line_no: 1, raw: lines[0], problem: null },
    { line_no: 2, raw: lines[1], problem: 'malformed_json' },
    { line_no: 5, raw: lines[4], problem: 'not_an_object' },
    { line_no: 6, raw: lines[5], problem: 'not_an_object' },
    { line_no: 7, raw: lines[6], problem: 'malformed_json' },
    { line_no: 8, raw: lines[7], problem: 'lone_surrogate' },
    { line_no: 9, raw: lines[8], problem: null },
    { line_no: 10, raw: lines[9], problem: 'nul_character' },
    { line_no: 11, raw: lines[10], problem: null },
    { line_no: 12, raw: '{"a":"\u2400"}', problem: 'nul_character' },
    { line_no: 13, raw: 'x', problem: 'malformed_json' },
  ]);
  await expectAccounts(shop, 'events');
});

test('bytes that are no UTF-8 are kept as Latin-1 and are not the same record as that text in UTF-8', async () => {
  const line = '{"event_id":"caf\u00e9"}';
  shop.raw(
    'events/a.jsonl',
    Buffer.concat([Buffer.from(event(1)), Buffer.from(`${line}\n`, 'latin1'), Buffer.from(line)]),
  );
  await shop.load();
  expect(await bronze(shop, 'events')).toMatchObject([
    { line_no: 1, problem: null },
    { line_no: 2, raw: line, problem: 'invalid_utf8' },
    { line_no: 3, raw: line, problem: null },
  ]);
});

test('line ends, a byte order mark and a missing last line end are no part of a record', async () => {
  shop.raw('events/a.jsonl', `\ufeff${event(1)}${event(2).replace('\n', '\r\n')}${event(3).trimEnd()}`);
  shop.raw('events/b.jsonl', event(1).replace('\n', '\r\n') + event(3));
  shop.raw('events/c.jsonl', '');
  shop.raw('events/d.jsonl', '\n\r\n');
  const report = await shop.load();
  expect(counts(report)).toEqual({ ...NOTHING, filesLoaded: 4, rowsRead: 5, rowsAdded: 3, duplicates: 2 });
  expect(await bronze(shop, 'events')).toMatchObject(
    [1, 2, 3].map((id) => ({ line_no: id, raw: event(id).trimEnd() })),
  );
});

test('a line of many megabytes is one record', async () => {
  const text = 'x'.repeat(20 << 20);
  shop.raw('events/a.jsonl', `${event(1)}{"event_id":"${text}"}\n${event(2)}`);
  await shop.load();
  expect(await shop.rows('select line_no, length(raw) as n from bronze.events order by 1')).toMatchObject([
    { line_no: 1 },
    { line_no: 2, n: text.length + 15 },
    { line_no: 3 },
  ]);
});

test('JSON lines of which none has a required field are loaded with one warning for all files', async () => {
  shop.raw('events/a.jsonl', '{"evnt_id":"e1"}\n');
  shop.raw('events/b.jsonl', '{"evnt_id":"e2"}\n');
  shop.raw('events/c.jsonl', '{"event_id":null}\n');
  const report = await shop.load();
  expect(report.problems).toEqual([]);
  expect(report.warnings.map(formatProblem)).toEqual([
    `RAW_COLUMN_MISSING data/raw/shop/events/a.jsonl
  no record has the field "event_id", which event_id needs; so in 2 files, of which this is the first. Did you mean "evnt_id"?
  The rows were loaded, and silver rejects them; mend the files or the contract. (docs/errors.md#raw_column_missing)`,
  ]);
  expect(counts(report)).toMatchObject({ rowsAdded: 3 });
});

test('nothing of a truncated file is loaded, and what bronze holds of its earlier content stays', async () => {
  const big = gzipSync(Array.from({ length: 5000 }, (_, i) => event(i)).join(''));
  shop.raw('events/a.jsonl.gz', big.subarray(0, big.length >> 1));
  shop.raw('events/b.jsonl', event(1) + event(2));
  const report = await shop.load();
  expect(report.problems.map(formatProblem)).toEqual([
    `RAW_UNREADABLE data/raw/shop/events/a.jsonl.gz
  the compressed data ends too early: the file is truncated
  Mend or remove the file; it was not loaded, other files were. (docs/errors.md#raw_unreadable)`,
  ]);
  expect(await ids()).toEqual(['e1', 'e2']);

  shop.raw('events/a.jsonl.gz', gzipSync(event(7)));
  await shop.load();
  shop.raw('events/a.jsonl.gz', big.subarray(0, big.length >> 1));
  shop.raw('events/b.jsonl', event(2) + event(3));
  const again = await shop.load();
  expect(again.problems.map(({ code, hint }) => [code, hint])).toEqual([
    ['RAW_UNREADABLE', 'Mend the file; until then the rows of its earlier content stay.'],
  ]);
  expect(await ids()).toEqual(['e2', 'e3', 'e7']);
  await expectAccounts(shop, 'events');
});

test.each([
  ['a folder of that name is no file', undefined, 'RAW_NOT_FOUND'],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'RAW_UNREADABLE'],
  ['compressed without .gz', gzipSync(event(1)), 'RAW_UNREADABLE'],
])('%s', async (_, content, code) => {
  if (content) shop.raw('events/a.jsonl', content);
  else shop.raw('events/a.jsonl/inner', '');
  const report = await shop.load();
  expect(report.problems.map((problem) => problem.code)).toEqual([code]);
  expect(await ids()).toEqual([]);
});

test('an abort ends the load between files; what is there are whole files, and the next load completes them', async () => {
  const lines = Array.from({ length: 80_000 }, (_, i) => `{"event_id":"a${i}","pad":"${'x'.repeat(320)}"}\n`).join('');
  shop.raw('events/a.jsonl', lines);
  // With the line ends of Windows, it is read in another way and not together with the first.
  shop.raw('events/b.jsonl', lines.replaceAll('"a', '"b').replaceAll('\n', '\r\n'));
  const controller = new AbortController();
  const given = effects(controller.signal);
  // The clock is asked at the start and before each file is committed, so this aborts in the middle of the second file.
  let asked = 0;
  const now = () => {
    if (++asked === 3) controller.abort();
    return given.clock.now();
  };
  await expect(shop.load({ effects: { ...given, clock: { ...given.clock, now } } })).rejects.toThrowError(
    new TidemarkError({ code: 'RUN_CANCELLED', message: 'The load was interrupted; bronze holds whole files only.' }),
  );
  const files = `select source_file, cast(count(*) as integer) as n from bronze.events group by 1 order by 1`;
  expect(await shop.rows(files)).toEqual([{ source_file: 'events/a.jsonl', n: 80_000 }]);
  await shop.load();
  expect(await shop.rows(files)).toEqual([
    { source_file: 'events/a.jsonl', n: 80_000 },
    { source_file: 'events/b.jsonl', n: 80_000 },
  ]);
  await expectAccounts(shop, 'events');
});

test('bronze on disk is the same after the database was closed and opened again', async () => {
  const disk = await project('shop.duckdb');
  disk.raw('events/a.jsonl', event(1));
  disk.raw('billing/a.csv', 'user_id,plan,note\nu1,pro,\n');
  await disk.load();
  await disk.reopen();
  expect(await disk.rows(`select coalesce(parsed, raw)::json->>'event_id' as id from bronze.events`)).toEqual([
    { id: 'e1' },
  ]);
  expect(await disk.rows(`select coalesce(parsed, raw)::json->>'plan' as plan from bronze.billing`)).toEqual([
    { plan: 'pro' },
  ]);
  expect(describeLoad(await disk.load())).toBe('nothing new, 2 files unchanged');
  await disk.close();
});
