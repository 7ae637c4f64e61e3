import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { emptyProject, type Project } from '../support/project.ts';

const LOOSE = 'config {type:"view"}\nselect 1 as a\n';
const TIDY = 'config {\n  type: "view"\n}\n\nSELECT\n  1 AS a\n';

function project(files: Record<string, string>): Project {
  const made = emptyProject();
  made.write('dataform.json', '{ "defaultSchema": "d" }');
  for (const [file, text] of Object.entries(files)) made.write(file, text);
  return made;
}

/** Durations differ from run to run. */
const plain = (text: string) => text.replaceAll(/ \([\d.]+ m?s\)/g, '');

test('formats the project, names what it changed, and changes nothing the second time', async () => {
  const here = project({
    'definitions/a.sqlx': LOOSE,
    'definitions/b.sqlx': TIDY,
    'includes/m.js': 'module.exports={a:1}',
    'definitions/windows.sqlx': LOOSE.replaceAll('\n', '\r\n'),
    'definitions/node_modules/p/index.js': 'a={}',
    'definitions/notes.md': '#  x',
  });
  const first = await here.tidemark('format');
  expect([first.code, first.stdout, plain(first.stderr)]).toEqual([
    0,
    '',
    '  definitions/a.sqlx\n  definitions/windows.sqlx\n  includes/m.js\nok   format    3 files formatted, 1 unchanged\n',
  ]);
  expect(here.read('definitions/a.sqlx')).toBe(TIDY);
  expect(here.read('definitions/windows.sqlx')).toBe(TIDY.replaceAll('\n', '\r\n'));
  expect(here.read('includes/m.js')).toBe('module.exports = {\n  a: 1\n}\n');
  const second = await here.tidemark('format', '--check');
  expect([second.code, plain(second.stderr)]).toEqual([0, 'ok   format    4 unchanged\n']);
});

test('--check lists what is not formatted and writes nothing; --diff shows it', async () => {
  const here = project({ 'definitions/a.sqlx': LOOSE, 'definitions/b.js': 'a={}' });
  const message = `error NOT_FORMATTED
  2 files not formatted:
    definitions/a.sqlx
    definitions/b.js
  Run \`tidemark format\`; add \`--diff\` to see what would change. (docs/errors.md#not_formatted)
`;
  const check = await here.tidemark('format', '--check');
  expect([check.code, check.stdout, plain(check.stderr)]).toEqual([
    1,
    '',
    `FAIL format    2 not formatted, 0 unchanged\n${message}`,
  ]);
  const diff = await here.tidemark('format', '--diff', '--ignore-js-files');
  expect([diff.code, diff.stdout]).toEqual([
    1,
    `--- a/definitions/a.sqlx
+++ b/definitions/a.sqlx
@@ -1,2 +1,6 @@
-config {type:"view"}
-select 1 as a
+config {
+  type: "view"
+}
+
+SELECT
+  1 AS a
`,
  ]);
  expect(here.read('definitions/a.sqlx')).toBe(LOOSE);
});

test('what does not parse is named with its line and left alone; the others are formatted', async () => {
  const here = project({ 'definitions/a.sqlx': LOOSE, 'definitions/bad.sqlx': 'config { type: }\nselect 1' });
  here.write('definitions/empty.sqlx', '');
  const { code, stderr } = await here.tidemark('format');
  expect([code, plain(stderr)]).toEqual([
    1,
    `  definitions/a.sqlx
  definitions/empty.sqlx
FAIL format    2 files formatted, 0 unchanged, 1 failed
error FORMAT_FAILED definitions/bad.sqlx:1
  Unexpected token '}'
  Mend the line that the message names. (docs/errors.md#format_failed)
`,
  ]);
  expect(here.read('definitions/bad.sqlx')).toBe('config { type: }\nselect 1');
  const json = await here.tidemark('format', '--json');
  expect(JSON.parse(json.stdout)).toEqual([
    { file: 'definitions/a.sqlx', status: 'unchanged' },
    {
      file: 'definitions/bad.sqlx',
      status: 'failed',
      problem: { code: 'FORMAT_FAILED', file: 'definitions/bad.sqlx', message: "Unexpected token '}'", line: 1 },
    },
    { file: 'definitions/empty.sqlx', status: 'unchanged' },
  ]);
});

test('a file in another encoding is left alone, for its text would be lost', async () => {
  const here = project({ 'definitions/a.sqlx': TIDY });
  const latin = Buffer.from("select 'caf\u00e9'  as a\n", 'latin1');
  writeFileSync(here.path('definitions/latin.sqlx'), latin);
  const { code, stderr } = await here.tidemark('format');
  expect([code, plain(stderr)]).toEqual([
    1,
    `FAIL format    0 files formatted, 1 unchanged, 1 failed
error FORMAT_FAILED definitions/latin.sqlx
  The file is not UTF-8.
  Mend the line that the message names. (docs/errors.md#format_failed)
`,
  ]);
  expect(readFileSync(here.path('definitions/latin.sqlx')).equals(latin)).toBe(true);
});

test('takes files and folders, also where no project is, and keeps links and rights', async () => {
  const here = emptyProject();
  here.write('models/a.sqlx', LOOSE);
  here.write('models/deep/b.sqlx', LOOSE);
  here.write('c.sqlx', LOOSE);
  chmodSync(here.path('c.sqlx'), 0o640);
  symlinkSync('c.sqlx', here.path('link.sqlx'));
  expect((await here.tidemark('format', 'models', 'link.sqlx')).code).toBe(0);
  for (const file of ['models/a.sqlx', 'models/deep/b.sqlx', 'c.sqlx']) expect(here.read(file), file).toBe(TIDY);
  expect(lstatSync(here.path('link.sqlx')).isSymbolicLink()).toBe(true);
  expect(statSync(here.path('c.sqlx')).mode & 0o777).toBe(0o640);
});

test('--actions takes paths of the project with wildcards', async () => {
  const here = project({ 'definitions/gold/a.sqlx': LOOSE, 'definitions/b.sqlx': LOOSE });
  expect((await here.tidemark('format', '--actions', 'definitions/gold/*')).code).toBe(0);
  expect([here.read('definitions/gold/a.sqlx'), here.read('definitions/b.sqlx')]).toEqual([TIDY, LOOSE]);
  const { code, stderr } = await here.tidemark('format', '--actions', 'definitions/c.sqlx');
  expect([code, plain(stderr)]).toEqual([
    2,
    `FAIL format    failed
error SELECTION_EMPTY
  no file matches "definitions/c.sqlx". Did you mean "definitions/b.sqlx"?
  Patterns are paths from the project folder to .sqlx and .js files below definitions/ and includes/. (docs/errors.md#selection_empty)
`,
  ]);
});

test('says what is impossible, all of it at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-nothing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const here = project({ 'notes.md': 'x' });
  const { code, stderr } = await here.tidemark('format', 'notes.md', 'gone.sqlx');
  expect([code, plain(stderr)]).toEqual([
    2,
    `FAIL format    failed
error USAGE
  notes.md cannot be formatted; .sqlx and .js files can.
  Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
error USAGE
  gone.sqlx does not exist.
  Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
`,
  ]);
  expect(await here.tidemark('format', '--project-dir', folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('PROJECT_NOT_FOUND'),
  });
});
