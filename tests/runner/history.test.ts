import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fixedClock, systemClock } from '../../core/effects.ts';
import { thisProcess } from '../../core/process.ts';
import { latestRun, readRun, runId, runsGoingOn, settleKilledRuns } from '../../runner/history.ts';
import { startRun } from '../../runner/journal.ts';
import type { Plan } from '../../runner/plan.ts';
import type { ActionResult, RunRecord } from '../../runner/record.ts';
import { runRecorded } from '../../runner/recorded-run.ts';
import { EVERYTHING } from '../../runner/select.ts';
import { once } from '../../runner/task.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { effects } from './helpers.ts';

let runsDir: string;
beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'tidemark-history-'));
});
afterEach(() => rmSync(runsDir, { recursive: true, force: true }));

const graph = { version: 1, actions: [], hash: 'h' } as never;
const planOf = (...names: string[]): Plan => ({
  version: 1,
  engine: 'duckdb',
  graphHash: 'h',
  selection: EVERYTHING,
  createSchemas: [],
  actions: names.map((name) => ({
    name,
    kind: 'operations',
    fileName: 'f.sqlx',
    disposition: 'run',
    why: '',
    dependencies: [],
    severity: 'error',
    tasks: [once('select 1')],
  })),
});

const ended = (name: string): ActionResult => ({
  name,
  kind: 'operations',
  fileName: 'f.sqlx',
  status: 'SUCCESSFUL',
  startedAt: 1,
  milliseconds: 2,
  tasks: [],
});

/** Starts a run that ends `a` and begins `b`, and nothing more. */
function begin(id: string) {
  const start = { runId: id, startedAt: '2026-03-01T10:15:00.000Z', engine: 'duckdb' as const, engineVersion: 'v1' };
  const journal = startRun(runsDir, start, graph, planOf('s.a', 's.b', 's.c'), systemClock);
  journal.note({ type: 'started', name: 's.a', kind: 'operations', done: 0, total: 3 });
  journal.note({ type: 'ended', result: ended('s.a'), done: 1, total: 3 });
  journal.note({ type: 'started', name: 's.b', kind: 'operations', done: 1, total: 3 });
  return journal;
}

const journalOf = (id: string) => join(runsDir, id, 'journal.jsonl');

/** As if another process had written the journal. */
function belongsTo(id: string, identity: object): void {
  const [first = '', ...rest] = readFileSync(journalOf(id), 'utf8').split('\n');
  writeFileSync(journalOf(id), [JSON.stringify({ ...JSON.parse(first), process: identity }), ...rest].join('\n'));
}

/** The id of a process that has ended. */
const deadProcess = () =>
  Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8', env: {} }).trim());

const recordOf = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  version: 1,
  runId: id,
  status: 'SUCCESSFUL',
  startedAt: '2026-03-01T10:15:00.000Z',
  finishedAt: '2026-03-01T10:16:00.000Z',
  milliseconds: 60_000,
  engine: 'duckdb',
  engineVersion: 'v1',
  graphHash: 'h',
  selection: EVERYTHING,
  actions: [],
  ...more,
});

test('a run that goes on is found with what has ended; it is not the latest run until it ends', () => {
  expect(latestRun(runsDir)).toBeUndefined();
  const journal = begin('20260301T101500Z-aaaaaa');
  expect(readRun(runsDir, '20260301T101500Z-aaaaaa')?.record).toMatchObject({
    status: 'RUNNING',
    actions: [ended('s.a')],
  });
  expect(runsGoingOn(runsDir)).toEqual([
    { runId: '20260301T101500Z-aaaaaa', startedAt: '2026-03-01T10:15:00.000Z', process: thisProcess() },
  ]);
  expect(latestRun(runsDir)).toBeUndefined();
  expect(settleKilledRuns(runsDir)).toEqual([]);

  const record = recordOf('20260301T101500Z-aaaaaa');
  journal.end(record);
  expect(latestRun(runsDir)).toEqual({ graph, plan: planOf('s.a', 's.b', 's.c'), record });
  expect(runsGoingOn(runsDir)).toEqual([]);
  expect(readdirSync(join(runsDir, '20260301T101500Z-aaaaaa')).sort()).toEqual([
    'graph.json',
    'plan.json',
    'record.json',
  ]);
  expect(readRun(runsDir, 'gone')).toBeUndefined();
});

