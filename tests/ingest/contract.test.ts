import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { BILLING, DATASET, EVENTS, messageOf } from './harness.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dataset(files: { [name: string]: string }) {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-contract-'));
  folders.push(dir);
  const datasetDir = join(dir, 'configs', 'datasets', 'shop');
  mkdirSync(datasetDir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(datasetDir, `${name}.yaml`), text);
  return () => loadDataset(datasetDir, dir);
}

const WAY_OUT = 'The message says what was found and what was expected. (docs/errors.md#config_invalid)';

const shipped = (name: string, present?: readonly string[]) =>
  loadDataset(join(packageRoot(), 'configs', 'datasets', name), packageRoot(), present);
const names = (sources: readonly { readonly name: string }[]) => sources.map(({ name }) => name);

test('the contracts in the repository are valid', () => {
  expect(names(shipped('oulad').sources)).toEqual(['events', 'billing', 'users']);
  const { sources, absent } = shipped('synthetic');
  expect(names(sources).slice(0, 5)).toEqual(['events', 'billing', 'users', 'countries', 'fx_rates']);
  expect(sources.length).toBe(15);
  expect(absent).toEqual([]);
});

test('a data set has those of its optional sources that are present', () => {
  const { sources, absent } = shipped('synthetic', ['events', 'orders', 'accounts', 'weather']);
  expect(names(sources)).toEqual(['events', 'billing', 'users', 'countries', 'fx_rates', 'accounts', 'orders']);
  expect(absent).toEqual([
    'payments',
    'support_tickets',
    'touches',
    'exposures',
    'products',
    'order_payments',
    'transactions',
    'candidates',
  ]);
});

test('a source can lie in a folder of the project, but not outside', () => {
  const inFolder = (folder: string) =>
    dataset({ dataset: DATASET, events: EVENTS.replace('files: {', `files: { folder: ${folder},`), billing: BILLING });
  expect(inFolder('data/shared')().sources[0]!.files.folder).toBe('data/shared');
  expect(messageOf(inFolder('../elsewhere'))).toBe(
    `PATH_OUTSIDE configs/datasets/shop/events.yaml:5:18
  files.folder: "../elsewhere" leads out of the project folder
  Use a plain name without \`..\` or a leading slash. (docs/errors.md#path_outside)`,
  );
});

test('defaults are filled in', () => {
  const [events, billing] = dataset({ dataset: DATASET, events: EVENTS, billing: BILLING })().sources;
  expect(events!.columns).toEqual([
    {
      name: 'event_id',
      type: 'string',
      required: true,
      description: 'Identifier.',
      mapping: { kind: 'from', fields: ['event_id'], map: {} },
      format: 'standard',
      acceptFormats: [],
      severity: {},
      personal: 'keep',
    },
    {
      name: 'channel',
      type: 'string',
      required: false,
      description: 'Channel.',
      mapping: { kind: 'from', fields: ['props.channel'], map: {} },
      format: 'standard',
      acceptFormats: [],
      severity: {},
      personal: 'keep',
    },
  ]);
  expect(events!.criticality).toEqual({ low: 0, medium: 0.01, high: 0.05 });
  expect(events!.drift).toEqual({ newColumns: 'keep', missingColumns: 'keep', ignored: [] });
  expect(events!.personalData).toEqual({ search: [], severity: 'warn' });
  expect(events!.rules).toEqual([]);
  expect(events!.records).toEqual([{ when: undefined, mappings: {} }]);
  expect(billing!.files).toEqual({
    pattern: 'billing/*.csv',
    format: 'csv',
    encoding: 'utf-8',
    delimiter: ',',
    quote: '"',
    escape: '"',
    comment: undefined,
    skipLines: 0,
  });
});

