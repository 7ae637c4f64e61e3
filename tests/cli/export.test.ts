import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../core/files.ts';
import type { Manifest } from '../../runner/export-manifest.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';

const mart = (name: string, grain: string, sql: string, more = '') => `config {
  type: "table",
  schema: "marts",
  name: "${name}",
  description: "One row per ${grain}.",
  columns: { ${grain}: "The key." },
  metadata: { extraProperties: { grain: ["${grain}"], disabledReason: "nobody sells it" } },${more}
}

${sql}
`;

/** Keys in another order than that of bytes, texts that CSV has to quote, every type, nulls; and more rows than a page has. */
const WORDS = mart(
  'mart_words',
  'word',
  `select 'b' as word, 1 as n, cast(0.1 as double precision) as x, true as flag, date '2026-01-31' as day,
    cast('2026-01-31 10:00:00.5+00' as timestamptz) as at, 'a "quoted", text' as text
  union all select 'B', 9007199254740993, cast(1e300 as double precision), false, null, null, ''
  union all select 'ä', null, null, null, null, null, null`,
);
const NUMBERS = mart('mart_numbers', 'n', 'select n from generate_series(1, 20001) as numbers(n)');
const EMPTY = mart('mart_empty', 'n', 'select 1 as n where false');
const DISABLED = mart('mart_absent', 'n', 'select 1 as n', '\n  disabled: true,');
const REPEATED = mart('mart_repeated', 'n', 'select n / n as n from generate_series(1, 20001) as numbers(n)');

let project: Project;
let database: Database;
let there: Project;

const folder = (...parts: string[]) => project.path('reports', 'exports', 'synthetic', ...parts);
const manifest = (): Manifest => JSON.parse(readFileSync(folder('manifest.json'), 'utf8'));
const bytes = () =>
  Object.fromEntries(
    readdirSync(folder())
      .filter((name) => name !== 'manifest.json')
      .sort()
      .map((name) => [name, sha256(readFileSync(folder(name)))]),
  );

