import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../core/errors.ts';
import { compileProject, compileRaw } from '../../runner/compile.ts';
import type { AssertionAction, CompiledGraph, TableAction } from '../../runner/graph.ts';
import type { RawGraph } from '../../runner/raw-graph.ts';
import { compileStock, withEngine } from '../support/stock.ts';
import { CASES, writeProject } from './helpers.ts';

const project = join(CASES, 'compile-equal', 'project');

describe('beside the stock CLI', () => {
  let stock: RawGraph;

  beforeAll(() => {
    stock = compileStock(project);
  });

  test('the graph for BigQuery is the same', async () => {
    expect(await compileRaw({ projectDir: project, engine: 'bigquery' })).toEqual(withEngine(stock, 'bigquery'));
  });

  test('the graph for DuckDB is the same but for identifiers and literals', async () => {
    const ours = await compileRaw({ projectDir: project, engine: 'duckdb' });
    // biome-ignore lint/suspicious/noExplicitAny: its fields are rewritten whatever they are
    const respelled = withEngine(stock, 'duckdb') as any;
    for (const action of [...respelled.tables, ...respelled.operations, ...respelled.assertions, ...respelled.tests]) {
      for (const [key, value] of Object.entries(action)) action[key] = respell(value);
    }
    const rowConditions = respelled.assertions.find(({ target }: { target: { name: string } }) =>
      target.name.endsWith('rowConditions'),
    );
    // Only the label is a literal that core makes: what it escapes with backslashes, standard SQL doubles.
    rowConditions.query = rowConditions.query.replace(`'word <> \\'it\\\\\\'s\\''`, `'word <> ''it\\''s'''`);
    expect(ours).toEqual(respelled);
  });
});

