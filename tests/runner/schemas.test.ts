import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { QUALITY_REPORT_VERSION } from '../../core/quality-report.ts';
import { compileProject } from '../../runner/compile.ts';
import { GRAPH_VERSION } from '../../runner/graph.ts';
import { PLAN_VERSION } from '../../runner/plan.ts';
import { RUN_RECORD_VERSION } from '../../runner/record.ts';
import { generateProject } from '../support/generated-project.ts';
import { makeDatabase } from '../support/postgres.ts';
import { run } from '../support/project.ts';
import { writeProject } from './helpers.ts';

const folder = join(packageRoot(), 'docs', 'schemas');
const files = readdirSync(folder).filter((name) => name.endsWith('.schema.json'));

function schema(name: string): { $id: string } & Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));
}

function validator(name: string): ValidateFunction {
  return new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true }).compile(
    schema(name),
  );
}

function expectValid(name: string, value: unknown): void {
  const validate = validator(name);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

/** The command as a process, in a project that has a bit of everything; all of standard output is the one document. */
async function output(
  dir: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; value: unknown }> {
  const main = join(packageRoot(), 'dist', 'cli', 'main.js');
  const { code, stdout, stderr } = await run(process.execPath, [main, ...args, '--json'], dir, env);
  expect(stdout, stderr).not.toBe('');
  return { code, value: JSON.parse(stdout) };
}

const PROJECT = {
  'definitions/source.sqlx':
    'config { type: "operations", hasOutput: true }\ncreate or replace view ${self()} as select 1 as id, 2 as n',
  'definitions/model.sqlx':
    'config { type: "table", description: "One row per id.", columns: { id: "The key" }, tags: ["t"],\n' +
    '  assertions: { uniqueKey: ["id"] }, metadata: { extraProperties: { owner: "us" } } }\n' +
    'select id, n from ${ref("source")}\n\npost_operations {\n  select 1\n}',
  'definitions/log.sqlx':
    'config { type: "incremental", uniqueKey: ["id"], onSchemaChange: "EXTEND", bigquery: { updatePartitionFilter: "id > 0" } }\nselect id, n from ${ref("model")}',
  'definitions/view.sqlx': 'config { type: "view", disabled: true }\nselect 1 as a',
  'definitions/warned.sqlx':
    'config { type: "assertion", metadata: { extraProperties: { severity: "warn" } } }\nselect * from ${ref("model")}',
  'definitions/outside.sqlx': 'config { type: "declaration", schema: "raw", name: "outside" }',
  'definitions/good_test.sqlx':
    'config { type: "test", dataset: "model" }\n\ninput "source" {\n  select 1 as id, 5 as n\n}\n\nselect 1 as id, 5 as n',
  'definitions/refused_test.sqlx':
    'config { type: "test", dataset: "model" }\n\ninput "source" {\n  select 1 as id, 5 as n\n}\n\nselect nothing',
  'definitions/bad_test.sqlx':
    'config { type: "test", dataset: "model" }\n\ninput "source" {\n  select 1 as id, 5 as n\n}\n\nselect 1 as id, 6 as n',
};

test.each(files)('%s describes every property', (file) => {
  const nameless: string[] = [];
  const walk = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, entry] of Object.entries(value)) {
      if (key !== 'properties') {
        walk(entry, `${path}.${key}`);
        continue;
      }
      for (const [name, property] of Object.entries(entry as Record<string, Record<string, unknown>>)) {
        if (!property.description && !property.$ref) nameless.push(`${path}.${name}`);
        walk(property, `${path}.${name}`);
      }
    }
  };
  walk(schema(file.replace('.schema.json', '')), '');
  expect(nameless).toEqual([]);
});

test('the versions in the schemas are those that are written', () => {
  expect(files.map((file) => schema(file.replace('.schema.json', '')).$id)).toEqual([
    `urn:tidemark:graph:${GRAPH_VERSION}`,
    `urn:tidemark:plan:${PLAN_VERSION}`,
    `urn:tidemark:quality:${QUALITY_REPORT_VERSION}`,
    `urn:tidemark:record:${RUN_RECORD_VERSION}`,
    'urn:tidemark:test-results:1',
  ]);
});

test('a generated project of every kind of action is a valid graph', async () => {
  const projectDir = generateProject(3, 60, 'workflow_settings.yaml');
  const graph = await compileProject({ projectDir, engine: 'duckdb' });
  expectValid('graph', graph);
  expect(new Set(graph.actions.map(({ kind }) => kind)).size).toBe(8);
  const [action] = graph.actions;
  const validate = validator('graph');
  expect(validate({ ...graph, actions: [{ ...action, surplus: 1 }] })).toBe(false);
});

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  test('what the commands print is valid: graph, plan, record of a first and of a second run, results of tests', async () => {
    const dir = writeProject(PROJECT);
    const database = engine === 'postgres' ? await makeDatabase() : undefined;
    try {
      const env = database ? { DATABASE_URL: database.url } : {};
      const kinds = (value: unknown) => (value as { actions: { tasks: { type: string }[] }[] }).actions;
      expectValid('graph', (await output(dir, ['compile'], env)).value);
      const first = await output(dir, ['run'], env);
      expectValid('record', first.value);
      expect(first.code).toBe(0);
      const plan = await output(dir, ['run', '--dry-run'], env);
      expectValid('plan', plan.value);
      const types = new Set(kinds(plan.value).flatMap(({ tasks }) => tasks.map(({ type }) => type)));
      expect([...types].sort()).toEqual(['assertion', 'comments', 'count', 'load', 'statement']);
      expectValid('record', (await output(dir, ['run', '--tags', 't'], env)).value);
      const changed = await output(dir, ['run', '--changed', '--dry-run'], env);
      expectValid('plan', changed.value);
      expect(JSON.stringify(changed.value)).toContain('"unchanged":');
      expectValid('record', (await output(dir, ['run', '--changed'], env)).value);
      const tests = await output(dir, ['test'], env);
      expect(tests.code).toBe(1);
      expectValid('test-results', tests.value);
      expect((tests.value as { status: string }[]).map(({ status }) => status)).toEqual([
        'FAILED',
        'SUCCESSFUL',
        'FAILED',
      ]);
    } finally {
      await database?.remove();
    }
  });

  test('the files of a run that failed are valid', async () => {
    const dir = writeProject({
      ...PROJECT,
      'definitions/broken.sqlx': 'config { type: "table" }\nselect nothing from ${ref("model")}',
      'definitions/after.sqlx': 'config { type: "view" }\nselect * from ${ref("broken")}',
      'definitions/rows.sqlx': 'config { type: "assertion" }\nselect * from ${ref("model")}',
    });
    const database = engine === 'postgres' ? await makeDatabase() : undefined;
    try {
      const env = database ? { DATABASE_URL: database.url } : {};
      const main = join(packageRoot(), 'dist', 'cli', 'main.js');
      expect((await run(process.execPath, [main, 'run', '--json'], dir, env)).code).toBe(1);
      const runs = join(dir, 'reports', 'runs', 'synthetic');
      const read = (name: string) => JSON.parse(readFileSync(join(runs, name), 'utf8'));
      const { runId } = read('latest.json');
      for (const name of ['graph', 'plan', 'record']) expectValid(name, read(join(runId, `${name}.json`)));
      const statuses = new Set(
        read(join(runId, 'record.json')).actions.map(({ status }: { status: string }) => status),
      );
      expect([...statuses].sort()).toEqual(['DISABLED', 'FAILED', 'SKIPPED', 'SUCCESSFUL', 'WARNED']);
    } finally {
      await database?.remove();
    }
  });
});
