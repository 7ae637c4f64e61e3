import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../runner/compile.ts';
import type { CompiledGraph, TableAction } from '../../runner/graph.ts';
import type { Plan } from '../../runner/plan.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Engine, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { execute, failures, loadFiles, planOf } from './in-process.ts';

const DATASET = `version: 1
title: Shop
description: A shop.
sources: [events, orders]
references: [shops]
model: churn
`;

/** JSON lines that arrive late and twice; part of the grain may be missing. Each edit is another contract. */
const events = (edit: number) => `version: 1
source: events
description: One row per event.
owner: growth
files: { pattern: "events/*.jsonl", format: jsonl }
columns:
  event_id: { type: string, required: true, description: The event. }
  user_id: { type: string, required: true, value: u, description: Who. }
  channel: { type: string, ${edit === 1 ? 'personal: hash, ' : ''}description: Where. }
  event_value: { type: ${edit === 2 ? 'integer' : 'number'}, ${edit === 3 ? 'max: 2, ' : ''}description: A number. }
  event_ts: { type: timestamp, required: true, description: When it happened. }
  received_ts: { type: timestamp, description: When it arrived. }
grain: [${edit === 4 ? 'event_id' : 'event_id, channel'}]
event_time: event_ts
received_time: received_ts
lateness: { late_after_seconds: 3600 }
`;

/** CSV of which a row makes up to two records, with a column that a reference gives. */
const ORDERS = `version: 1
source: orders
description: One row per order and change.
owner: finance
files: { pattern: "orders/*.csv", format: csv }
lookups: [{ reference: shops, on: [shop], fields: [country] }]
columns:
  order_id: { type: string, required: true, description: The order. }
  status: { type: string, value: made, description: What happened. }
  country: { type: string, allowed: [DE, FR], description: Country of the shop. }
  quantity: { type: integer, min: 1, description: Pieces. }
records:
  - columns: { status: { value: made } }
  - { when: { field: country, is: present }, columns: { status: { value: shipped } } }
grain: [order_id, status]
`;

const SHOPS = `version: 1
source: shops
role: reference
description: One row per shop.
owner: finance
files: { pattern: "shops.csv", format: csv }
columns:
  shop: { type: string, required: true, description: The shop. }
  country: { type: string, description: Its country. }
grain: [shop]
`;

type Step =
  | {
      readonly kind: 'events' | 'orders';
      readonly file: number;
      readonly how: 'write' | 'append';
      readonly rows: string[];
    }
  | { readonly kind: 'remove'; readonly of: 'events' | 'orders'; readonly file: number }
  | {
      readonly kind: 'copy';
      readonly of: 'events' | 'orders';
      readonly file: number;
      readonly to: number;
      readonly moved: boolean;
    }
  | { readonly kind: 'contract'; readonly edit: number }
  | { readonly kind: 'shops'; readonly countries: readonly string[] };

const few = (max: number) => fc.integer({ min: 1, max });
const hour = few(3).map((n) => `2026-01-0${n}T00:00:00Z`);
const event = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record(
        {
          event_id: few(3).map(String),
          channel: fc.constantFrom('ad', 'AD', null),
          event_value: fc.constantFrom(1, 2.5, 3, 'x'),
          event_ts: hour,
          received_ts: hour,
        },
        { requiredKeys: ['event_id', 'event_ts'] },
      )
      .map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: fc.constantFrom('{"event_id":', '[]', '{}') },
);
const order = fc
  .tuple(few(3), fc.constantFrom('a', 'b', ''), fc.constantFrom('1', '2', '0', 'x'))
  .map((fields) => fields.join(','));
const file = few(3);
const rows = (row: fc.Arbitrary<string>) => fc.array(row, { minLength: 1, maxLength: 4 });
const how = fc.constantFrom('write', 'append', 'append');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('events'), file, how, rows: rows(event) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('orders'), file, how, rows: rows(order) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), of: fc.constantFrom('events', 'orders'), file }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('copy'),
      of: fc.constantFrom('events', 'orders'),
      file,
      to: file,
      moved: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('contract'), edit: fc.integer({ min: 0, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('shops'),
      countries: fc.array(fc.constantFrom('DE', 'FR', 'XX', ''), { minLength: 2, maxLength: 2 }),
    }),
  },
) as fc.Arbitrary<Step>;

/** A run before that ends between the merge of the new rows and the removal of the old ones. */
const isKilled = fc.integer({ max: 9 }).map((n) => n % 4 === 0);

/** Runs first, for the random ones are few. */
const EACH_KIND: [Step, boolean][] = [
  [
    {
      kind: 'events',
      file: 1,
      how: 'write',
      rows: ['{"event_id":"2","event_value":1.5,"event_ts":"2026-01-02T00:00:00Z"}'],
    },
    false,
  ],
  [{ kind: 'orders', file: 1, how: 'append', rows: ['2,b,1', '3,a,0'] }, true],
  [{ kind: 'contract', edit: 2 }, false],
  [{ kind: 'shops', countries: ['XX', 'DE'] }, true],
  [{ kind: 'copy', of: 'events', file: 1, to: 2, moved: true }, false],
  [{ kind: 'remove', of: 'events', file: 2 }, true],
];

let project: Project;
let database: Database;
const graphs = new Map<string, CompiledGraph>();

