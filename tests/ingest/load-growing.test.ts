import { appendFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { describeLoad } from '../../ingest/report.ts';
import { bronze, counts, expectAccounts, NOTHING, type Project, project } from './harness.ts';

let shop: Project;
beforeEach(async () => {
  shop = await project();
  shop.raw('billing/a.csv', 'user_id,plan,note\n');
});
afterEach(() => shop.close());

const event = (id: number) => `{"event_id":"e${id}"}\n`;
const events = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => event(from + i)).join('');
const place = (path: string) => join(shop.dir, 'data/raw/shop', path);
const manifest = (source: string) =>
  shop.rows(
    `select source_file, bytes, rows_read, rows_added, duplicates, malformed from ops.load_files where source = '${source}' order by 1`,
  );
const lines = async () =>
  (await bronze(shop, 'events')).map((row) => {
    const { source_file, line_no, raw } = row as { source_file: string; line_no: number; raw: string };
    return [source_file, line_no, raw];
  });

test('of a file that has grown the new lines are read, and no other', async () => {
  shop.raw('events/a.jsonl', events(0, 3));
  shop.raw('events/b.jsonl', event(1));
  await shop.load();
  appendFileSync(place('events/a.jsonl'), events(2, 5));
  const report = await shop.load();
  expect(counts(report)).toEqual({
    ...NOTHING,
    filesLoaded: 1,
    filesSkipped: 1,
    rowsRead: 3,
    rowsAdded: 2,
    duplicates: 1,
  });
  expect(await lines()).toEqual([
    ['events/a.jsonl', 1, '{"event_id":"e0"}'],
    ['events/a.jsonl', 2, '{"event_id":"e1"}'],
    ['events/a.jsonl', 3, '{"event_id":"e2"}'],
    ['events/a.jsonl', 5, '{"event_id":"e3"}'],
    ['events/a.jsonl', 6, '{"event_id":"e4"}'],
  ]);
  expect(await manifest('events')).toEqual([
    { source_file: 'events/a.jsonl', bytes: 6 * 18, rows_read: 6, rows_added: 5, duplicates: 1, malformed: 0 },
    { source_file: 'events/b.jsonl', bytes: 18, rows_read: 1, rows_added: 0, duplicates: 1, malformed: 0 },
  ]);
  await expectAccounts(shop, 'events');
});

test('new lines of CSV have the header of the file; where quotes make it unsure, all is read anew', async () => {
  shop.raw('billing/a.csv', 'user_id,plan,note\nu1,pro,\n');
  shop.raw('billing/b.csv', 'user_id,plan,note\nv1,pro,"x\n');
  shop.raw('events/a.jsonl', '');
  await shop.load();
  appendFileSync(place('billing/a.csv'), 'u2,pro,\n');
  appendFileSync(place('billing/b.csv'), 'y"\n');
  const { sources } = await shop.load();
  expect(sources[1]).toMatchObject({ rebuilt: true, rowsRead: 2, rowsAdded: 2, rowsRemoved: 1 });
  expect(await bronze(shop, 'billing')).toMatchObject([
    { source_file: 'billing/a.csv', line_no: 2, parsed: '{"user_id":"u1","plan":"pro","note":null}' },
    { source_file: 'billing/a.csv', line_no: 3, parsed: '{"user_id":"u2","plan":"pro","note":null}' },
    { source_file: 'billing/b.csv', line_no: 2, parsed: '{"user_id":"v1","plan":"pro","note":"x\\ny"}' },
  ]);
  await expectAccounts(shop, 'billing');
});

test('half of a last line is malformed until the rest of it is there', async () => {
  shop.raw('events/a.jsonl', `${event(1)}{"event_id":`);
  shop.raw('events/b.jsonl', event(2));
  expect(counts(await shop.load())).toMatchObject({ rowsAdded: 3, malformed: 1 });
  appendFileSync(place('events/a.jsonl'), `"e3"}\n`);
  expect(counts(await shop.load())).toMatchObject({ filesLoaded: 1, filesSkipped: 1, rowsAdded: 1, rowsRemoved: 1 });
  expect(await lines()).toEqual([
    ['events/a.jsonl', 1, '{"event_id":"e1"}'],
    ['events/a.jsonl', 2, '{"event_id":"e3"}'],
    ['events/b.jsonl', 1, '{"event_id":"e2"}'],
  ]);
});

test('a truncated file loses its last rows, but for those that another file has', async () => {
  shop.raw('events/a.jsonl', events(0, 4));
  shop.raw('events/b.jsonl', event(3));
  shop.raw('events/c.jsonl', event(9));
  await shop.load();
  truncateSync(place('events/a.jsonl'), 2 * 18);
  expect(describeLoad(await shop.load())).toBe('3 rows from 2 files: 0 new, 1 removed, 2 files unchanged');
  expect(await lines()).toEqual([
    ['events/a.jsonl', 1, '{"event_id":"e0"}'],
    ['events/a.jsonl', 2, '{"event_id":"e1"}'],
    ['events/b.jsonl', 1, '{"event_id":"e3"}'],
    ['events/c.jsonl', 1, '{"event_id":"e9"}'],
  ]);
  await expectAccounts(shop, 'events');
});

