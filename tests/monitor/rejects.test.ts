import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordPages } from '../../monitor/record-pages.ts';
import { type RejectFilter, rejectedWhere } from '../../monitor/rejects/filter.ts';
import { listRejects } from '../../monitor/rejects/list.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { makeProject, type Project, type Result, removeProject } from '../support/project.ts';
import { LOADS, onShop, writeLoad, writeShop } from './shop.ts';

let project: Project;
let unloaded: Result;
let unjudged: Result[];
beforeAll(async () => {
  project = makeProject({ keep: true });
  writeShop(project);
  unloaded = await project.tidemark('quality', '--dataset', 'shop');
  for (const n of [0, 1]) {
    writeLoad(project, n);
    await onShop(project, 'load');
  }
  unjudged = [
    await project.tidemark('quality', '--dataset', 'shop'),
    await project.tidemark('rejects', '--dataset', 'shop'),
  ];
  await onShop(project, 'run', '--tags', 'silver');
}, 60_000);
afterAll(() => project && removeProject(project));

const rejects = (...args: string[]) => onShop(project, 'rejects', ...args);
const plain = (text: string) => text.replaceAll(/ \([\d.]+ m?s\)/g, '');

test('before there is a verdict, the commands say what to run', () => {
  expect(unloaded).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('error VERDICTS_MISSING\n  nothing has been loaded yet\n  Run `tidemark load`'),
  });
  expect(unjudged.map(({ code }) => code)).toEqual([2, 2]);
  expect(unjudged[0]!.stderr).toMatch(
    /error VERDICTS_MISSING\n {2}the rows of batch \S+-0002 have no verdict yet: events, billing, users\n/,
  );
  expect(unjudged[1]!.stderr).toContain('error VERDICTS_MISSING\n  no model has judged events, billing, users yet\n');
});

describe('the list', () => {
  test('counts by source, reason and file, with shares', async () => {
    expect((await rejects()).stdout).toBe(`source   rejected   share  files
-------  --------  ------  -----
billing         4  66.7 %      1
events          4   2.0 %      2
users           3  75.0 %      1

source   reason                     rejected   share  files
-------  -------------------------  --------  ------  -----
events   event_type:not_allowed            2   1.0 %      1
users    country:pattern                   2  50.0 %      1
billing  billing_date:not_date             1  16.7 %      1
billing  event:not_allowed                 1  16.7 %      1
billing  line:column_count                 1  16.7 %      1
billing  user_id:missing                   1  16.7 %      1
events   event_id:missing                  1   0.5 %      1
events   event_value:below_minimum         1   0.5 %      1
events   line:malformed_json               1   0.5 %      1
users    created_ts:not_timestamp          1  25.0 %      1
users    line:malformed_json               1  25.0 %      1

source   file            rejected   share
-------  --------------  --------  ------
billing  billing/2.csv          4   100 %
events   events/2.jsonl         3  60.0 %
users    users/2.jsonl          3   100 %
events   events/1.jsonl         1   0.5 %
`);
  });

  test('is narrowed by source, reason, file and batch', async () => {
    const warehouse = await openDuckdb({ file: project.path('data/shop.duckdb'), readOnly: true });
    const connection = await warehouse.connect();
    const counted = async (sources: string[], filter: RejectFilter) => {
      const list = await listRejects(sources, filter, connection, warehouse.statements);
      return list.sources.map(({ source, rejected, share }) => [source, rejected, share]);
    };
    const all = ['events', 'billing', 'users'];
    expect(await counted(['users'], { reason: 'line:malformed_json' })).toEqual([['users', 1, 0.25]]);
    expect(await counted(all, { reason: 'not_allowed', file: '*.jsonl' })).toEqual([['events', 2, 2 / 205]]);
    expect(await counted(['billing'], { reason: 'event' })).toEqual([['billing', 1, 1 / 6]]);
    const [first, last] = await connection.rows<{ id: string }>(
      'select batch_id as id from ops.load_batches order by 1',
    );
    expect(await counted(['events'], { since: last!.id })).toEqual([['events', 3, 0.6]]);
    expect(await counted(['events'], { batch: first!.id })).toEqual([['events', 1, 0.005]]);
    // An underscore is itself, and not any character.
    expect(await counted(all, { file: 'events_2*' })).toEqual([]);
    // Pages of any size give every record once, in the order of files and lines.
    for (const size of [1, 3, 4, 100]) {
      const found = [];
      const pages = recordPages('events', 'reasons', rejectedWhere({}), size, connection, warehouse.statements);
      for await (const page of pages) {
        expect(page.length).toBeLessThanOrEqual(size);
        found.push(...page.map(({ source_file, line_no }) => `${source_file}:${line_no}`));
      }
      expect(found).toEqual(['events/1.jsonl:200', 'events/2.jsonl:4', 'events/2.jsonl:5', 'events/2.jsonl:6']);
    }
    await warehouse.close();
    expect((await rejects('--since', '9')).stdout).toBe('Nothing is rejected.\n');
  });

  test('masks what it shows, unless it is told not to', async () => {
    expect((await rejects('--sample', '1')).stdout).toBe(`events  events/1.jsonl:200  event_id:missing
  {"event_id":"","user_id":"u1","event_type":"login","event_ts":"2026-01-01T10:00:00Z","received_ts":"2026-01-01T10:00:01Z","event_value":3}
billing  billing/2.csv:2  billing_date:not_date
  u1;cancel;2026-02-30
users  users/2.jsonl:1  country:pattern
  {"user_id":"u2","nick":"[nick]","email":"[email]","country":"germany","created_ts":"2026-01-02T00:00:00Z","updated_ts":"2026-01-02T00:00:00Z"}
`);
    const { stdout } = await rejects('--sample', '3', '--source', 'users', '--unmasked');
    expect(stdout).toContain(
      `users  users/2.jsonl:1  country:pattern\n  ${LOADS[1]!['users/2.jsonl']!.split('\n')[0]}\n`,
    );
  });

  test('says which source there is, and refuses what makes no sense', async () => {
    expect(await project.tidemark('rejects', '--dataset', 'shop', '--source', 'event')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'error USAGE\n  there is no source "event"; the data set has events, billing, users. Did you mean "events"?\n',
      ),
    });
  });
});

