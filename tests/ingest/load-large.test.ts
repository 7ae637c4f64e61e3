import { createHash } from 'node:crypto';
import { appendFileSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { counts, EVENTS, effects, expectAccounts, NOTHING, type Project, project } from './harness.ts';

let shop: Project;
beforeEach(async () => {
  shop = await project();
  shop.raw('billing/a.csv', 'user_id,plan,note\n');
});
afterEach(() => shop.close());

/** A new file of so many lines is read by its load alone. */
const LINES = 9000;
const line = (id: number | string) => `{"event_id":"e${id}","text":"${'x'.repeat(1000)}"}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i)).join('');
const LARGE = lines(0, LINES);
const place = (path: string) => join(shop.dir, 'data/raw/shop', path);
const manifest = () =>
  shop.rows(`select source_file, content_hash, bytes, rows_read, rows_added, duplicates, malformed
             from ops.load_files where source = 'events' order by 1`);
const content = () =>
  shop.rows('select source_file, line_no, row_hash, raw, parsed, problem from bronze.events order by 1, 2');
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

/** Effects whose clock calls `then` when it is asked for the time for the nth time: the last before a file is when its transaction begins. */
function effectsWhen(nth: number, then: () => void, signal?: AbortSignal) {
  const given = effects(signal);
  let asked = 0;
  const now = () => {
    if (++asked === nth) then();
    return given.clock.now();
  };
  return { ...given, clock: { ...given.clock, now } };
}
/** The first is for the batch. */
const FIRST_FILE = 2;

test('a large new file arrives with its hash, and the second time it is known', async () => {
  const text = `${lines(0, 10)}\n\n[1]\n{"event_id":\n${lines(10, LINES)}{"event_id":"last"}`;
  shop.raw('events/a.jsonl', text);
  expect(counts(await shop.load())).toEqual({
    ...NOTHING,
    filesLoaded: 1,
    rowsRead: LINES + 3,
    rowsAdded: LINES + 3,
    malformed: 2,
  });
  expect(await manifest()).toMatchObject([{ content_hash: sha256(text), bytes: text.length, rows_added: LINES + 3 }]);
  const found = (await content()) as { line_no: number; raw: string; row_hash: string; problem: string | null }[];
  const expected = text.split('\n').flatMap((raw, i) => {
    const problem = raw === '[1]' ? 'not_an_object' : raw.endsWith(':') ? 'malformed_json' : null;
    const row_hash = createHash('md5').update(raw).digest('hex');
    return raw === '' ? [] : [{ line_no: i + 1, raw, row_hash, problem }];
  });
  expect(found.map(({ line_no, raw, row_hash, problem }) => ({ line_no, raw, row_hash, problem }))).toEqual(expected);
  expect(counts(await shop.load())).toEqual({ ...NOTHING, filesSkipped: 1 });
  appendFileSync(place('events/a.jsonl'), `\n${line('more')}`);
  // Its last line was not at its end.
  expect(counts(await shop.load())).toMatchObject({ filesLoaded: 1, rowsAdded: 1, rowsRemoved: 0 });
  await expectAccounts(shop, 'events');
});

test('the last line of a file that was not written to its end is malformed', async () => {
  shop.raw('events/a.jsonl', `${LARGE}{"event_id":"e`);
  expect(counts(await shop.load())).toMatchObject({ filesLoaded: 1, rowsRead: LINES + 1, malformed: 1 });
  expect(await shop.rows('select line_no, raw, problem from bronze.events where problem is not null')).toEqual([
    { line_no: LINES + 1, raw: '{"event_id":"e', problem: 'malformed_json' },
  ]);
});

const UGLY: readonly (readonly [string, string | Uint8Array])[] = [
  ['NaN', '{"event_id":NaN}\n'],
  ['a carriage return', '{"event_id":"r"}\r\n'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d, 10])],
  ['half of a character at the end', Buffer.from([0x7b, 0x7d, 10, 0xc3])],
  ['NUL', '{"event_id":"\0"}\n'],
  ['a lone surrogate', '{"event_id":"\\ud800"}\n'],
  ['a line of spaces', '   \n'],
  ['a line of three megabytes', `{"event_id":"long","text":"${'é'.repeat(1_500_000)}"}\n`],
];

test.each(UGLY)('what is not plain after the beginning is read as if the file were small: %s', async (_, ugly) => {
  const text = Buffer.concat([Buffer.from(LARGE), Buffer.from(ugly), Buffer.from(ugly)]);
  shop.raw('events/a.jsonl', text);
  const report = counts(await shop.load());
  expect(report.filesLoaded).toBe(1);
  expect(await manifest()).toMatchObject([{ content_hash: sha256(text), bytes: text.length }]);
  const [found, account] = [await content(), await manifest()];
  await expectAccounts(shop, 'events');
  // A contract that refuses new fields has every record looked at by our own reader.
  await shop.close();
  shop = await project();
  shop.raw('billing/a.csv', 'user_id,plan,note\n');
  shop.write(
    'configs/datasets/shop/events.yaml',
    `${EVENTS}  text: { type: string, description: Text. }\n`
      .replace('grain: [event_id]\n', '')
      .concat('grain: [event_id]\ndrift: { new_columns: refuse }\n'),
  );
  shop.raw('events/a.jsonl', text);
  expect(counts(await shop.load())).toEqual(report);
  expect(await manifest()).toEqual(account);
  expect(await content()).toEqual(found);
});

