import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { graphOf, recordOf } from './graph.ts';
import { type TemporarySite, temporarySite } from './temporary-site.ts';

let site: TemporarySite;
beforeEach(() => {
  site = temporarySite();
});
afterEach(() => site.remove());

const estimate = (value: number | null, low: number, high: number) => ({
  value,
  low,
  high,
  standardError: 0.01,
  skipped: 0,
});

const card = {
  version: 1,
  details: {
    id: 'churn_baseline_v1',
    title: 'Churn within 14 days',
    trainedAt: '2026-02-01T08:30:00.000Z',
    expiresAt: '2026-05-01',
  },
  headline: {
    baseRate: 0.021,
    rocAuc: estimate(0.7512, 0.731, 0.7704),
    averagePrecision: estimate(0.084, 0.07, 0.1),
    averagePrecisionLift: estimate(4, 3.4, 4.7),
    differenceToRecency: estimate(-0.012, -0.03, 0.006),
    shareOfAchievable: estimate(0.62, 0.5, 0.71),
    shareOfAchievableRocAuc: estimate(0.8, 0.7, 0.9),
    scope: 'pooled',
  },
  power: { statement: 'These data cannot tell the model from recency.' },
  leakage: [
    { name: 'gap holds', status: 'passed', detail: '' },
    { name: 'single feature', status: 'warning', detail: 'AUC .97' },
  ],
};

function writeCard(model: string, json: string | undefined, page = 'card.html'): void {
  const folder = join(site.modelCardsDir, model, 'latest');
  mkdirSync(join(folder, 'plots'), { recursive: true });
  if (json !== undefined) writeFileSync(join(folder, 'card.json'), json);
  writeFileSync(join(folder, page), `the card of ${model}`);
  writeFileSync(join(folder, 'plots', 'calibration.svg'), '<svg/>');
}

async function index(): Promise<string> {
  await site.build(graphOf([]), recordOf([]));
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  return read.page('index.html').text.replace(/\s+/g, ' ');
}

test('the latest card is copied whole, linked, and its headline shown with what it is read beside', async () => {
  writeCard('churn_baseline_v1', JSON.stringify(card));
  const text = await index();
  expect(text).toContain('Churn within 14 days churn_baseline_v1, trained 2026-02-01 08:30 UTC');
  expect(text).toContain('ROC AUC 0.731 to 0.770 0.751');
  expect(text).toContain('average precision 0.070 to 0.100; base rate 0.021, 4.0 times it 0.084');
  expect(text).toContain('ROC AUC over recency −0.030 to +0.006 −0.012');
  expect(text).toContain('share of the achievable 50 % to 71 % 62 %');
  expect(text).toContain('These data cannot tell the model from recency.');
  expect(text).toContain('Leakage check warns: single feature');
  expect(text).not.toContain('Expired');
  expect(site.read().page('index.html').links).toContain('cards/churn_baseline_v1/card.html');
  expect(readFileSync(join(site.siteDir, 'cards/churn_baseline_v1/card.html'), 'utf8')).toBe(
    'the card of churn_baseline_v1',
  );
  expect(site.read().files).toContain('cards/churn_baseline_v1/plots/calibration.svg');
});

test('an expired card says so; with real data the achievable is not known', async () => {
  const details = { ...card.details, expiresAt: '2026-02-28' };
  writeCard(
    'churn_baseline_v1',
    JSON.stringify({ ...card, details, headline: { ...card.headline, shareOfAchievable: null } }),
  );
  const text = await index();
  expect(text).toContain('Expired on 2026-02-28.');
  expect(text).toContain('share of the achievable not known');
});

test.each([
  ['broken JSON', '{"version": 1,'],
  ['no JSON', undefined],
  ['another version', '{"version": 9, "headline": 7, "leakage": {}, "details": null}'],
  ['null', 'null'],
])('a card with %s is linked without its numbers', async (_, json) => {
  writeCard('churn_baseline_v1', json);
  const text = await index();
  expect(text).toContain('churn_baseline_v1 the numbers of this card cannot be read');
  expect(text).not.toContain('ROC AUC');
});

test('cards of other data sets and scenarios stay away; a card without HTML is linked as it is', async () => {
  writeCard('churn_baseline_v1', undefined, 'card.md');
  writeCard('churn_janus_v1', JSON.stringify(card));
  writeCard('churn_oulad_v1', JSON.stringify(card));
  writeCard('churn_baseline_v1_old', JSON.stringify(card));
  await index();
  expect(site.read().files.filter((path) => path.startsWith('cards/'))).toEqual([
    'cards/churn_baseline_v1/card.md',
    'cards/churn_baseline_v1/plots/calibration.svg',
  ]);
  const janus = { name: 'synthetic-janus', dataset: 'synthetic', scenario: 'janus', siteDir: site.siteDir };
  await site.build(graphOf([]), recordOf([]), { workspace: janus });
  expect(site.read().page('index.html').links).toContain('cards/churn_janus_v1/card.html');
  await site.build(graphOf([]), recordOf([]), {
    workspace: { name: 'oulad', dataset: 'oulad', scenario: undefined, siteDir: site.siteDir },
  });
  expect(site.read().page('index.html').links).toContain('cards/churn_oulad_v1/card.html');
});
