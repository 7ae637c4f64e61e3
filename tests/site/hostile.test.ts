import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertion, column, graphOf, model, recordOf, result } from './graph.ts';
import { type TemporarySite, temporarySite } from './temporary-site.ts';

const EVIL = `<script>alert("1")</script> & 'x' </pre><!-- \u0000 --> "onload=`;
const SHOWN = EVIL.replace('\u0000', '\ufffd');

let site: TemporarySite;
beforeEach(() => {
  site = temporarySite();
});
afterEach(() => site.remove());

test('names, descriptions, SQL and errors are text wherever they stand', async () => {
  const evil = model(`s.${EVIL}`, [], {
    description: EVIL,
    query: `select '${EVIL}' -- ${EVIL}`,
    tags: [EVIL],
    fileName: EVIL,
    columns: [column(EVIL, EVIL, EVIL), column(EVIL.toUpperCase(), EVIL)],
    properties: { grain: EVIL, owner: [EVIL], [EVIL]: { [EVIL]: EVIL } },
  });
  const reader = model('s.reader', [`s.${EVIL}`, EVIL], { disabled: true, properties: { disabledReason: EVIL } });
  const check = assertion('assertions.check', [`s.${EVIL}`], { description: EVIL });
  const task = { type: 'statement', sql: EVIL, status: 'FAILED', errorMessage: EVIL, milliseconds: 1 } as const;
  const record = recordOf([
    result(evil, 'FAILED', { reason: EVIL, tasks: [task] }),
    result(check, 'FAILED', { reason: EVIL, samples: [{ [EVIL]: EVIL }] }),
  ]);
  await site.build(
    graphOf([evil, reader, check]),
    { ...record, engineVersion: EVIL, startedAt: EVIL },
    { title: EVIL, summary: EVIL },
  );
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  for (const page of read.pages.values()) {
    expect(page.elements.filter((name) => name === 'script').length).toBeLessThanOrEqual(2);
    expect(page.text).toContain(SHOWN);
  }
});

test('the search index is data, whatever the names', async () => {
  const evil = model(`s.</script>\u2028${EVIL}`, [], { columns: [column(EVIL)] });
  await site.build(graphOf([evil]), recordOf([]));
  const context = createContext({});
  runInContext(readFileSync(join(site.siteDir, 'search-data.js'), 'utf8'), context);
  const [[name, , href, [[label, anchor]]]] = context.tidemarkIndex;
  expect(name).toBe(`s.</script>\u2028${EVIL}`);
  expect(label).toBe(EVIL);
  expect(site.read().page(href).ids).toContain(anchor);
});

test('names that differ only in case, or lead out of the folder, get files of their own inside it', async () => {
  const names = [
    's.Model',
    's.mOdel',
    's.model',
    's.../../../etc/passwd',
    `s.${'long'.repeat(100)}`,
    's.',
    '.x',
    's.ärger',
  ];
  const actions = names.map((name) => model(name));
  await site.build(graphOf(actions), recordOf([]));
  const read = site.read();
  expect(read.brokenLinks).toEqual([]);
  const files = read.files.filter((path) => path.startsWith('models/'));
  expect(new Set(files.map((path) => path.toLowerCase())).size).toBe(names.length);
  for (const path of files) expect(path).toMatch(/^models\/[\w~-][\w.~-]*\.html$/);
});
