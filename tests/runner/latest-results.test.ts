import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../core/effects.ts';
import { writeJson } from '../../core/files.ts';
import type { SavedRun } from '../../runner/history.ts';
import { startRun } from '../../runner/journal.ts';
import { earlierResults } from '../../runner/latest-results.ts';
import type { ActionResult, RunRecord } from '../../runner/record.ts';

let runsDir: string;
beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'tidemark-runs-'));
});
afterEach(() => rmSync(runsDir, { recursive: true, force: true }));

const action = (name: string) => ({ kind: 'table', target: { schema: 's', name } });
const graph = { actions: [action('a'), action('b'), action('c'), action('never')] } as unknown as SavedRun['graph'];

function save(runId: string, results: Record<string, number>, more: Partial<ActionResult & RunRecord> = {}): SavedRun {
  const { fromRun, engine = 'duckdb' } = more;
  const actions = Object.entries(results).map(([name, rows]) => ({
    name: `s.${name}`,
    rows,
    ...(fromRun ? { fromRun } : {}),
  }));
  const record = { version: 1, runId, engine, actions } as unknown as RunRecord;
  const run = { graph, plan: {} as SavedRun['plan'], record };
  const start = { runId, startedAt: '2026-01-01T00:00:00.000Z', engine, engineVersion: 'v1' };
  startRun(runsDir, start, run.graph, run.plan, systemClock).end(run.record);
  return run;
}

test('each action that the run did not have takes the newest result on its engine, marked with the run that made it', () => {
  save('20260101T000000Z-aaaaaa', { a: 1, b: 1, c: 1 });
  save('20260102T000000Z-aaaaaa', { b: 2 }, { fromRun: '20260101T120000Z-older0' });
  save('20260103T000000Z-aaaaaa', { b: 3, c: 3 }, { engine: 'postgres' });
  writeJson(join(runsDir, '20260104T000000Z-broken', 'plan.json'), {});
  const run = save('20260105T000000Z-aaaaaa', { a: 5 });
  save('20260106T000000Z-aaaaaa', { b: 6 });
  expect(earlierResults(runsDir, run)).toEqual([
    { name: 's.b', rows: 2, fromRun: '20260101T120000Z-older0' },
    { name: 's.c', rows: 1, fromRun: '20260101T000000Z-aaaaaa' },
  ]);
  expect(earlierResults(join(runsDir, 'none'), run)).toEqual([]);
});