test('all problems of all files come at once, each with its place', () => {
  const events = `version: 1
source: event
description: One row per event.
owner: growth
files: { pattern: "events/*.jsonl", format: jsonl, delimiter: ";" }
columns:
  event_id: { type: string, required: true, min: 1, description: Identifier. }
  amount: { type: number, min: 3, max: 2, allowed: [1], description: Amount. }
  code: { type: integer, allowed: [1, b], from: x, value: 2, description: Code. }
  day: { type: string, days_after: { date: a, days: b }, pattern: "[", description: Day. }
grain: [evnt_id]
event_time: amount
lateness: { late_after_seconds: 5 }
lookups:
  - { reference: plan, on: [plan], fields: [pric] }
records:
  - when: { field: code, is: present, equals: "1" }
    columns: { ammount: { value: 1 } }
`;
  const plans = `version: 1
source: plans
role: reference
description: One row per plan and country.
owner: finance
files: { pattern: plans.csv, format: csv }
columns:
  plan: { type: string, required: true, description: Plan. }
  country: { type: string, required: true, from: land, description: Country. }
grain: [plan, country]
`;
  const spec = DATASET.replace('[events, billing]', '[events, biling]').concat(
    'references: [plans]\nraw: ../elsewhere\n',
  );
  const load = dataset({ dataset: spec, events, plans, billing: BILLING });
  expect(
    messageOf(load)
      .split('\n')
      .filter((_, i) => i % 3 !== 2),
  ).toEqual([
    'CONFIG_INVALID configs/datasets/shop/events.yaml:2:9',
    '  source: found "event", expected "events", the name of the file',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:5:63',
    '  files.delimiter: a delimiter goes with format csv only',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:7:50',
    '  columns.event_id.min: goes with a column of type integer or number only, and event_id is a string',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:8:52',
    '  columns.amount.allowed: goes with a column of type string or integer only, and amount is a number',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:8:32',
    '  columns.amount.min: found 3, expected a number <= max, which is 2',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:9:9',
    '  columns.code: found from and value, expected one of from, concat, days_after, value',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:9:39',
    '  columns.code.allowed.1: found "b", expected a value of type integer',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:10:36',
    '  columns.day.days_after: makes a date, and the column is a string',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:10:67',
    '  columns.day.pattern: "[" is no regular expression',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:11:9',
    '  grain.0: "evnt_id" is no column of this source; its columns are event_id, amount, code, day. Did you mean "event_id"?',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:12:13',
    '  event_time: "amount" is a number, expected a date or timestamp',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:13:11',
    '  lateness: needs received_time, which is not given',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:17:11',
    '  records.0.when: found is and equals, expected one of is, equals, not_equals',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:18:25',
    '  records.0.columns.ammount: "ammount" is no column of this source; its columns are event_id, amount, code, day. Did you mean "amount"?',
    'CONFIG_INVALID configs/datasets/shop/plans.yaml:9:50',
    '  columns.country.from: the columns of a reference are the raw columns themselves; map them in the source',
    'PATH_OUTSIDE configs/datasets/shop/dataset.yaml:7:6',
    '  raw: "../elsewhere" leads out of the project folder',
    'CONFIG_NOT_FOUND configs/datasets/shop/dataset.yaml:4:19',
    '  sources.1: there is no biling.yaml beside this file; there are: billing, events, plans. Did you mean "billing"?',
    'CONFIG_INVALID configs/datasets/shop/events.yaml:15:18',
    '  lookups.0.reference: "plan" is no reference; dataset.yaml lists plans. Did you mean "plans"?',
  ]);
});

test('a lookup names columns of its reference and determines one row of it', () => {
  const plans = `version: 1
source: plans
role: reference
description: One row per plan and country.
owner: finance
files: { pattern: plans.csv, format: csv }
columns:
  plan: { type: string, description: Plan. }
  country: { type: string, description: Country. }
grain: [plan, country]
`;
  const events = `${EVENTS}lookups:\n  - { reference: plans, on: [plan], fields: [contry] }\n`;
  const load = dataset({
    dataset: `${DATASET.replace(', billing', '')}references: [plans]\n`,
    events,
    plans,
  });
  expect(messageOf(load)).toBe(
    `CONFIG_INVALID configs/datasets/shop/events.yaml:11:46
  lookups.0.fields.0: "contry" is no column of plans, which has plan, country. Did you mean "country"?
  ${WAY_OUT}
CONFIG_INVALID configs/datasets/shop/events.yaml:11:29
  lookups.0.on: one row of plans is told by plan, country; without country a record would be multiplied
  ${WAY_OUT}`,
  );
});