beforeAll(async () => {
  project = makeProject({ keep: true });
  database = await makeDatabase();
});
afterAll(async () => {
  removeProject(project);
  await database?.remove();
});

const open = (engine: Engine): Promise<Warehouse> =>
  openWarehouse(
    engine === 'postgres' ? { engine, connectionString: database.url } : { engine: 'duckdb', file: ':memory:' },
  );

async function compiled(engine: Engine, edit: number): Promise<CompiledGraph> {
  const key = `${engine} ${edit}`;
  const known = graphs.get(key);
  if (known) return known;
  const graph = await compileProject({ projectDir: project.dir, engine, vars: { dataset: 'shop', sources: '' } });
  graphs.set(key, graph);
  return graph;
}

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  let warehouse: Warehouse;
  let connection: Connection;
  let merged: number;

  test('after any loads, edits and removals a run leaves what a full refresh would', { timeout: 120_000 }, async () => {
    merged = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, isKilled), { minLength: 3, maxLength: 7 }), async (steps) => {
        rmSync(project.path('data'), { recursive: true, force: true });
        warehouse = await open(engine);
        connection = await warehouse.connect();
        try {
          if (engine === 'postgres')
            await connection.execute('drop schema if exists bronze, ops, silver, analytics, assertions cascade');
          const files = new Map<string, string[]>();
          let edit = 0;
          const write = (path: string, lines: readonly string[]) =>
            project.write(join('data/raw/shop', path), `${lines.join('\n')}\n`);
          const contract = () => project.write('configs/datasets/shop/events.yaml', events(edit));
          project.write('configs/datasets/shop/dataset.yaml', DATASET);
          project.write('configs/datasets/shop/orders.yaml', ORDERS);
          project.write('configs/datasets/shop/shops.yaml', SHOPS);
          contract();
          write('shops.csv', ['shop,country', 'a,DE', 'b,FR']);
          write('events/0.jsonl', ['{"event_id":"1","event_ts":"2026-01-01T00:00:00Z"}']);
          write('orders/0.csv', ['order_id,shop,quantity', '1,a,1']);
          for (const [what, killed] of steps) {
            if (what.kind === 'contract') {
              edit = what.edit;
              contract();
            } else if (what.kind === 'shops') {
              write('shops.csv', ['shop,country', ...what.countries.map((country, i) => `${'ab'[i]},${country}`)]);
            } else if (what.kind === 'remove') {
              const path = pathOf(what.of, what.file);
              files.delete(path);
              rmSync(project.path('data/raw/shop', path), { force: true });
            } else if (what.kind === 'copy') {
              const lines = files.get(pathOf(what.of, what.file));
              if (!lines) continue;
              const path = pathOf(what.of, what.to);
              if (what.moved) {
                files.delete(pathOf(what.of, what.file));
                rmSync(project.path('data/raw/shop', pathOf(what.of, what.file)));
              }
              files.set(path, lines);
              write(path, lines);
            } else {
              const path = pathOf(what.kind, what.file);
              const header = what.kind === 'orders' ? ['order_id,shop,quantity'] : [];
              const before = what.how === 'append' ? (files.get(path) ?? header) : header;
              files.set(path, [...before, ...what.rows]);
              write(path, files.get(path)!);
            }
            await run(await compiled(engine, edit), killed);
          }
        } finally {
          await connection.close();
          await warehouse.close();
        }
      }),
      { numRuns: engine === 'duckdb' ? 8 : 4, examples: [[EACH_KIND]] },
    );
    // Otherwise every table was built in full.
    expect(merged).toBeGreaterThan(20);
  });

  async function run(graph: CompiledGraph, killed: boolean): Promise<void> {
    await loadFiles(project, 'shop', warehouse);
    const selection = { tags: ['silver'], actions: ['fct_product_usage_daily'] };
    if (killed) await execute(withoutEnd(await planOf(graph, warehouse, selection)), warehouse);
    const plan = await planOf(graph, warehouse, selection);
    merged += plan.actions.filter(({ why }) => /^incremental: (new rows are merged|partitions)/.test(why)).length;
    expect(failures(await execute(plan, warehouse))).toEqual([]);
    for (const action of graph.actions.filter(
      (action): action is TableAction => action.kind === 'incremental' && !action.disabled,
    )) {
      const table = warehouse.statements.relation(action.target);
      const sides = [`select * from ${table}`, `select * from (\n${action.query}\n) as full_refresh`] as const;
      expect(await connection.describe(sides[0])).toEqual(await connection.describe(sides[1]));
      const difference = (a: string, b: string) => connection.rows(`(${a}) except all (${b})`);
      expect(
        { only_there: await difference(...sides), missing: await difference(sides[1], sides[0]) },
        action.target.name,
      ).toEqual({ only_there: [], missing: [] });
    }
  }
});

/** What a run does that is killed once each staging table has its new rows. */
const withoutEnd = (plan: Plan): Plan => ({
  ...plan,
  actions: plan.actions
    .filter(({ kind }) => kind === 'incremental')
    .map((action) => ({
      ...action,
      tasks: action.tasks.filter((task) => task.type !== 'statement' || task.repeatable),
    })),
});

const pathOf = (source: 'events' | 'orders', n: number): string =>
  `${source}/${n}.${source === 'events' ? 'jsonl' : 'csv'}`;