/** Backticked dotted names as standard SQL spells them; the project's one backtick of its own stands in a comment. */
function respell(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(respell);
  if (typeof value !== 'string') return value;
  return value.replace(/`cloud\.([^.`]+)\.([^`]+)`/g, '"$1"."$2"').replace(/`(raw)\.([^`]+)`/g, '"$1"."$2"');
}

describe('the compiled graph', () => {
  let graph: CompiledGraph;
  const find = (name: string) => graph.actions.find(({ target }) => `${target.schema}.${target.name}` === name)!;

  beforeAll(async () => {
    graph = await compileProject({ projectDir: project, engine: 'duckdb', vars: { days: '7' } });
  });

  test('names all actions, sorted, with their kind', () => {
    expect(graph.actions.map(({ target, kind }) => `${target.schema}.${target.name} ${kind}`)).toEqual([
      'checks.check assertion',
      'checks.made_check assertion',
      'checks.other_words_assertions_rowConditions assertion',
      'checks.other_words_assertions_uniqueKey_0 assertion',
      'd.grants operations',
      'd.log incremental',
      'd.made view',
      'd.ranges incremental',
      'd.steps operations',
      'other.words table',
      'raw.events declaration',
      'raw.users declaration',
      'test.words_test test',
    ]);
  });

  test('gives properties as plain JSON, columns with tags, and variables over the file', () => {
    const words = find('other.words') as TableAction;
    expect(words.properties).toEqual({
      grain: ['id'],
      owner: 'us',
      deep: { list: [1, null, true, { a: 'b' }] },
      assertionSeverity: 'warn',
    });
    expect(words.columns).toEqual([
      { name: 'id', description: 'The key', tags: [] },
      { name: 'word', description: "It's a word", tags: ['label'] },
      { name: 'n', description: 'Twice', tags: [] },
      { name: 'n.deep', description: 'Nested', tags: [] },
    ]);
    expect(words.query).toContain('where days < 7 and');
    expect(graph.projectConfig).toEqual({
      warehouse: 'bigquery',
      defaultSchema: 'd',
      assertionSchema: 'checks',
      defaultDatabase: 'cloud',
      vars: { days: '7', engine: 'duckdb' },
    });
  });

  test('gives assertions their severity, parent and meaning', () => {
    const rows = find('checks.other_words_assertions_rowConditions') as AssertionAction;
    expect([rows.severity, rows.parent]).toEqual(['warn', 'other.words']);
    expect(rows.description).toBe("Each row of other.words satisfies: word <> 'it\\'s'; n > 0; word IS NOT NULL.");
    const unique = find('checks.other_words_assertions_uniqueKey_0') as AssertionAction;
    expect([unique.severity, unique.description]).toEqual(['warn', 'other.words has at most one row per id.']);
    const own = find('checks.check') as AssertionAction;
    expect([own.severity, own.parent, own.description]).toEqual(['warn', undefined, 'No zero.']);
    expect((find('checks.made_check') as AssertionAction).severity).toBe('error');
  });

  test('gives the incremental part of a table', () => {
    expect((find('d.log') as TableAction).incremental).toEqual({
      query: '\n\nselect * from "other"."words"\nwhere id > (select max(id) from "d"."log")\n\n\n',
      preOperations: [],
      postOperations: ["\n  select 'log', 'd'\n"],
      uniqueKey: ['id'],
      updatePartitionFilter: 'day > 1',
      predicates: [],
      strategy: 'MERGE',
      onSchemaChange: 'EXTEND',
      protected: true,
    });
    expect((find('d.ranges') as TableAction).incremental?.predicates).toEqual(['DATAFORM_DEST.a > 2']);
    expect(find('d.log').dependencies).toEqual([
      'checks.other_words_assertions_rowConditions',
      'checks.other_words_assertions_uniqueKey_0',
      'other.words',
    ]);
  });

  test('has a hash that changes with what decides a run, and with nothing else', async () => {
    const hash = async (vars: Record<string, string>) =>
      (await compileProject({ projectDir: project, engine: 'duckdb', vars })).hash;
    expect(await hash({ days: '7' })).toBe(graph.hash);
    expect(await hash({ days: '8' })).not.toBe(graph.hash);
  });
});

test('a schema suffix moves all but declarations and leaves canonical names', async () => {
  const projectDir = writeProject({
    'definitions/raw.sqlx': 'config { type: "declaration", schema: "raw", name: "events" }',
    'definitions/a.sqlx': `config { type: "table", assertions: { uniqueKey: ["id"] } }\nselect id from \${ref("events")}`,
  });
  const { actions } = await compileProject({ projectDir, engine: 'duckdb', schemaSuffix: 'dev' });
  expect(
    actions.map(({ target, canonicalTarget }) => `${target.schema}.${target.name} ${canonicalTarget.schema}`),
  ).toEqual(['checks_dev.d_a_assertions_uniqueKey_0 checks', 'd_dev.a d', 'raw.events raw']);
  expect((actions[1] as TableAction).query).toBe('\nselect id from "raw"."events"');
});

test('a changed file is compiled anew in the same process', async () => {
  const projectDir = writeProject({
    'definitions/a.sqlx': 'config { type: "view" }\nselect 1 as a',
    'includes/m.js': 'module.exports = { n: 1 }',
  });
  const query = async () => ((await compileProject({ projectDir, engine: 'duckdb' })).actions[0] as TableAction).query;
  expect(await query()).toBe('\nselect 1 as a');
  writeFileSync(join(projectDir, 'definitions/a.sqlx'), `config { type: "view" }\nselect \${m.n} as b`);
  writeFileSync(join(projectDir, 'includes/m.js'), 'module.exports = { n: 2 }');
  expect(await query()).toBe('\nselect 2 as b');
});

test('dead keys of old projects and plain .sql files are warned of, and what a project prints is handed over', async () => {
  const projectDir = writeProject({
    'dataform.json': '{\n  "defaultSchema": "d",\n  "gcloudProjectId": "x",\n  "useRunCache": false\n}',
    'definitions/a.sqlx': 'config { type: "view" }\nselect 1 as a',
    'definitions/forgotten.sql': 'select 1',
    'definitions/chatty.js': 'console.log("hello", 1)',
  });
  const warnings: Problem[] = [];
  const lines: string[] = [];
  await compileProject({
    projectDir,
    engine: 'duckdb',
    warn: (problem) => warnings.push(problem),
    log: (line) => lines.push(line),
  });
  expect(warnings.map(({ message, file, line }) => [message, file, line])).toEqual([
    ['"gcloudProjectId" means nothing since Dataform 3 and is ignored.', 'dataform.json', 3],
    ['"useRunCache" means nothing since Dataform 3 and is ignored.', 'dataform.json', 4],
    [
      'A .sql file is no action unless an actions.yaml names it; it is ignored.',
      'definitions/forgotten.sql',
      undefined,
    ],
  ]);
  expect(lines).toEqual(['hello 1']);
});

test('packages in node_modules can be required, by their main file', async () => {
  const projectDir = writeProject({
    'node_modules/helper/package.json': '{ "main": "lib/start" }',
    'node_modules/helper/lib/start.js':
      'module.exports = { n: Buffer.from("Kg==", "base64").toString().charCodeAt(0), env: process.env.HOME };',
    'node_modules/plain/index.js': 'module.exports = "plain";',
    'definitions/a.js':
      'const { n, env } = require("helper");\n' +
      'publish("a").query("select " + n + " as n, " + [require("plain"), env].length + " as two, " + typeof env + " as env")',
  });
  const { actions } = await compileProject({ projectDir, engine: 'duckdb' });
  expect((actions[0] as TableAction).query).toBe('select 42 as n, 2 as two, undefined as env');
});

test('workflow_settings.yaml works like dataform.json', async () => {
  const yaml = writeProject({ 'definitions/a.sqlx': 'config { type: "view" }\nselect 1 as a' });
  rmSync(join(yaml, 'dataform.json'));
  writeFileSync(
    join(yaml, 'workflow_settings.yaml'),
    'defaultProject: p\ndefaultDataset: d\ndefaultLocation: US\ndefaultAssertionDataset: checks\nvars: { x: "1" }\n',
  );
  const graph = await compileProject({ projectDir: yaml, engine: 'duckdb' });
  expect(graph.actions.map(({ target }) => target)).toEqual([{ database: 'p', schema: 'd', name: 'a' }]);
  expect(graph.projectConfig.vars).toEqual({ x: '1', engine: 'duckdb' });
});
