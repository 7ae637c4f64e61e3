import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import type { RunRecord } from '../../runner/record.ts';
import { type Result, run } from '../support/project.ts';

/** first -> broken -> last, beside alone: `broken` has a misspelt column. */
const MODELS: Record<string, string> = {
  first: 'config { type: "table", assertions: { uniqueKey: ["id"] } }\nselect 1 as id',
  broken: 'config { type: "table" }\nselect idd from ${ref("first")}',
  last: 'config { type: "table", assertions: { uniqueKey: ["id"] } }\nselect id from ${ref("broken")}',
  alone: 'config { type: "table" }\nselect 2 as id',
};

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-resume-'));
  mkdirSync(join(dir, 'definitions'));
  writeFileSync(
    join(dir, 'dataform.json'),
    JSON.stringify({
      warehouse: 'bigquery',
      defaultSchema: 's',
      assertionSchema: 'a',
      defaultDatabase: 'd',
      defaultLocation: 'US',
    }),
  );
  for (const [name, text] of Object.entries(MODELS)) write(name, text);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(dir, 'definitions', `${name}.sqlx`), text);
const tidemark = (...args: string[]): Promise<Result> =>
  run(process.execPath, [join(packageRoot(), 'dist', 'cli', 'main.js'), ...args], dir);

/** Names of the actions that the last run made itself, and the whole record. */
function lastRun(): { made: string[]; record: RunRecord } {
  const runs = join(dir, 'reports', 'runs', 'synthetic');
  const { runId } = JSON.parse(readFileSync(join(runs, 'latest.json'), 'utf8'));
  const record = JSON.parse(readFileSync(join(runs, runId, 'record.json'), 'utf8')) as RunRecord;
  return {
    record,
    made: record.actions
      .filter(({ fromRun }) => fromRun === undefined)
      .map(({ name }) => name)
      .sort(),
  };
}

test('a failed run is gone on with: what failed, what was skipped, what has changed, and nothing else', async () => {
  expect(await tidemark('run', '--resume')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('synthetic has no run to resume'),
  });
  expect(await tidemark('run')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/2 models, 1 assertion passed, 1 failed, 2 skipped/),
  });
  const failed = lastRun().record;

  write('broken', MODELS.broken!.replace('idd', 'id'));
  const { code, stderr } = await tidemark('run', '--resume');
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`; went on with ${failed.runId}`),
  });
  const { made, record } = lastRun();
  expect(made).toEqual(['a.s_last_assertions_uniqueKey_0', 's.broken', 's.last']);
  expect(record).toMatchObject({ status: 'SUCCESSFUL', resumedFrom: failed.runId });
  expect(record.actions.length).toBe(failed.actions.length);
  expect(record.actions.find(({ name }) => name === 's.first')).toMatchObject({
    status: 'SUCCESSFUL',
    fromRun: failed.runId,
  });

  expect(await tidemark('run', '--resume')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`Nothing is left of run ${record.runId}.`),
  });

  write('alone', MODELS.alone!.replace('2', '3'));
  write('late', 'config { type: "view" }\nselect id from ${ref("alone")}');
  expect(await tidemark('run', '--resume', record.runId)).toMatchObject({ code: 0 });
  expect(lastRun().made).toEqual(['s.alone', 's.late']);

  write('first', MODELS.first!.replace('1', '5'));
  expect(await tidemark('run', '--resume')).toMatchObject({ code: 0 });
  expect(lastRun().made).toEqual([
    'a.s_first_assertions_uniqueKey_0',
    'a.s_last_assertions_uniqueKey_0',
    's.broken',
    's.first',
    's.last',
  ]);
});

test('a run of a part is gone on with as that part', async () => {
  write('broken', MODELS.broken!);
  expect(await tidemark('run', '--actions', 's.broken', '--include-dependents')).toMatchObject({ code: 1 });
  write('broken', MODELS.broken!.replace('idd', 'id'));
  write('first', MODELS.first!.replace('1', '7'));
  expect(await tidemark('run', '--resume')).toMatchObject({ code: 0 });
  expect(lastRun().made).toEqual(['a.s_last_assertions_uniqueKey_0', 's.broken', 's.last']);
});

test.each([
  [['--resume', '20200101T000000Z-abcdef'], /synthetic has no run 20200101T000000Z-abcdef/],
  [['--resume', '../../..'], /PATH_OUTSIDE/],
  [['--resume', '--tags', 'x'], /'--resume \[run-id\]' cannot be used with option '--tags/],
])('run %j is refused', async (args, message) => {
  const { code, stderr } = await tidemark('run', ...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});
