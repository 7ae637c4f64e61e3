import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeWorld } from '../models/world.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';

const EVENTS = [
  { user: 'u1', at: '2026-01-01T10:00:00.000Z' },
  { user: 'u1', at: '2026-01-02T10:00:00.000Z' },
];
const BILLING = ['2026-01-01,u1,start,basic', '2026-01-03,u2,start,free'];
const USERS = [{ user_id: 'u1', created_ts: '2026-01-01T00:00:00Z', updated_ts: '2026-01-01T00:00:00Z' }];

const world = () => {
  const project = makeProject();
  writeWorld(project, { billing: BILLING, events: EVENTS, users: USERS });
  return project;
};

describe('what a user does wrong', () => {
  test('a misspelt key in a scenario: place, nearest key, exit 2, nothing written', async () => {
    const project = makeProject();
    project.edit('configs/scenarios/tiny.yaml', /^(\s*)seed:/m, '$1sead:');
    const { code, stderr } = await project.tidemark('generate', '--scenario', 'tiny');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /CONFIG_UNKNOWN_KEY configs\/scenarios\/tiny\.yaml:\d+:\d+\n {2}sead: unknown key; known here: .*\. Did you mean "seed"\?/,
    );
    expect(await project.tidemark('load', '--scenario', 'tiny')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "seed"?'),
    });
  });

  test('a misspelt key in a contract: place, nearest key, exit 2', async () => {
    const project = world();
    project.edit('configs/datasets/synthetic/events.yaml', 'received_time:', 'recieved_time:');
    const { code, stderr } = await project.tidemark('load');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /CONFIG_UNKNOWN_KEY configs\/datasets\/synthetic\/events\.yaml:\d+:1\n {2}recieved_time: unknown key;.* Did you mean "received_time"\?/,
    );
  });

  test('a malformed JSONL line: loaded, rejected with its text and place, and accounted for', async () => {
    const project = world();
    project.write('data/raw/synthetic/events/broken.jsonl', '{"event_id": "e9", "user_\n');
    expect(await project.tidemark('load')).toMatchObject({ code: 0, stderr: expect.stringContaining('1 malformed') });
    expect(await project.tidemark('run', '--tags', 'silver')).toMatchObject({ code: 0 });
    expect(await project.query('select reasons, raw, source_file, line_no from silver.rejects_events')).toEqual([
      {
        reasons: 'line:malformed_json;',
        raw: '{"event_id": "e9", "user_',
        source_file: 'events/broken.jsonl',
        line_no: 1,
      },
    ]);
  });

  test('a missing column: the file is refused with the nearest header, the others are loaded, exit 1; mended, it is loaded', async () => {
    const project = world();
    project.write(
      'data/raw/synthetic/billing/late.csv',
      'billing_date,usr_id,event,plan_id\n2026-01-04,u3,start,pro\n',
    );
    const { code, stderr } = await project.tidemark('load');
    expect(code).toBe(1);
    expect(stderr).toMatch(/RAW_COLUMN_MISSING .*billing\/late\.csv[\s\S]*user_id[\s\S]*usr_id/);
    expect(await project.query('select count(*) as n from bronze.billing')).toEqual([{ n: 2 }]);
    project.edit('data/raw/synthetic/billing/late.csv', 'usr_id', 'user_id');
    expect(await project.tidemark('load')).toMatchObject({ code: 0 });
    expect(await project.query('select count(*) as n from bronze.billing')).toEqual([{ n: 3 }]);
  });

  test('a broken SQLX file: file, line and column of the mistake, exit 1, the warehouse untouched', async () => {
    const project = world();
    await project.tidemark('load');
    await project.tidemark('run', '--actions', 'fct_events_daily', '--include-deps');
    project.edit('definitions/facts/fct_events_daily.sqlx', 'type: "table",', 'type: "table"');
    const { code, stderr } = await project.tidemark('run');
    expect(code).toBe(1);
    expect(stderr).toMatch(/COMPILE_FAILED definitions\/facts\/fct_events_daily\.sqlx:3/);
    expect(await project.query('select count(*) as n from analytics.fct_events_daily')).toEqual([{ n: 3 }]);
  });

  test('SQL that the engine refuses: the file and line, the nearest column, dependents skipped, the rest done, exit 1', async () => {
    const project = world();
    await project.tidemark('load');
    project.edit(
      'definitions/facts/fct_product_usage_daily.sqlx',
      'count(distinct silver_events.event_type) as',
      'count(distinct silver_events.evnt_type) as',
    );
    const { code, stderr } = await project.tidemark('run');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /ACTION_FAILED definitions\/facts\/fct_product_usage_daily\.sqlx:\d+[\s\S]*evnt_type[\s\S]*event_type/,
    );
    expect(stderr).toMatch(/, 1 failed, [1-9]\d* skipped, /);
    expect(await project.query('select count(*) > 0 as made from gold.gold_user_features_daily')).toEqual([
      { made: true },
    ]);
  });

  test('a failing assertion: its rows, its view, exit 1, and the whole graph accounted for', async () => {
    const project = world();
    project.write(
      'data/raw/synthetic/events/late.jsonl',
      `${JSON.stringify({ event_id: 'e9', event_ts: '2026-01-01T00:00:00Z', received_ts: '2026-01-02T00:00:00Z', user_id: 'u1', session_id: 's', event_type: 'login' })}\n`,
    );
    await project.tidemark('load');
    const { code, stderr } = await project.tidemark('run');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /ASSERTION_FAILED definitions\/assertions\/late_rate_below_threshold\.sqlx:13:1\n {2}assertions\.late_rate_below_threshold found 3 rows/,
    );
    // All else ended well, or was disabled before.
    expect(stderr).toMatch(/FAIL run +\d\d models, \d\d assertions passed,( 1 warned,)? 1 failed, \d+ disabled \(/);
    expect(await project.query('select count(*) as n from assertions.late_rate_below_threshold')).toEqual([{ n: 3 }]);
  });
});