async function must(from: Project, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await from.tidemark(...args);
  if (code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${code}\n${stderr}`);
  return stdout;
}

beforeAll(async () => {
  database = await makeDatabase();
  project = makeProject({ keep: true });
  there = project.withEnv({ DATABASE_URL: database.url });
  project.write(
    'dataform.json',
    '{ "warehouse": "bigquery", "defaultSchema": "analytics", "assertionSchema": "assertions" }',
  );
  for (const name of ['definitions', 'includes']) removeProject({ dir: project.path(name) });
  for (const [name, text] of Object.entries({ WORDS, NUMBERS, EMPTY, DISABLED })) {
    project.write(`definitions/${name.toLowerCase()}.sqlx`, text);
  }
  await must(project, 'run');
  await must(there, 'run');
});
afterAll(async () => {
  removeProject(project);
  await database?.remove();
});

describe('tidemark export', () => {
  test('writes each mart as CSV and Parquet, and a manifest that says what they are', async () => {
    const printed = JSON.parse(await must(project, 'export', '--json')) as Manifest;
    expect(printed).toEqual(manifest());
    expect(Object.keys(bytes())).toEqual(
      ['empty', 'numbers', 'words'].flatMap((name) => [`${name}.csv`, `${name}.parquet`]),
    );
    expect(readFileSync(folder('words.csv'), 'utf8')).toBe(
      `word,n,x,flag,day,at,text
B,9007199254740993,1e+300,false,,,""
b,1,0.1,true,2026-01-31,2026-01-31T10:00:00.500000Z,"a ""quoted"", text"
ä,,,,,,
`,
    );
    expect(readFileSync(folder('empty.csv'), 'utf8')).toBe('n\n');
    const { dataset, engine, marts } = manifest();
    expect([dataset, engine, marts.map(({ name, rows }) => [name, rows])]).toEqual([
      'synthetic',
      'duckdb',
      [
        ['empty', 0],
        ['numbers', 20_001],
        ['words', 3],
      ],
    ]);
    const words = marts[2]!;
    const run = JSON.parse(project.read('reports/runs/synthetic/latest.json')) as { runId: string };
    expect([words.table, words.description, words.runId === run.runId]).toEqual([
      'marts.mart_words',
      'One row per word.',
      false,
    ]);
    expect(words.runId).toMatch(/^\d{8}T\d{6}Z-/);
    expect(words.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'word VARCHAR',
      'n BIGINT',
      'x DOUBLE',
      'flag BOOLEAN',
      'day DATE',
      'at TIMESTAMP WITH TIME ZONE',
      'text VARCHAR',
    ]);
    expect(words.columns[0]!.description).toBe('The key.');
    for (const { path, bytes: size, sha256: hash } of marts.flatMap(({ files }) => files)) {
      const content = readFileSync(folder(path));
      expect([size, hash], path).toEqual([content.length, sha256(content)]);
    }
  });

  test('the files of both formats hold the rows of the table', async () => {
    const reader = await openDuckdb({ file: ':memory:' });
    const connection = await reader.connect();
    for (const [file, of] of [
      ['numbers.parquet', 'read_parquet'],
      ['numbers.csv', 'read_csv'],
    ] as const) {
      expect(
        await connection.rows(
          `select count(*) as rows, count(distinct n) as n, sum(n) as sum from ${of}('${folder(file)}')`,
        ),
      ).toEqual([{ rows: 20_001, n: 20_001, sum: (20_001 * 20_002) / 2 }]);
    }
    expect(await connection.rows(`select * from read_parquet('${folder('words.parquet')}')`)).toEqual(
      (await project.query('select * from marts.mart_words')).sort((a, b) =>
        String(a.word) < String(b.word) ? -1 : 1,
      ),
    );
    await reader.close();
  });

  test('the same rows give the same bytes: again, and from Postgres', async () => {
    const before = bytes();
    await must(project, 'export');
    expect(bytes()).toEqual(before);
    await must(there, 'export');
    expect(bytes()).toEqual(before);
    expect(manifest().engine).toBe('postgres');
  });

  test('a mart that is named takes the place of its files, and those of others stay', async () => {
    const before = bytes();
    await must(project, 'export', 'mart_words', 'empty', '--format', 'parquet');
    const { 'words.csv': words, 'empty.csv': empty, ...rest } = before;
    expect(bytes()).toEqual(rest);
    expect(manifest().marts.map(({ name, files }) => `${name} ${files.map(({ format }) => format).join(' ')}`)).toEqual(
      ['empty parquet', 'numbers csv parquet', 'words parquet'],
    );
  });

  test('an export that fails leaves the files of the last one', async () => {
    const before = { ...bytes(), manifest: manifest() };
    project.write('definitions/repeated.sqlx', REPEATED);
    await must(project, 'run', '--actions', 'mart_repeated');
    const { code, stderr } = await project.tidemark('export');
    removeProject({ dir: project.path('definitions', 'repeated.sqlx') });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error WAREHOUSE_FAILED
  marts.mart_repeated has 20001 rows, and 20000 were read: its grain (n) does not tell them apart, or it changed meanwhile.
  Run its assertions, or export again. (docs/errors.md#warehouse_failed)
`,
    );
    expect({ ...bytes(), manifest: manifest() }).toEqual(before);
    expect(readdirSync(project.path('reports', 'exports'))).toEqual(['synthetic']);
  });

  test('all that is wrong with the names is said at once', async () => {
    const { code, stderr } = await project.tidemark('export', 'wrods', 'absent', '../../etc/passwd');
    expect(code).toBe(2);
    expect(stderr.slice(stderr.indexOf('error'))).toBe(
      `error MART_NOT_FOUND
  there is no mart "wrods"; there are empty, numbers, words. Did you mean "words"?
  Name one of them, or none to write all. (docs/errors.md#mart_not_found)
error MART_NOT_FOUND
  absent is disabled: nobody sells it
  Leave it out, or give the data set the source. (docs/errors.md#mart_not_found)
error MART_NOT_FOUND
  there is no mart "../../etc/passwd"; there are empty, numbers, words.
  Name one of them, or none to write all. (docs/errors.md#mart_not_found)
`,
    );
  });

  test('a folder that holds something else is not replaced, nor one outside of the project', async () => {
    mkdirSync(project.path('mine'));
    writeFileSync(project.path('mine', 'precious.txt'), 'x');
    for (const [out, message] of [
      ['mine', 'mine holds files and no manifest.json of an export, and an export replaces the folder'],
      ['.', '--out . is the project itself, and an export replaces the folder'],
      ['../elsewhere', `"../elsewhere" lies outside ${project.dir}`],
    ] as const) {
      const { code, stderr } = await project.tidemark('export', '--out', out);
      expect([code, stderr.split('\n')[1]]).toEqual([2, `  ${message}`]);
    }
    expect(readdirSync(project.path('mine'))).toEqual(['precious.txt']);
    await must(project, 'export', 'words', '--out', 'shared/words');
    expect(existsSync(project.path('shared', 'words', 'words.csv'))).toBe(true);
  });

  test('before the first run there is nothing to write, and it is said how to come by it', async () => {
    const { code, stderr } = await project.tidemark('export', 'words', '--scenario', 'janus');
    expect([code, stderr.slice(stderr.indexOf('error'))]).toEqual([
      2,
      `error MART_NOT_FOUND
  the warehouse does not hold marts.mart_words
  Run \`tidemark run\` first. (docs/errors.md#mart_not_found)
`,
    ]);
  });
});
