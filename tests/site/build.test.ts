import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { churnWorld } from './churn.ts';
import { assertion, column, graphOf, model, operations, recordOf, result, source } from './graph.ts';
import { type TemporarySite, temporarySite } from './temporary-site.ts';

let site: TemporarySite;
beforeEach(() => {
  site = temporarySite();
});
afterEach(() => site.remove());

const squeezed = (text: string) => text.replace(/\s+/g, ' ');

test('a whole project: every page is well formed and every link leads somewhere', async () => {
  const { graph, record } = churnWorld();
  const built = await site.build(graph, record);
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  expect(built).toEqual({
    index: join(site.siteDir, 'index.html'),
    pages: graph.actions.length + 3,
    bytes: read.files.reduce((sum, path) => sum + statSync(join(site.siteDir, path)).size, 0),
  });
  expect(read.pages.size).toBe(built.pages);
});

test('the first page says what happened, with words for every state', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record, {
    title: 'SaaS churn',
    summary: 'Made from `baseline.yaml`.\n\nLate water is kept.',
  });
  const text = squeezed(site.read().page('index.html').text);
  expect(text).toContain('SaaS churn Made from baseline.yaml. Late water is kept.');
  expect(text).toContain('failed 2026-03-01 10:15 UTC, 8.4 s on duckdb v1.5.6. Run 20260301T101500Z-1a2b3c');
  expect(text).toContain('models made 30 of 31');
  expect(text).toContain('assertions hold 31 of 33');
  expect(text).toContain('failed marts.mart_customer_health Binder Error: Referenced column "net_revenue" not found');
  expect(text).toContain(
    'skipped assertions.marts_mart_customer_health_assertions_uniqueKey_0 marts.mart_customer_health failed',
  );
  expect(text).toContain('marts.mart_operations, view, not run');
  expect(text).toContain(
    'silver_touches incremental table disabled – – disabled 1 of 1 Disabled: The data set has no source touches.',
  );
  expect(text).toContain('No model has been trained on this data set yet.');
});

test('layers of the churn project stand from bronze to ops', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record);
  const layers = site
    .read()
    .page('index.html')
    .ids.filter((id) => id.startsWith('layer-'));
  expect(layers).toEqual(['layer-bronze', 'layer-silver', 'layer-analytics', 'layer-gold', 'layer-marts', 'layer-ops']);
});

test('the page of an incremental model holds its documentation, neighbours and SQL', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record, {
    relations: new Map([
      [
        'silver.silver_events',
        {
          type: 'table',
          columns: [
            { name: 'events_id', type: 'VARCHAR' },
            { name: 'loaded_by', type: 'BIGINT' },
          ],
        },
      ],
    ]),
  });
  const page = site.read().page('models/silver.silver_events.html');
  const text = squeezed(page.text);
  expect(text).toContain('incremental table successful');
  expect(text).toContain(
    'Grain events_id Owner growth-analytics Tags silver daily Materialisation incremental table, merged on events_id',
  );
  expect(text).toContain('on a change of columns: extend');
  expect(text).toContain('BigQuery partitionBy date(received_ts) BigQuery clusterBy user_id');
  expect(text).toContain('Source file definitions/silver/silver_events.sqlx');
  expect(text).toContain('2026-03-01 10:15 UTC');
  expect(text).toContain('Upstream bronze.events source');
  expect(text).toContain('Downstream analytics.dim_date successful analytics.fct_user_events successful');
  expect(text).toContain('events_id VARCHAR Identifier that the source gives. key');
  expect(text).toContain('user_id – Who did it.');
  expect(text).toContain('loaded_by BIGINT not described');
  expect(text).toContain('silver_silver_events_assertions_uniqueKey_0 successful error 0');
  expect(text).toContain('Query of a full refresh -- Active users only');
  expect(text).toContain('Query of an incremental run');
  expect(text).toContain('Before the query delete from "ops"."late" where source = \'events\'');
  expect(page.ids).toEqual(expect.arrayContaining(['column-events_id', 'column-received_ts', 'column-loaded_by']));
});

test('a stand-alone assertion is on the page of each model that it reads', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record);
  const read = site.read();
  for (const path of ['models/analytics.fct_payments.html', 'models/silver.silver_payments.html', 'assertions.html']) {
    expect(read.page(path).links.some((link) => link.endsWith('assertions/assertions.orders_reconcile.html'))).toBe(
      true,
    );
  }
});