describe('a wrong request', () => {
  // It changes nothing, so one project will do for all.
  let project: Project;
  beforeAll(() => {
    project = makeProject({ keep: true });
    project.write('data/x.txt', '');
  });
  afterAll(() => removeProject(project));

  test.each([
    [['genrate'], /unknown command 'genrate'\n\(Did you mean generate\?\)/],
    [['run', '--acions', 'x'], /unknown option '--acions'\n\(Did you mean --actions\?\)/],
    [['generate', '--days', 'many'], /expected a whole number of at least 1/],
    [['generate', '--format', 'avro'], /Allowed choices are jsonl, csv, parquet/],
    [['generate', '--workers', '0'], /expected a whole number of at least 1/],
    [['generate', '--scenario', 'basline'], /CONFIG_NOT_FOUND[\s\S]*Did you mean "baseline"\?/],
    [['load', '--dataset', '../../etc'], /PATH_OUTSIDE[\s\S]*is no dataset name/],
    [['run', '--warehouse', 'oracle'], /Allowed choices are duckdb/],
    [['generate', '--dataset', 'oulad'], /the data set oulad has real files; only synthetic is generated/],
    [['run', '--actions', 'fct_event_daily'], /SELECTION_EMPTY[\s\S]*fct_events_daily/],
    [['train'], /have not been run yet/],
    [['docs', '--project-dir', 'data'], /PROJECT_NOT_FOUND/],
  ])('tidemark %j', async (args, message) => {
    const { code, stdout, stderr } = await project.tidemark(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  test('--json keeps standard output clean: errors are events on standard error', async () => {
    const { code, stdout, stderr } = await project.tidemark('train', '--json');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ event: 'error', code: 'MODEL_NOT_FOUND' });
  });
});

test('every command has help with examples, and the version is that of the package', async () => {
  const project = makeProject();
  const { stdout } = await project.tidemark('--help');
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[options\])? /gm)]
    .map((match) => match[1]!)
    .filter((name) => name !== 'help');
  expect(commands).toEqual([
    'pipeline',
    'generate',
    'scenario',
    'load',
    'compile',
    'run',
    'test',
    'format',
    'contract',
    'quality',
    'rejects',
    'export',
    'query',
    'train',
    'score',
    'docs',
    'gateway',
    'init',
    'doctor',
    'clean',
  ]);
  for (const command of commands) {
    const help = await project.tidemark(command, '--help');
    expect(help, command).toMatchObject({ code: 0, stdout: expect.stringMatching(/Examples:\n {2}tidemark /) });
  }
  expect((await project.tidemark('--version')).stdout.trim()).toBe(JSON.parse(project.read('package.json')).version);
});

test('doctor checks every configuration file and finds the broken one', async () => {
  const project = makeProject();
  expect(await project.tidemark('doctor')).toMatchObject({ code: 0 });
  project.edit('configs/datasets/oulad/courses.yaml', 'role: reference', 'role: referense');
  const { code, stderr } = await project.tidemark('doctor');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /FAIL configs\/datasets\/oulad[\s\S]*CONFIG_INVALID configs\/datasets\/oulad\/courses\.yaml:\d+/,
  );
});

test('clean removes what runs made, asks first, and leaves everything else', async () => {
  const project = world();
  await project.tidemark('load');
  expect(await project.tidemark('clean')).toMatchObject({ code: 2, stderr: expect.stringContaining('pass --yes') });
  expect(await project.tidemark('clean', '--yes')).toMatchObject({ code: 0 });
  await expect(project.query('select 1')).rejects.toThrow();
  expect(await project.tidemark('compile')).toMatchObject({ code: 0 });
});