describe('an export', () => {
  test('holds the lines as they were, with a header, and a reason for each', async () => {
    const { stderr } = await rejects('export', '--to', 'out/rejected');
    expect(plain(stderr)).toBe('ok   export    11 rejected records of 4 files to out/rejected\n');
    const lines = LOADS[1]!['events/2.jsonl']!.split('\n');
    expect(project.read('out/rejected/events/events/2.jsonl')).toBe(`${lines.slice(3, 6).join('\n')}\n`);
    expect(project.read('out/rejected/users/users/2.jsonl')).toBe(LOADS[1]!['users/2.jsonl']);
    expect(project.read('out/rejected/billing/billing/2.csv')).toBe(LOADS[1]!['billing/2.csv']!.replaceAll('\r', ''));
    const sidecar = project
      .read('out/rejected/reasons.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(sidecar).toHaveLength(11);
    expect(sidecar[2]).toEqual({
      file: 'events/events/2.jsonl',
      line: 2,
      source: 'events',
      source_file: 'events/2.jsonl',
      source_line: 5,
      record_no: 1,
      batch_id: expect.stringMatching(/-0002$/),
      row_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      reasons: ['event_type:not_allowed', 'event_value:below_minimum'],
    });
    for (const { file, line, source_file, source_line } of sidecar) {
      const raw = LOADS.flatMap((load) => load[source_file] ?? [])[0]!.split(/\r?\n/)[source_line - 1];
      expect(project.read(`out/rejected/${file}`).split('\n')[line - 1]).toBe(raw);
    }
  });

  test('goes into an empty folder of the project and nowhere else', async () => {
    project.write('full/note.txt', 'mine');
    mkdirSync(project.path('empty'));
    expect(await project.tidemark('rejects', 'export', '--dataset', 'shop', '--to', 'full')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'full is not empty, and an export would mix with what it holds\n  Name a new folder',
      ),
    });
    expect(await project.tidemark('rejects', 'export', '--dataset', 'shop', '--to', '../elsewhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error PATH_OUTSIDE'),
    });
    expect(project.read('full/note.txt')).toBe('mine');
    await rejects('export', '--to', 'empty', '--format', 'csv', '--source', 'billing', '--reason', 'missing');
    expect(readdirSync(project.path('empty')).sort()).toEqual(['billing', 'reasons.csv']);
    const rows: Record<string, string>[] = parse(project.read('empty/reasons.csv'), { columns: true });
    expect(rows.map(({ file, line, reasons }) => [file, line, reasons])).toEqual([
      ['billing/billing/2.csv', '2', 'user_id:missing'],
    ]);
  });

  test('the rows of a batch are parted into good and bad', async () => {
    await onShop(project, 'quality', '--rows');
    const [, batch] = readdirSync(project.path('reports/quality/shop')).sort().reverse();
    const folder = `reports/quality/shop/${batch}`;
    expect(readdirSync(project.path(folder)).sort()).toEqual(['bad', 'good', 'index.html', 'quality_report.json']);
    expect(readdirSync(project.path(folder, 'good'))).toEqual(['events.csv']);
    const good: Record<string, string>[] = parse(project.read(`${folder}/good/events.csv`), { columns: true });
    expect(good.map(({ event_id, event_value, received_ts }) => [event_id, event_value, received_ts])).toEqual([
      ['e2', '', expect.stringContaining('2026-01-01')],
      ['n1', '9000', expect.stringContaining('2026-01-02')],
    ]);
    expect(readFileSync(project.path(folder, 'bad/billing/billing/2.csv'), 'utf8').split('\n')).toHaveLength(6);
  });
});

test('a retry judges by the mended contract, says what is cured, and leaves nothing behind', async () => {
  project.edit('configs/datasets/shop/events.yaml', '[login, page_view]', '[login, page_view, logout, sign-out]');
  project.edit(
    'configs/datasets/shop/events.yaml',
    'received_ts: { type',
    'device_id: { type: string, required: true, description: Device. }\n  received_ts: { type',
  );
  const { stderr } = await rejects('retry', '--source', 'events');
  expect(plain(stderr).split('\n').at(-2)).toBe(
    'ok   retry     0 of 4 rejected records cured, 4 rejected again, 201 newly rejected',
  );
  project.edit('configs/datasets/shop/events.yaml', /\n {2}device_id.*/, '');
  const { stdout } = await rejects('retry', '--source', 'events', '--json');
  expect(JSON.parse(stdout)).toEqual([
    { source: 'events', before: 205, cured: 202, stillRejected: 3, gone: 0, newlyRejected: 0 },
  ]);
  expect(
    await project.query(
      `select table_name from information_schema.tables where table_name like 'rejects_before%'`,
      'shop',
    ),
  ).toEqual([]);
});