test('assertions: the failed ones first, with what they found', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record);
  const read = site.read();
  const list = read.page('assertions.html').links.filter((link) => link.startsWith('assertions/'));
  expect(list.slice(0, 4)).toEqual([
    'assertions/assertions.mrr_rolls_forward.html',
    'assertions/assertions.valid_late_rate_7d.html',
    'assertions/assertions.marts_mart_customer_health_assertions_uniqueKey_0.html',
    'assertions/assertions.orders_reconcile.html',
  ]);
  const text = squeezed(read.page('assertions/assertions.mrr_rolls_forward.html').text);
  expect(text).toContain('Failed in the last run. All errors 2 rows found, expected none');
  expect(text).toContain('Severity error: one row fails the run Rows found 2');
  expect(text).toContain('2 sample rows');
  expect(text).toContain('2026-02-01 null 0 19 differs by 19');
  expect(squeezed(read.page('assertions/assertions.valid_late_rate_7d.html').text)).toContain(
    'Severity warn: rows are reported, the run goes on',
  );
});

test('the page of the run has errors with their text, the slowest, and a row for each action', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record);
  const page = site.read().page('run.html');
  const text = squeezed(page.text);
  expect(text).toContain(
    'failed marts.mart_customer_health definitions/marts/mart_customer_health.sqlx Binder Error: Referenced column "net_revenue"',
  );
  expect(text.indexOf('failed assertions.mrr_rolls_forward')).toBeLessThan(
    text.indexOf('warned assertions.valid_late_rate_7d'),
  );
  expect(text).toContain('Slowest silver.silver_billing 915 ms');
  expect(page.ids.filter((id) => id.startsWith('run-'))).toHaveLength(record.actions.length);
  expect(text).not.toContain('The project has changed since this run');
});

test('a record of an older graph says so, and keeps actions that are gone', async () => {
  const kept = model('a.kept');
  const gone = model('a.gone');
  await site.build(
    graphOf([kept], 'newer'),
    recordOf([result(kept), result(gone, 'FAILED', { reason: 'no such table' })]),
  );
  const text = squeezed(site.read().page('run.html').text);
  expect(text).toContain(
    'The project has changed since this run: descriptions and SQL on this site are newer than the states and rows.',
  );
  expect(text).toContain('failed a.gone (no longer in the project)');
  expect(text).toContain('no such table');
});

test('what the run did not have shows its result of an earlier run, and from when', async () => {
  const [made, bad, check] = [
    model('raw.made'),
    model('raw.bad', ['raw.made']),
    assertion('checks.made_is_whole', ['raw.made']),
  ];
  const fromRun = '20260214T081500Z-0a0b0c';
  const earlier = [
    result(bad, 'FAILED', { fromRun, reason: 'no such column' }),
    result(check, 'SUCCESSFUL', { fromRun }),
  ];
  await site.build(graphOf([made, bad, check]), recordOf([result(made)]), { earlier });
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  const text = (page: string) => squeezed(read.page(page).text);
  expect(text('index.html')).toContain(
    '2 results are from earlier runs: this one did not have the action, or nothing had changed.',
  );
  expect(text('index.html')).toContain('bad table failed 2026-02-14 08:15 UTC 1,000 120 ms');
  expect(text('models/raw.bad.html')).toContain('Failed in the run of 2026-02-14 08:15 UTC. no such column');
  expect(text('models/raw.bad.html')).toContain('Last run 2026-02-14 08:15 UTC, 120 ms, run 20260214T081500Z-0a0b0c');
  expect(text('assertions/checks.made_is_whole.html')).toContain(
    'Checked 2026-02-14 08:15 UTC, run 20260214T081500Z-0a0b0c',
  );
  expect(text('run.html')).not.toContain('raw.bad');
});

test('a record without some actions: they are not run, and nothing breaks', async () => {
  const a = model('raw.a');
  const b = model('raw.b', ['raw.a']);
  const c = model('raw.c', ['raw.a'], { disabled: true });
  await site.build(graphOf([a, b, c]), recordOf([result(a)]));
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  expect(squeezed(read.page('models/raw.b.html').text)).toContain('table not run Not run. No run had it.');
  expect(squeezed(read.page('models/raw.a.html').text)).not.toContain('Not run.');
  expect(squeezed(read.page('models/raw.c.html').text)).toContain(
    'table disabled Disabled. The project does not say why.',
  );
});

test('an empty project is a site, too', async () => {
  await site.build(graphOf([]), recordOf([]));
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  expect([...read.pages.keys()].sort()).toEqual(['assertions.html', 'index.html', 'run.html']);
  expect(read.page('index.html').text).toContain('The project has no models.');
  expect(read.page('run.html').text).toContain('The run had no actions.');
});