describe('a killed run', () => {
  const id = '20260301T101500Z-aaaaaa';
  const killed: Partial<RunRecord> = {
    status: 'KILLED',
    actions: [
      ended('s.a'),
      {
        name: 's.b',
        kind: 'operations',
        fileName: 'f.sqlx',
        status: 'KILLED',
        reason: 'it was running when the run was killed',
        startedAt: expect.any(Number) as never,
        milliseconds: 0,
        tasks: [],
      },
      {
        name: 's.c',
        kind: 'operations',
        fileName: 'f.sqlx',
        status: 'CANCELLED',
        reason: 'the run was killed before it',
        milliseconds: 0,
        tasks: [],
      },
    ],
  };

  test.each([
    ['whose process has ended', () => ({ ...thisProcess(), pid: deadProcess() })],
    ['whose process id was given to another process', () => ({ ...thisProcess(), started: 'another boot 17' })],
  ])('%s says what it did, and is the latest run', (_, identity) => {
    begin(id);
    belongsTo(id, identity());
    // Killed in the middle of a line.
    appendFileSync(journalOf(id), '{"type":"ended","resu');
    expect(latestRun(runsDir)?.record).toMatchObject(killed);
    // Reading has written nothing.
    expect(existsSync(join(runsDir, id, 'record.json'))).toBe(false);

    expect(settleKilledRuns(runsDir).map(({ record }) => record)).toMatchObject([killed]);
    expect(JSON.parse(readFileSync(join(runsDir, id, 'record.json'), 'utf8'))).toMatchObject(killed);
    expect(JSON.parse(readFileSync(join(runsDir, 'latest.json'), 'utf8'))).toEqual({ runId: id });
    expect(existsSync(journalOf(id))).toBe(false);
    expect(settleKilledRuns(runsDir)).toEqual([]);
  });

  test('on another machine counts as going on while it gives signs of life', () => {
    begin(id);
    belongsTo(id, { pid: 1, host: `not-${hostname()}` });
    expect(runsGoingOn(runsDir)).toHaveLength(1);
    const twoMinutesAgo = Date.now() / 1000 - 120;
    utimesSync(journalOf(id), twoMinutesAgo, twoMinutesAgo);
    expect(runsGoingOn(runsDir)).toEqual([]);
    expect(latestRun(runsDir)?.record.status).toBe('KILLED');
  });

  test('does not take the place of a later run that ended', () => {
    begin(id);
    belongsTo(id, { ...thisProcess(), pid: deadProcess() });
    const later = begin('20260301T101600Z-bbbbbb');
    later.end(recordOf('20260301T101600Z-bbbbbb'));
    expect(latestRun(runsDir)?.record.runId).toBe('20260301T101600Z-bbbbbb');
    expect(settleKilledRuns(runsDir).map(({ record }) => record.runId)).toEqual([id]);
    expect(JSON.parse(readFileSync(join(runsDir, 'latest.json'), 'utf8'))).toEqual({
      runId: '20260301T101600Z-bbbbbb',
    });
  });

  test('that went on with another run has the results of that one', () => {
    const before = begin('20260301T100000Z-000000');
    before.end(recordOf('20260301T100000Z-000000', { actions: [ended('s.z')] }));
    const start = {
      runId: id,
      startedAt: '2026-03-01T10:15:00.000Z',
      engine: 'duckdb' as const,
      engineVersion: 'v1',
      resumedFrom: '20260301T100000Z-000000',
    };
    startRun(runsDir, start, graph, planOf('s.a'), systemClock);
    belongsTo(id, { ...thisProcess(), pid: deadProcess() });
    expect(latestRun(runsDir)?.record).toMatchObject({
      status: 'KILLED',
      resumedFrom: '20260301T100000Z-000000',
      actions: [
        { name: 's.z', fromRun: '20260301T100000Z-000000' },
        { name: 's.a', status: 'CANCELLED' },
      ],
    });
  });

  test('in the middle of writing a file leaves nothing behind', () => {
    const dead = deadProcess();
    begin(id);
    belongsTo(id, { ...thisProcess(), pid: dead });
    writeFileSync(join(runsDir, id, `record.json.${dead}.tmp`), '{');
    writeFileSync(join(runsDir, `latest.json.${dead}.tmp`), '{');
    writeFileSync(join(runsDir, `.20260301T101400Z-cccccc.${dead}.new`), '');
    settleKilledRuns(runsDir);
    begin('20260301T101700Z-dddddd').end(recordOf('20260301T101700Z-dddddd'));
    expect(readdirSync(runsDir).sort()).toEqual([id, '20260301T101700Z-dddddd', 'latest.json']);
    expect(readdirSync(join(runsDir, id)).sort()).toEqual(['graph.json', 'plan.json', 'record.json']);
  });
});

test('a run that fails before its first action has a record that says why', async () => {
  const warehouse = await openDuckdb({ file: ':memory:' });
  try {
    const plan = { ...planOf('s.a'), createSchemas: ['create schema "main"'] };
    await expect(runRecorded({ runsDir, graph, plan }, warehouse, {}, effects())).rejects.toMatchObject({
      code: 'WAREHOUSE_FAILED',
    });
    expect(latestRun(runsDir)?.record).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('main'),
      actions: [{ name: 's.a', status: 'CANCELLED', reason: 'the run failed before it' }],
    });
  } finally {
    await warehouse.close();
  }
});

test('ids sort by time', () => {
  const id = runId(fixedClock('2026-03-01T10:15:00.250Z'));
  expect(id).toMatch(/^20260301T101500Z-[0-9a-f]{6}$/);
  expect(runId(fixedClock('2026-03-01T10:15:01.000Z')) > id).toBe(true);
  expect(runId(fixedClock('2026-03-01T10:15:00.251Z')) > id).toBe(true);
  expect(runId(fixedClock('2026-03-01T10:15:00.090Z')) < id).toBe(true);
});