test('of two large files with the same content, one is loaded; and so is a known one under a new name', async () => {
  shop.raw('events/a.jsonl', LARGE);
  shop.raw('events/b.jsonl', LARGE);
  expect(counts(await shop.load())).toMatchObject({ filesLoaded: 1, filesSkipped: 1, rowsRead: LINES, duplicates: 0 });
  shop.raw('events/c.jsonl', LARGE);
  const report = await shop.load();
  expect(counts(report)).toMatchObject({ ...NOTHING, filesSkipped: 3 });
  expect(report.sources[0]!.files.map(({ state, copyOf }) => [state, copyOf])).toEqual([
    ['unchanged', undefined],
    ['copy', 'events/a.jsonl'],
    ['copy', 'events/a.jsonl'],
  ]);
});

test('records that repeat at far places, in one file and in others, are there once', async () => {
  shop.raw('events/a.jsonl', LARGE + line(0) + line(LINES - 1));
  shop.raw('events/b.jsonl', line(5) + lines(LINES, 2 * LINES) + line(6) + line(2 * LINES - 1));
  expect(counts(await shop.load())).toMatchObject({ rowsRead: 2 * LINES + 5, rowsAdded: 2 * LINES, duplicates: 5 });
  expect(await manifest()).toMatchObject([{ duplicates: 2 }, { duplicates: 3 }]);
  const twice = await shop.rows(
    `select source_file, line_no from bronze.events where raw like '{"event_id":"e5"%' or raw like '{"event_id":"e${LINES - 1}"%' order by 2`,
  );
  expect(twice).toEqual([
    { source_file: 'events/a.jsonl', line_no: 6 },
    { source_file: 'events/a.jsonl', line_no: LINES },
  ]);
  await expectAccounts(shop, 'events');
});

test.each([
  ['grows', (path: string) => appendFileSync(path, line('late'))],
  ['is cut', (path: string) => truncateSync(path, LARGE.length / 2)],
  ['is touched', (path: string) => utimesSync(path, 1, 1)],
])('nothing of a file that %s while it is loaded stays, and the other one is loaded', async (_, change) => {
  shop.raw('events/a.jsonl', LARGE);
  shop.raw('events/b.jsonl', lines(LINES, 2 * LINES + 1));
  const report = await shop.load({ effects: effectsWhen(FIRST_FILE, () => change(place('events/a.jsonl'))) });
  expect(report.problems.map(formatProblem)).toEqual([
    'RAW_UNREADABLE data/raw/shop/events/a.jsonl\n  the file was written to while it was read\n  Mend or remove the file; it was not loaded, other files were. (docs/errors.md#raw_unreadable)',
  ]);
  expect(report.sources[0]!.files).toMatchObject([
    { file: 'events/a.jsonl', state: 'rejected' },
    { file: 'events/b.jsonl', state: 'loaded', rowsRead: LINES + 1 },
  ]);
  expect(await shop.rows('select distinct source_file from bronze.events')).toEqual([
    { source_file: 'events/b.jsonl' },
  ]);
  await shop.load();
  await expectAccounts(shop, 'events');
  expect(await manifest()).toMatchObject([{ source_file: 'events/a.jsonl' }, { source_file: 'events/b.jsonl' }]);
});

test('a file that is gone when its load begins is refused, and the other one is loaded', async () => {
  shop.raw('events/a.jsonl', LARGE);
  shop.raw('events/b.jsonl', line('b'));
  const report = await shop.load({ effects: effectsWhen(FIRST_FILE, () => rmSync(place('events/a.jsonl'))) });
  expect(report.problems.map(({ code, file }) => [code, file])).toEqual([
    ['RAW_UNREADABLE', 'data/raw/shop/events/a.jsonl'],
  ]);
  expect(await shop.rows('select distinct source_file from bronze.events')).toEqual([
    { source_file: 'events/b.jsonl' },
  ]);
});

test('Ctrl-C in the middle leaves nothing of the file, and the next load goes on', async () => {
  const controller = new AbortController();
  shop.raw('events/a.jsonl', line('a'));
  shop.raw('events/b.jsonl', LARGE);
  const soon = () => setTimeout(() => controller.abort(), 5);
  const stopped = shop.load({ effects: effectsWhen(FIRST_FILE + 1, soon, controller.signal) });
  await expect(stopped).rejects.toThrow('The load was interrupted; bronze holds whole files only.');
  expect(await manifest()).toMatchObject([{ source_file: 'events/a.jsonl' }]);
  await expectAccounts(shop, 'events');
  expect(counts(await shop.load())).toMatchObject({ filesLoaded: 1, filesSkipped: 1, rowsAdded: LINES });
});

test('a large new file is loaded along when others are loaded anew, also one that is not plain', async () => {
  shop.raw('events/a.jsonl', line('a') + line('b'));
  await shop.load();
  shop.raw('events/a.jsonl', line('b'));
  shop.raw('events/b.jsonl', `${LARGE}{"event_id":NaN}\n`);
  expect(counts(await shop.load())).toEqual({
    ...NOTHING,
    rebuilt: true,
    filesLoaded: 2,
    rowsRead: LINES + 2,
    rowsAdded: LINES + 1,
    rowsRemoved: 1,
    malformed: 1,
  });
  expect(await manifest()).toMatchObject([{}, { content_hash: sha256(`${LARGE}{"event_id":NaN}\n`) }]);
  await expectAccounts(shop, 'events');
});