test('a foreign project: schemas by depth, no properties, unit tests, actions that are not run', async () => {
  const stg = source('raw_shop.orders');
  const staging = model('stg.orders', ['raw_shop.orders'], { kind: 'view', materialized: true });
  const mart = model('a_report.orders', ['stg.orders', 'assertions.gate', 'elsewhere.table']);
  const gate = assertion('assertions.gate', ['stg.orders']);
  const clean = operations('stg.clean', ['delete from x', 'vacuum'], ['stg.orders']);
  const notebook = { ...model('a_report.notebook'), kind: 'notebook' as const };
  const unit = {
    ...model('test.orders'),
    kind: 'test' as const,
    query: 'select 1',
    expectedQuery: 'select 2',
    model: 'stg.orders',
    inputs: { used: [], unused: [] },
  };
  const actions = [stg, staging, mart, gate, clean, notebook, unit];
  await site.build(
    graphOf(actions),
    recordOf([
      ...actions.slice(1, 5).map((action) => result(action)),
      result(notebook, 'DISABLED', { reason: 'notebooks are not run' }),
    ]),
  );
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  const index = read.page('index.html');
  expect(index.ids.filter((id) => id.startsWith('layer-'))).toEqual(['layer-raw_shop', 'layer-stg', 'layer-a_report']);
  expect(squeezed(index.text)).toContain(
    'Unit tests They compare a query with expected rows and are no part of a run. orders',
  );
  expect(squeezed(read.page('models/test.orders.html').text)).toContain('Query of the expected rows select 2');
  expect(squeezed(read.page('models/a_report.notebook.html').text)).toContain('Disabled. notebooks are not run');
  const report = squeezed(read.page('models/a_report.orders.html').text);
  expect(report).toContain('Outside the project: elsewhere.table');
  expect(report).toContain('Starts only if these hold assertions.gate successful');
  expect(squeezed(read.page('models/stg.clean.html').text)).toContain(
    'Operation (1 of 2) delete from x Operation (2 of 2) vacuum',
  );
  expect(squeezed(read.page('models/stg.orders.html').text)).toContain('materialized view successful');
});

test('the picture of a hub is cut to twelve neighbours a side, its lists are not', async () => {
  const readers = Array.from({ length: 30 }, (_, i) => model(`mart.reader_${i}`, ['core.hub']));
  await site.build(graphOf([model('core.hub'), ...readers]), recordOf([]));
  const page = site.read().page('models/core.hub.html');
  expect(page.text).toContain('read by 12 of 30');
  expect(page.links.filter((link) => link.startsWith('../models/mart.reader_'))).toHaveLength(12 + 30);
});

test('a large project shows lists for the picture, in pages that hold together', async () => {
  const actions = Array.from({ length: 1000 }, (_, i) =>
    model(
      `layer_${i % 6}.model_${i}`,
      i % 6 === 0
        ? []
        : [`layer_${(i - 1) % 6}.model_${i - 1}`, `layer_0.model_${i - (i % 6)}`].filter(
            (name, j, all) => all.indexOf(name) === j,
          ),
      {
        description: `One row per thing ${i}.`,
        columns: Array.from({ length: 10 }, (__, c) => column(`column_${c}`, 'Something.')),
        query: 'select a, b from c where d = 1 -- and so on\n'.repeat(30),
      },
    ),
  );
  const { pages } = await site.build(graphOf(actions), recordOf(actions.map((action) => result(action))));
  expect(pages).toBe(1003);
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  const index = read.page('index.html');
  expect(index.elements.filter((name) => name === 'svg')).toEqual([]);
  expect(squeezed(index.text)).toContain('layer_3 167 successful 167 layer_0, layer_2');
});

test('a second build removes stale pages and leaves nothing beside the site', async () => {
  const a = model('x.a');
  const b = model('x.b');
  await site.build(graphOf([a, b]), recordOf([]));
  expect(existsSync(join(site.siteDir, 'models', 'x.b.html'))).toBe(true);
  await site.build(graphOf([a]), recordOf([]));
  expect(readdirSync(join(site.siteDir, 'models'))).toEqual(['x.a.html']);
  expect(readdirSync(dirname(site.siteDir))).toEqual(['synthetic']);
});

test('an interrupted build leaves the old site as it was', async () => {
  const a = model('x.a');
  await site.build(graphOf([a]), recordOf([]), { title: 'Old' });
  const before = readFileSync(join(site.siteDir, 'index.html'), 'utf8');
  const building = site.build(graphOf([a]), recordOf([]), { title: 'New' }, AbortSignal.abort());
  await expect(building).rejects.toThrow('RUN_CANCELLED\n  The site was not finished; the old one stands.');
  expect(readFileSync(join(site.siteDir, 'index.html'), 'utf8')).toBe(before);
  expect(readdirSync(dirname(site.siteDir))).toEqual(['synthetic']);
});
