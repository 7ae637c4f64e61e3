import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { NO_COUNTS, type QualityReport } from '../../core/quality-report.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { LOADS, onShop, writeLoad, writeShop } from './shop.ts';
import { webhook } from './webhook.ts';

let duckdb: Project;
let postgres: Project;
let database: Database;
let first: QualityReport;
let report: QualityReport;
let onPostgres: QualityReport;

beforeAll(async () => {
  duckdb = makeProject({ keep: true });
  database = await makeDatabase();
  postgres = duckdb.withEnv({ DATABASE_URL: database.url });
  writeShop(duckdb);
  for (const project of [duckdb, postgres]) await loaded(project, 0);
  first = await reportOf(duckdb);
  for (const project of [duckdb, postgres]) await loaded(project, 1);
  onPostgres = await reportOf(postgres);
  report = await reportOf(duckdb);
}, 120_000);
afterAll(async () => {
  await database?.remove();
  if (duckdb) removeProject(duckdb);
});

async function loaded(project: Project, n: number): Promise<void> {
  writeLoad(project, n);
  await onShop(project, 'load');
  await onShop(project, 'run', '--tags', 'silver');
}

const reportOf = async (project: Project): Promise<QualityReport> =>
  JSON.parse((await onShop(project, 'quality', '--json')).stdout);