test('a role that disagrees with the list, a name listed twice and an unknown event type are found', () => {
  const events = EVENTS.replace(
    'grain:',
    '  event_type: { type: string, allowed: [login, ticket_opened], description: Type. }\ngrain:',
  );
  const spec = `${DATASET.replace('[events, billing]', '[events, events]')}references: [billing]
event_groups: { tickets: [ticket_open] }
`;
  expect(messageOf(dataset({ dataset: spec, events, billing: BILLING }))).toBe(
    `CONFIG_INVALID configs/datasets/shop/dataset.yaml:4:19
  sources.1: "events" is listed twice
  ${WAY_OUT}
CONFIG_INVALID configs/datasets/shop/billing.yaml:1:1
  role: expected reference, for dataset.yaml lists "billing" under references
  ${WAY_OUT}
CONFIG_INVALID configs/datasets/shop/dataset.yaml:7:27
  event_groups.tickets.0: "ticket_open" is no event type; events.yaml allows login, ticket_opened. Did you mean "ticket_opened"?
  ${WAY_OUT}`,
  );
});

test('when dataset.yaml is wrong, the sources of the folder are checked all the same', () => {
  const load = dataset({
    dataset: DATASET.replace('title: Shop', 'titel: Shop'),
    events: EVENTS.replace('required:', 'requird:'),
  });
  expect(messageOf(load)).toBe(
    `CONFIG_INVALID configs/datasets/shop/dataset.yaml:1:1
  the key "title" is missing
  ${WAY_OUT}
CONFIG_UNKNOWN_KEY configs/datasets/shop/dataset.yaml:2:1
  titel: unknown key; known here: version, title, description, raw, sources, optional_sources, references, model, snapshot_every_days, event_groups, late_rate_threshold, order_tolerance_usd, unreconciled_rate_threshold, severities, plans, attribution. Did you mean "title"?
  Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)
CONFIG_UNKNOWN_KEY configs/datasets/shop/events.yaml:7:29
  columns.event_id.requird: unknown key; known here: type, required, description, from, concat, days_after, value, map, allowed, min, max, pattern, plausible, format, accept_formats, severity, personal, feature. Did you mean "required"?
  Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)`,
  );
});

test.each(['../events/*.jsonl', '/etc/*.csv', 'a/../b.csv', 'events/**.csv', 'events/'])(
  'the pattern %s is refused: it must stay inside the raw folder, one * a segment',
  (pattern) => {
    const load = dataset({ dataset: DATASET, events: EVENTS.replace('events/*.jsonl', pattern), billing: BILLING });
    expect(messageOf(load)).toMatch(/^CONFIG_INVALID configs\/datasets\/shop\/events\.yaml:5:19\n {2}files\.pattern: /);
  },
);

test('how files are written is checked key by key, with its place', () => {
  const load = dataset({
    dataset: DATASET,
    events: EVENTS.replace('format: jsonl', 'format: parquet, encoding: latin1, quote: "x"'),
    billing: BILLING.replace('format: csv', `format: csv, quote: ",", comment: ","`),
  });
  const at = (file: string, column: number, text: string) =>
    `CONFIG_INVALID configs/datasets/shop/${file}.yaml:5:${column}\n  ${text}\n  ${WAY_OUT}`;
  expect(messageOf(load).replaceAll('\n\n', '\n')).toBe(
    [
      at('events', 79, 'files.quote: quote goes with format csv only'),
      at('events', 64, 'files.encoding: goes with text only, and a Parquet file says itself how it is written'),
      at('billing', 56, 'files.quote: found ",", which is the delimiter too'),
      at('billing', 70, 'files.comment: found ",", which is the quote too'),
    ].join('\n'),
  );
});
