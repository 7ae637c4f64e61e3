import { afterEach, beforeEach, expect, test } from 'vitest';
import { MOST_NEW } from '../../ingest/drift.ts';
import { BILLING, EVENTS, expectAccounts, type Project, project } from './harness.ts';

let shop: Project;
beforeEach(async () => {
  shop = await project();
  shop.raw('events/a.jsonl', '{"event_id":"e1","props":{"channel":"web"}}\n');
  shop.raw('billing/a.csv', 'user_id,plan,note\nu1,pro,x\n');
});
afterEach(() => shop.close());

const policy = (source: 'events' | 'billing', drift: string) =>
  shop.write(`configs/datasets/shop/${source}.yaml`, `${source === 'events' ? EVENTS : BILLING}drift: { ${drift} }\n`);

/** What a load says of the files, warnings before problems. */
async function said(): Promise<string[]> {
  const { warnings, problems } = await shop.load();
  return [...warnings, ...problems].map(({ code, file, message }) => `${code} ${file}: ${message}`);
}

const drifts = () => shop.rows('select source_file, drift from ops.load_files where drift is not null order by 1');

test('by default fields come and go as they like', async () => {
  shop.raw('events/b.jsonl', '{"event_id":"e2","extra":1}\n');
  shop.raw('billing/b.csv', 'user_id,plan,extra\nu2,pro,x\n');
  expect(await said()).toEqual([]);
  expect(await drifts()).toEqual([]);
});

test('warn: new and missing fields of all files are said once each, and kept', async () => {
  policy('events', 'new_columns: warn, missing_columns: warn, ignored: [trace]');
  policy('billing', 'new_columns: warn, missing_columns: warn');
  // Nested fields are free, and so is props.channel.
  shop.raw('events/b.jsonl', '{"event_id":"e2","props":{"new":1},"trace":"t"}\n');
  shop.raw('events/c.jsonl', '{"event_id":"e3","extra":1}\n{"event_id":"e4","extra":2}\n');
  shop.raw('events/d.jsonl', '{"event_id":"e5"}\n{"event_id":"e6","props":{},"extra":{"deep":1}}\n');
  shop.raw('billing/b.csv', 'user_id,plan,extra\nu2,pro,x\n');
  // Quotes: this one is read by us and not by the engine.
  shop.raw('billing/c.csv', 'user_id,plan,"extra"\nu3,pro,"x"\n');
  expect(await said()).toEqual([
    'RAW_COLUMN_NEW data/raw/shop/events/c.jsonl: the contract knows no field "extra"; so in 2 files, of which this is the first.',
    'RAW_COLUMN_MISSING data/raw/shop/events/c.jsonl: no record has the field "props", which the contract reads.',
    'RAW_COLUMN_NEW data/raw/shop/billing/b.csv: the contract knows no field "extra"; so in 2 files, of which this is the first.',
    'RAW_COLUMN_MISSING data/raw/shop/billing/b.csv: no record has the field "note", which the contract reads; so in 2 files, of which this is the first.',
  ]);
  expect(await drifts()).toEqual([
    { source_file: 'billing/b.csv', drift: '{"added":["extra"],"missing":["note"]}' },
    { source_file: 'billing/c.csv', drift: '{"added":["extra"],"missing":["note"]}' },
    { source_file: 'events/c.jsonl', drift: '{"added":["extra"],"missing":["props"]}' },
    { source_file: 'events/d.jsonl', drift: '{"added":["extra"],"missing":[]}' },
  ]);
  expect(await shop.rows(`select parsed from bronze.billing where source_file = 'billing/b.csv'`)).toEqual([
    { parsed: '{"user_id":"u2","plan":"pro","extra":"x"}' },
  ]);
});

test('refuse: the file is not loaded, whichever of its records has the field', async () => {
  policy('events', 'new_columns: refuse');
  policy('billing', 'new_columns: refuse, missing_columns: refuse');
  const many = Array.from({ length: 3000 }, (_, i) => `{"event_id":"m${i}"}`);
  shop.raw('events/b.jsonl', `${many.join('\n')}\n{"event_id":"e2","extra":1}\n`);
  shop.raw('billing/b.csv', 'user_id,plan,note,extra\nu2,pro,,x\n');
  shop.raw('billing/c.csv', 'user_id,plan\nu3,pro\n');
  shop.raw('billing/d.csv', 'user_id,plan,"nöte"\nu4,pro,x\n');
  expect(await said()).toEqual([
    'RAW_COLUMN_NEW data/raw/shop/events/b.jsonl: the contract knows no "extra", and refuses files with new columns',
    'RAW_COLUMN_NEW data/raw/shop/billing/b.csv: the contract knows no "extra", and refuses files with new columns',
    'RAW_COLUMN_MISSING data/raw/shop/billing/c.csv: no record has "note", and the contract refuses files with missing columns',
    'RAW_COLUMN_NEW data/raw/shop/billing/d.csv: the contract knows no "nöte", and refuses files with new columns',
  ]);
  expect(await shop.rows('select count(*) as n from bronze.events')).toEqual([{ n: 1 }]);
  expect(await shop.rows('select count(*) as n from bronze.billing')).toEqual([{ n: 1 }]);
  await expectAccounts(shop, 'events');
  // Once the contract knows the field, the file comes in.
  policy('events', 'new_columns: refuse, ignored: [extra]');
  expect((await said()).filter((text) => text.includes('/events/'))).toEqual([]);
  expect(await shop.rows('select count(*) as n from bronze.events')).toEqual([{ n: 3002 }]);
});

test('a file without records says nothing about its fields', async () => {
  policy('events', 'new_columns: refuse, missing_columns: refuse');
  shop.raw('events/b.jsonl', '');
  shop.raw('events/c.jsonl', 'no json\n[1]\n');
  expect(await said()).toEqual([]);
});

test('a rare field is found in the whole file before it counts as missing', async () => {
  policy('events', 'missing_columns: warn');
  const many = Array.from({ length: 3000 }, (_, i) => `{"event_id":"m${i}"}`);
  shop.raw('events/b.jsonl', `${many.join('\n')}\n{"event_id":"e2","props":{}}\n`);
  expect(await said()).toEqual([]);
});

test('records that all have other fields do not fill the memory', async () => {
  policy('events', 'new_columns: warn');
  const many = Array.from({ length: 200 }, (_, i) => `{"event_id":"m${i}","f${i}":1}`);
  shop.raw('events/b.jsonl', `${many.join('\n')}\n`);
  expect((await said()).length).toBe(MOST_NEW);
});