test('a file that was renamed and goes on under its new name adds its new lines', async () => {
  shop.raw('events/a.jsonl', events(0, 2));
  await shop.load();
  renameSync(place('events/a.jsonl'), place('events/b.jsonl'));
  appendFileSync(place('events/b.jsonl'), event(2));
  expect(counts(await shop.load())).toMatchObject({ rowsRead: 3, rowsAdded: 1, duplicates: 2 });
  await expectAccounts(shop, 'events');
});

test('whatever is appended, cut off and rewritten: bronze is as if it had been loaded at once', async () => {
  const step = fc.record({
    file: fc.constantFrom('a', 'b', 'c'),
    how: fc.constantFrom('append', 'append', 'append', 'rewrite', 'truncate'),
    text: fc.array(fc.constantFrom(event(1), event(2), event(3), event(4), '{"event_id"', '\n', '5}\n'), {
      maxLength: 4,
    }),
    load: fc.boolean(),
  });
  const records = () => shop.rows('select row_hash, raw, problem from bronze.events order by row_hash');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const texts = new Map([['a', event(0)]]);
      const write = () => {
        for (const [name, text] of texts) writeFileSync(place(`events/${name}.jsonl`), text);
      };
      const fresh = async () => {
        await shop.close();
        shop = await project();
        shop.raw('billing/a.csv', 'user_id,plan,note\n');
        shop.raw('events/a.jsonl', '');
      };
      await fresh();
      for (const { file, how, text, load } of steps) {
        const before = texts.get(file) ?? '';
        texts.set(
          file,
          how === 'append'
            ? before + text.join('')
            : how === 'rewrite'
              ? text.join('')
              : before.slice(0, before.length >> 1),
        );
        write();
        if (load) await shop.load();
      }
      await shop.load();
      await expectAccounts(shop, 'events');
      const found = await records();
      await fresh();
      write();
      await shop.load();
      expect(found).toEqual(await records());
    }),
    { numRuns: 12 },
  );
});

test('--new does not look into a file whose path, size and time are known, and loads what is new', async () => {
  const noon = new Date('2026-03-01T12:00:00Z');
  shop.raw('events/a.jsonl', event(1));
  utimesSync(place('events/a.jsonl'), noon, noon);
  await shop.load();
  writeFileSync(place('events/a.jsonl'), event(2));
  utimesSync(place('events/a.jsonl'), noon, noon);
  shop.raw('events/b.jsonl', event(3));
  expect(counts(await shop.load({ onlyNew: true }))).toMatchObject({ filesLoaded: 1, filesSkipped: 1, rowsAdded: 1 });
  expect((await lines()).map(([, , raw]) => raw)).toEqual(['{"event_id":"e1"}', '{"event_id":"e3"}']);
  appendFileSync(place('events/b.jsonl'), event(4));
  expect(counts(await shop.load({ onlyNew: true }))).toMatchObject({ rowsRead: 1, rowsAdded: 1, rebuilt: false });
  // Without it, the content counts.
  expect(counts(await shop.load())).toMatchObject({ rebuilt: true, rowsAdded: 1, rowsRemoved: 1 });
  await expectAccounts(shop, 'events');
});

test('--new takes a known file along when one that shared a record with it was rewritten', async () => {
  shop.raw('events/a.jsonl', events(0, 2));
  shop.raw('events/b.jsonl', event(1));
  await shop.load();
  shop.raw('events/a.jsonl', event(0));
  await shop.load({ onlyNew: true });
  expect(await lines()).toEqual([
    ['events/a.jsonl', 1, '{"event_id":"e0"}'],
    ['events/b.jsonl', 1, '{"event_id":"e1"}'],
  ]);
  await expectAccounts(shop, 'events');
});

test('a file that is not whole is left alone, with what bronze holds of it, also when others are pruned', async () => {
  shop.raw('events/a.jsonl', event(1));
  shop.raw('events/b.jsonl', event(2));
  await shop.load();
  appendFileSync(place('events/a.jsonl'), '{"half');
  shop.removeRaw('events/b.jsonl');
  shop.raw('events/c.jsonl', event(3));
  const report = await shop.load({ prune: true, isWhole: (path) => path !== 'events/a.jsonl' });
  expect(report.problems.map(formatProblem)).toEqual([]);
  expect((await lines()).map(([file]) => file)).toEqual(['events/a.jsonl', 'events/c.jsonl']);
});
