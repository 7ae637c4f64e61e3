import { afterEach, beforeEach, expect, test } from 'vitest';
import { NO_COUNTS, type QualityReport } from '../../core/quality-report.ts';
import { qualityDocument } from '../../site/quality-document.ts';
import { churnWorld } from './churn.ts';
import { type TemporarySite, temporarySite } from './temporary-site.ts';

const counts = {
  ...NO_COUNTS,
  rows: 1200,
  duplicatesAtLoad: 100,
  records: 1100,
  accepted: 1000,
  rejected: 100,
  late: 7,
};
const batch = {
  batchId: '20260301T101500Z-0002',
  loadedAt: '2026-03-01T10:15:09Z',
  criticality: 'high',
  counts,
} as const;
const HOSTILE = '<script>alert("x")</script>\u0007';
const REPORT: QualityReport = {
  version: 1,
  dataset: 'synthetic',
  ...batch,
  reportedAt: '2026-03-01T10:16:00Z',
  sources: [{ source: 'events', owner: 'growth', criticality: 'high', counts }],
  unjudged: ['users'],
  reasons: [
    { source: 'events', kind: 'rejected', column: 'event_type', code: 'not_allowed', records: 90, files: 3 },
    { source: 'events', kind: 'flagged', column: 'value', code: 'too_round', records: 10, files: 1 },
  ],
  files: [{ source: 'events', file: `events/${HOSTILE}.jsonl`, criticality: 'medium', counts }],
  filesWithRejects: 4,
  samples: [{ source: 'events', file: 'events/1.jsonl', line: 1042, reasons: ['line:malformed_json'], text: HOSTILE }],
  trend: [
    { batchId: '20260228T101500Z-0001', loadedAt: '2026-02-28T10:15:09Z', criticality: 'none', counts: NO_COUNTS },
    batch,
  ],
};

let site: TemporarySite;
beforeEach(() => {
  site = temporarySite();
});
afterEach(() => site.remove());

const squeezed = (text: string) => text.replace(/\s+/g, ' ');

test('a site with a report has a page on it that every page leads to', async () => {
  const { graph, record } = churnWorld();
  const built = await site.build(graph, record, { quality: REPORT });
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  expect(built.pages).toBe(graph.actions.length + 4);
  expect(read.page('index.html').links).toContain('quality.html');
  const page = read.page('quality.html');
  expect(page.links).toContain('models/silver.rejects_events.html');
  const text = squeezed(page.text);
  expect(text).toContain('Quality of batch 20260301T101500Z-0002 high synthetic, loaded 2026-03-01 10:15 UTC');
  expect(text).toContain('Not judged yet: users.');
  expect(text).toContain('rows read 1,200 accepted 1,000 90.9 % rejected 100 9.1 % duplicates 100 100 at load');
  expect(text).toContain('event_type:not_allowed not one of the allowed values events rejected 90 8.2 % 3');
  expect(text).toContain('value:too_round events flagged 10 0.9 % 1');
  expect(text).toContain('3 more files with rejected rows');
  expect(text).toContain('events/1.jsonl, line 1,042 <script>alert("x")</script>\ufffd');
  expect(text).toContain('20260228T101500Z-0001 2026-02-28 10:15 UTC nothing rejected 0 0 0 0 0 % 0 0 0');
});

test('without a report nothing leads to one', async () => {
  const { graph, record } = churnWorld();
  await site.build(graph, record);
  expect(site.read().page('index.html').links).not.toContain('quality.html');
});

test('the page of a batch needs no other file, and runs no script', () => {
  const text = qualityDocument(REPORT);
  expect([...text.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1])).toEqual(['quality_report.json']);
  expect(text).not.toContain('<script');
  expect(text).toContain('<style>\n:root {');
  expect(qualityDocument({ ...REPORT, trend: [batch] })).toContain('This is the first batch that was reported on.');
  const clean = { ...REPORT, criticality: 'none', reasons: [], files: [], filesWithRejects: 0, samples: [] } as const;
  expect(qualityDocument(clean)).toContain('No file has a rejected row.');
});