describe('the report of a batch', () => {
  test('counts what became of every row', () => {
    expect([report.dataset, report.criticality, report.unjudged]).toEqual(['shop', 'high', []]);
    expect(report.counts).toEqual({
      rows: 13,
      duplicatesAtLoad: 1,
      records: 12,
      accepted: 2,
      rejected: 10,
      duplicates: 0,
      flagged: 1,
      late: 1,
    });
    expect(report.sources).toEqual([
      {
        source: 'billing',
        owner: 'finance',
        criticality: 'high',
        counts: { ...NO_COUNTS, rows: 4, records: 4, rejected: 4 },
      },
      {
        source: 'users',
        owner: 'growth',
        criticality: 'high',
        counts: { ...NO_COUNTS, rows: 3, records: 3, rejected: 3 },
      },
      {
        source: 'events',
        owner: 'growth',
        criticality: 'medium',
        counts: {
          ...NO_COUNTS,
          rows: 6,
          duplicatesAtLoad: 1,
          records: 5,
          accepted: 2,
          rejected: 3,
          flagged: 1,
          late: 1,
        },
      },
    ]);
    expect(report.files.map(({ file, counts }) => [file, counts.rejected])).toEqual([
      ['billing/2.csv', 4],
      ['users/2.jsonl', 3],
      ['events/2.jsonl', 3],
    ]);
    expect(report.reasons.map(({ source, column, code, records }) => `${records} ${source} ${column}:${code}`)).toEqual(
      [
        '2 events event_type:not_allowed',
        '2 users country:pattern',
        '1 billing billing_date:not_date',
        '1 billing event:not_allowed',
        '1 billing line:column_count',
        '1 billing user_id:missing',
        '1 events event_value:below_minimum',
        '1 events event_value:implausible',
        '1 events line:malformed_json',
        '1 users created_ts:not_timestamp',
        '1 users line:malformed_json',
      ],
    );
  });

  test('shows samples without personal data', () => {
    expect(report.samples.map(({ file, line, text }) => `${file}:${line} ${text}`)).toEqual([
      'events/2.jsonl:4 {"event_id":"n2","user_id":"u1","event_type":"logout","event_ts":"2026-01-01T10:00:00Z","received_ts":"2026-01-01T10:00:01Z"}',
      'events/2.jsonl:5 {"event_id":"n3","user_id":"u1","event_type":"sign-out","event_ts":"2026-01-01T10:00:00Z","received_ts":"2026-01-01T10:00:01Z","event_value":-1}',
      'events/2.jsonl:6 {"event_id":"n4","user_id":"call [phone]',
      'billing/2.csv:2 u1;cancel;2026-02-30',
      'billing/2.csv:5 "u ""4""";stop;2026-02-01',
      'billing/2.csv:4 u3;start;2026-02-01;extra',
      'billing/2.csv:3 ;start;2026-02-01',
      'users/2.jsonl:1 {"user_id":"u2","nick":"[nick]","email":"[email]","country":"germany","created_ts":"2026-01-02T00:00:00Z","updated_ts":"2026-01-02T00:00:00Z"}',
      'users/2.jsonl:2 {"user_id":"u3","profile":{"name":"[name]","name2":"x"},"country":"fr","created_ts":"now: [email]","updated_ts":"2026-01-02T00:00:00Z"}',
      'users/2.jsonl:3 {"xxxx_xx":"x9","xxxxxxx":{"xxxx":"xx xx","xxxx',
    ]);
    expect(report.samples[1]!.reasons).toEqual(['event_type:not_allowed', 'event_value:below_minimum']);
  });

  test('a later batch restates an earlier one: the event that was received again is a duplicate now', () => {
    expect(first.criticality).toBe('low');
    expect(first.counts).toEqual({ ...NO_COUNTS, rows: 203, records: 203, accepted: 202, rejected: 1 });
    expect(report.trend.map(({ batchId, criticality, counts }) => ({ batchId, criticality, counts }))).toEqual([
      { batchId: first.batchId, criticality: 'low', counts: { ...first.counts, accepted: 201, duplicates: 1 } },
      { batchId: report.batchId, criticality: 'high', counts: report.counts },
    ]);
  });

  test('is the same on Postgres, but for batch ids and times', () => {
    const plain = ({ batchId, loadedAt, reportedAt, trend, ...rest }: QualityReport) => ({
      ...rest,
      trend: trend.map(({ criticality, counts }) => ({ criticality, counts })),
    });
    expect(plain(onPostgres)).toEqual(plain(report));
  });

  test('the lists of rejects are the same, too, narrowed in every way', async () => {
    const args = ['rejects', '--json', '--file', 'events/*', '--reason', 'not_allowed', '--since', '2'];
    const [one, other] = await Promise.all([onShop(duckdb, ...args), onShop(postgres, ...args)]);
    expect(JSON.parse(other.stdout)).toEqual(JSON.parse(one.stdout));
    const sample = ['rejects', '--json', '--sample', '9'];
    const [shown, shownOther] = await Promise.all([onShop(duckdb, ...sample), onShop(postgres, ...sample)]);
    expect(JSON.parse(shownOther.stdout)).toEqual(JSON.parse(shown.stdout));
    await onShop(postgres, 'rejects', 'export', '--to', 'from-postgres');
    expect(duckdb.read('from-postgres/users/users/2.jsonl')).toBe(LOADS[1]!['users/2.jsonl']);
    expect((await onShop(postgres, 'rejects', 'retry', '--source', 'users')).stderr).toContain(
      '0 of 3 rejected records cured, 3 rejected again',
    );
  });

  test('keeps to its JSON Schema', () => {
    const schema = JSON.parse(readFileSync(join(packageRoot(), 'docs/schemas/quality.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
    for (const one of [first, report]) {
      validate(one);
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test('stands in files and in the warehouse, and asked for again it is the same', async () => {
    const file = `reports/quality/shop/${report.batchId}/quality_report.json`;
    expect(JSON.parse(duckdb.read(file))).toEqual(report);
    expect(JSON.parse(duckdb.read('reports/quality/shop/quality_report.json'))).toEqual(report);
    const again = await reportOf(duckdb);
    expect({ ...again, reportedAt: report.reportedAt }).toEqual(report);
    const sums = await duckdb.query(
      `select b.batch_id, b.rejected, (select sum(f.rejected) from ops.quality_files as f where f.batch_id = b.batch_id) as in_files,
         (select sum(r.records) from ops.quality_reasons as r where r.batch_id = b.batch_id) as reasons
       from ops.quality_batches as b order by b.batch_id`,
      'shop',
    );
    expect(sums).toEqual([
      { batch_id: first.batchId, rejected: 1, in_files: 1, reasons: 1 },
      { batch_id: report.batchId, rejected: 10, in_files: 10, reasons: 13 },
    ]);
  });
});

describe('the command', () => {
  test('fails on request from a criticality on, and names the sources', async () => {
    const { code, stdout, stderr } = await duckdb.tidemark('quality', '--dataset', 'shop', '--fail-on', 'medium');
    expect([code, stdout]).toEqual([1, '']);
    const page = `reports/quality/shop/${report.batchId}/index.html`;
    expect(stderr.replace(/ \([\d.]+ m?s\)/, '')).toBe(`no alert was sent: TIDEMARK_WEBHOOK_URL is not set
ok   quality   batch ${report.batchId}: 13 rows, 10 rejected (83.3 %), high
${page}
error QUALITY_TOO_LOW
  batch ${report.batchId} is of high criticality, by its rejected records: billing 100 %, users 100 %, events 60.0 %
  Read ${page}; \`tidemark rejects\` lists the rows with their reasons. (docs/errors.md#quality_too_low)
`);
    const older = ['quality', '--dataset', 'shop', '--batch', first.batchId];
    expect(await duckdb.tidemark(...older, '--fail-on', 'medium')).toMatchObject({ code: 0 });
    expect(await duckdb.tidemark(...older, '--fail-on', 'low')).toMatchObject({ code: 1 });
    // The last report stays the one of the last batch.
    expect(JSON.parse(duckdb.read('reports/quality/shop/quality_report.json')).batchId).toBe(report.batchId);
  });

  test('says which batches there are', async () => {
    expect(await duckdb.tidemark('quality', '--dataset', 'shop', '--batch', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `bronze holds no rows of a batch x; the last batches are ${first.batchId}, ${report.batchId}\n`,
      ),
    });
  });
});

describe('the alert', () => {
  const quality = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const { code, stderr } = await duckdb.withEnv(env).tidemark('quality', '--dataset', 'shop', ...args);
    expect(code, stderr).toBe(0);
    return stderr.split('\n').filter((line) => /alert|webhook/i.test(line));
  };

  test('is sent once for a batch, and its URL is printed nowhere', async () => {
    const hook = await webhook();
    try {
      const env = { TIDEMARK_WEBHOOK_URL: hook.url };
      hook.answers.push(404);
      expect(await quality(env, '--no-alert')).toEqual([]);
      expect(await quality(env)).toEqual([
        'warning ALERT_NOT_SENT',
        '  the webhook of TIDEMARK_WEBHOOK_URL was not reached: the server answered 404',
        expect.stringContaining('docs/errors.md#alert_not_sent'),
      ]);
      expect(await quality(env)).toEqual(['an alert was sent to the webhook of TIDEMARK_WEBHOOK_URL']);
      expect(await quality(env)).toEqual([]);
      expect(hook.received).toHaveLength(2);
      expect(hook.received[1]).toMatchObject({ text: 'shop: high criticality, 83.3 % of the records rejected' });
    } finally {
      await hook.close();
    }
  });

  test('is asked for in a file whose mistakes are told with their place', async () => {
    duckdb.write(
      'configs/monitor.yaml',
      'version: 1\nquality:\n  alert: { at_least: hi, url_from: "https://x", shape: slack }\n',
    );
    const { code, stderr } = await duckdb.tidemark('quality', '--dataset', 'shop');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'configs/monitor.yaml:3:22\n  quality.alert.at_least: found "hi", expected one of low, medium, high.',
    );
    expect(stderr).toContain('configs/monitor.yaml:3:36\n  quality.alert.url_from: found "https://x"');
  });
});
