import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { type Result, run } from '../support/project.ts';

let project: string;

const tidemark = (...args: string[]): Promise<Result> =>
  run(process.execPath, [join(packageRoot(), 'dist', 'cli', 'main.js'), ...args], project);

const HALF = `version: 1
extends: short
description: |-
  The short one with half of the logins, and later. Of the second sentence nothing is listed.
events: { usage: { login: 0, page_view: 56 } }
dirt: { late_events: { rate: 0.3 } }
churn: { drivers: { days_idle: null } }
`;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'tidemark-scenario-'));
  const scenarios = join(project, 'configs', 'scenarios');
  mkdirSync(scenarios, { recursive: true });
  writeFileSync(join(project, 'dataform.json'), '{}');
  copyFileSync(join(packageRoot(), 'configs', 'scenarios', 'tiny.yaml'), join(scenarios, 'tiny.yaml'));
  const small = 'population: { opening_users: 80 }\nevents: { per_day: 300 }\ndrift: null\n';
  writeFileSync(
    join(scenarios, 'short.yaml'),
    `version: 1\nextends: tiny\ndescription: A short one.\ndays: 20\n${small}`,
  );
  writeFileSync(join(scenarios, 'half.yaml'), HALF);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('list: name and first sentence', async () => {
  expect(await tidemark('scenario', 'list')).toEqual({
    code: 0,
    stderr: '',
    stdout: `scenario  what it is
--------  --------------------------------------------------------------------------------
half      The short one with half of the logins, and later.
short     A short one.
tiny      A world of seconds, for tests and first steps; few users, much churn, much dirt.
`,
  });
  const { stdout } = await tidemark('scenario', 'list', '--json');
  expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(['half', 'short', 'tiny']);
});

test('show: every value with the file and line, or the flag, that gives it', async () => {
  const { code, stdout } = await tidemark('scenario', 'show', 'half', '--set', 'seed=7');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines).toContain('seed: 7 # --set seed=7');
  expect(lines).toContain('days: 20 # configs/scenarios/short.yaml:4');
  expect(lines).toContain('    login: 0 # configs/scenarios/half.yaml:5');
  expect(lines).toContain('    feature_used: 24 # configs/scenarios/tiny.yaml:36');
  expect(stdout).not.toContain('days_idle');
  const json = JSON.parse((await tidemark('scenario', 'show', 'half', '--json')).stdout);
  expect(json.values).toContainEqual({
    path: 'dirt.late_events.rate',
    value: 0.3,
    file: 'configs/scenarios/half.yaml',
    line: 6,
    column: 30,
  });
});

describe('diff', () => {
  test('without data: the rules, and how to get the data', async () => {
    expect(await tidemark('scenario', 'diff', 'short', 'half')).toEqual({
      code: 0,
      stderr: '',
      stdout: `rule                                 short  half
-----------------------------------  -----  ----
events.usage.page_view               40     56
events.usage.login                   16     0
churn.drivers.days_idle.coefficient  0.12   -
churn.drivers.days_idle.cap          21     -
dirt.late_events.rate                0.04   0.3

No data of short: run \`tidemark generate --scenario short\`, or pass --generate.
No data of half: run \`tidemark generate --scenario half\`, or pass --generate.
`,
    });
  });

  test('with data that it makes in a folder of its own: counts, faults, distributions', async () => {
    const before = readdirSync(tmpdir());
    const { code, stdout } = await tidemark('scenario', 'diff', 'short', 'half', '--generate', '--json');
    expect(code).toBe(0);
    const { data, notes } = JSON.parse(stdout);
    expect(notes).toEqual([]);
    const of = (name: string) => data.measures.find((measure: { name: string }) => measure.name === name);
    expect(of('faults: late').b / of('faults: late').a).toBeGreaterThan(5);
    expect(of('users').a).toBe(of('users').b);
    const spread = (name: string) => data.distributions.find((one: { name: string }) => one.name === name);
    const types = spread('event types');
    expect(types.totalVariation).toBeGreaterThan(0.12);
    expect(types.totalVariation).toBeLessThan(0.2);
    expect(
      types.shares
        .map(({ value }: { value: string }) => value)
        .slice(0, 2)
        .sort(),
    ).toEqual(['login', 'page_view']);
    expect(spread('delays of events').totalVariation).toBeGreaterThan(0.2);
    expect(spread('plans of starts').totalVariation).toBeLessThan(0.02);
    for (const { shares } of data.distributions)
      expect(shares.reduce((sum: number, { a }: { a: number }) => sum + a, 0)).toBeCloseTo(1, 9);
    expect(existsSync(join(project, 'data'))).toBe(false);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tidemark-diff-'))).toEqual(
      before.filter((name) => name.startsWith('tidemark-diff-')),
    );
  });

  test('of data on disk: says so when a file has changed since', async () => {
    for (const name of ['short', 'half'])
      expect(await tidemark('generate', '--scenario', name, ...(name === 'half' ? ['--seed', '5'] : []))).toMatchObject(
        { code: 0 },
      );
    const { code, stdout } = await tidemark('scenario', 'diff', 'short', 'half');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^measure {2,}short {2,}half {2,}change$/m);
    expect(stdout).toMatch(/^event types: \d+\.\d % of the records differ, most of all (login|page_view) \(/m);
    expect(stdout).toContain('\n\nThe data of half were made with other values than its file has now.\n');
  });

  test('refuses what it cannot do', async () => {
    expect(await tidemark('scenario', 'diff', 'short', 'hlf')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'configs/scenarios/hlf.yaml does not exist; there are: half, short, tiny. Did you mean "half"?',
      ),
    });
    writeFileSync(
      join(project, 'configs', 'scenarios', 'huge.yaml'),
      'version: 1\nextends: short\ndescription: Huge.\nevents: { per_day: 500000 }\n',
    );
    const { code, stderr } = await tidemark('scenario', 'diff', 'short', 'huge', '--generate');
    rmSync(join(project, 'configs', 'scenarios', 'huge.yaml'));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'error USAGE\n  --generate: huge would have more than 5,000,000 events\n' +
        '  Run `tidemark generate --scenario huge` and leave the flag out. (docs/errors.md#usage)\n',
    });
  });
});
