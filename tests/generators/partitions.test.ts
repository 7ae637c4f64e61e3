import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { calendar } from '../../generators/calendar.ts';
import type { Scenario } from '../../generators/scenario.ts';
import { makeSources } from '../../generators/sources/registry.ts';
import { writeDay } from '../../generators/writing/write-day.ts';
import { writeWorld } from '../../generators/writing/write-world.ts';
import { contents, type Patch, tiny } from './worlds.ts';

const writing = {
  signal: new AbortController().signal,
  onProgress: () => {},
  interrupted: () => new Error('nobody interrupts this test'),
};

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tidemark-partitions-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Everything that workers write of a world. */
async function whole(scenario: Scenario, workers: number) {
  const dir = folder();
  const place = { rawDir: join(dir, 'raw'), truthDir: join(dir, 'truth') };
  const written = await writeWorld(scenario, place, workers, writing);
  return { files: contents(dir), written, rawDir: place.rawDir };
}

/** Faults that reach over days, of records and of files. */
const HARD: Patch = {
  'dirt.late_users': {
    kind: 'late',
    source: 'users',
    rate: 0.3,
    delays: [{ share: 1, min_hours: 2, mean_hours: 30, max_hours: 100 }],
  },
  'dirt.other_order': { kind: 'out_of_order_days', source: 'events', rate: 0.2 },
  'dirt.other_order_of_users': { kind: 'out_of_order_days', source: 'users', rate: 0.2 },
  'dirt.cut_short': { kind: 'truncated_file', source: 'events', rate: 0.1 },
  'dirt.renamed': {
    kind: 'renamed_column',
    source: 'events',
    column: 'device_id',
    to: 'device',
    rate: 1,
    days: [10, 20],
  },
};

test('any number of workers gives the same bytes', async () => {
  const scenario = tiny(HARD, { days: 60, users: 120 });
  const [one, two, three] = [await whole(scenario, 1), await whole(scenario, 2), await whole(scenario, 3)];
  const sources = 1 + makeSources(scenario, calendar(scenario.startDate, scenario.days)).length;
  expect(sources).toBeGreaterThan(8);
  expect(one.written.rawFiles).toHaveLength(60 * sources);
  expect(two.written).toEqual(one.written);
  expect(three.written).toEqual(one.written);
  expect(two.files).toEqual(one.files);
  expect(three.files).toEqual(one.files);
});

test('a day alone is that day of the whole, whatever is late and out of order', async () => {
  const world = fc.record({
    rate: fc.double({ min: 0, max: 1, noNaN: true }),
    longest: fc.integer({ min: 3, max: 200 }),
    order: fc.double({ min: 0, max: 0.5, noNaN: true }),
    seed: fc.nat(1000),
    days: fc.uniqueArray(fc.nat(19), { minLength: 3, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ rate, longest, order, seed, days }) => {
      const scenario = tiny(
        {
          ...HARD,
          'dirt.late_events.rate': rate,
          'dirt.late_events.delays': [{ share: 1, min_hours: 1, mean_hours: 2, max_hours: longest }],
          'dirt.other_order.rate': order,
        },
        { days: 20, users: 30, seed },
      );
      const { written, rawDir } = await whole(scenario, 1);
      const dates = calendar(scenario.startDate, scenario.days);
      for (const day of days) {
        const alone = folder();
        const { rawFiles, rows } = await writeDay(scenario, day, written.rates.usageScale, { rawDir: alone }, writing);
        expect(Object.keys(rows).sort()).toEqual([...new Set(written.rawFiles.map(({ path }) => path.split('/')[0]))]);
        const wanted = written.rawFiles.filter(({ path }) => path.includes(`/${dates.date(day)}.`));
        expect(rawFiles).toEqual(wanted);
        for (const { path } of rawFiles)
          expect(readFileSync(join(alone, path), 'utf8')).toBe(readFileSync(join(rawDir, path), 'utf8'));
      }
    }),
    { numRuns: 12 },
  );
});
