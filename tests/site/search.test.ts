import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { churnWorld } from './churn.ts';
import { type TemporarySite, temporarySite } from './temporary-site.ts';

interface Found {
  readonly label: string;
  readonly kind: string;
  readonly href: string;
}

let site: TemporarySite;
let find: (query: string) => Found[];

beforeAll(async () => {
  site = temporarySite();
  const { graph, record } = churnWorld();
  await site.build(graph, record);
  const context = createContext({});
  for (const path of ['search-data.js', 'assets/search.js'])
    runInContext(readFileSync(join(site.siteDir, path), 'utf8'), context);
  find = (query) => context.tidemarkFind(context.tidemarkIndex, query);
});
afterAll(() => site.remove());

test('a model stands before its assertions and its columns', () => {
  const found = find('silver_events');
  expect(found[0]).toMatchObject({
    label: 'silver.silver_events',
    kind: 'incremental table',
    href: 'models/silver.silver_events.html',
  });
  expect(found[1]).toMatchObject({
    label: 'assertions.silver_silver_events_assertions_uniqueKey_0',
    kind: 'assertion',
  });
});

test('a column leads to its row, a word before it narrows the model', () => {
  const all = find('churn_within_14d');
  expect(all.length).toBeGreaterThan(5);
  expect(find('labels churn_within_14d')).toMatchObject([
    {
      label: 'churn_within_14d',
      kind: 'column of gold.gold_churn_labels_daily',
      href: 'models/gold.gold_churn_labels_daily.html#column-churn_within_14d',
    },
  ]);
});

test('schema, case and parts of names', () => {
  expect(find('GOLD.gold_user')[0]!.label).toBe('gold.gold_user_features_daily');
  expect(find('mrr')[0]!.label).toBe('marts.mart_mrr_movements_monthly');
  expect(find('nothing like it')).toEqual([]);
  expect(find('  ')).toEqual([]);
  expect(find('e')).toHaveLength(20);
});

test('every result leads to a page and an anchor', () => {
  const read = site.read();
  for (const { href } of ['user', 'events', 'assert', 'day'].flatMap(find)) {
    const [path, anchor] = href.split('#');
    expect(read.page(path!).ids).toEqual(anchor === undefined ? expect.anything() : expect.arrayContaining([anchor]));
  }
});

test('the scripts that are shipped are classic scripts without imports or fetches', () => {
  for (const name of ['search.js', 'graph.js']) {
    expect(readFileSync(join(packageRoot(), 'site', 'assets', name), 'utf8')).not.toMatch(
      /\b(?:import|export|fetch|https?:)\b/,
    );
  }
});
