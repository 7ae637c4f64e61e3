import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { formatText } from '../../runner/format-text.ts';
import { syntaxProblem } from '../../runner/syntax.ts';
import { run } from '../support/project.ts';
import { temporaryFolder } from './helpers.ts';

/** Files that are hard to format or to read; each parses. */
const AWKWARD: Record<string, string> = {
  'empty.sqlx': '',
  'blank.sqlx': '\n  \n\n',
  'no-config.sqlx': 'select 1 as a',
  'blocks.sqlx': `config { type: "incremental", uniqueKey: ["a"] , columns: {a: "it's"} }
js { const label = (n)=>{ return \`t_\${n}\` } }
select a,b, \${label( 1 )} from \${ref("raw","x")} \${when(incremental(), \`where a > (select max(a) from \${self()})\`)}
pre_operations { create temp table z as select 1;
---
select 2 }
post_operations { grant select on \${self()} to "group" }
incremental_where { a>1 }`,
  'strings.sqlx': `config { type: "table" }
select """three
  lines""" as x, r"\\d+" as y, \`p.d.t\`.z, "a\\"b" as q, 'it''s' as w from t where x ~ '^[^'']+$' and y like '%\${name}%'`,
  'comments.sqlx': `config { type: "view" } -- after
-- before
select a, -- of a
  b /* in
  two lines */ from x where a=1 -- {
  # not a comment here
`,
  'statements.sqlx':
    'config { type: "operations", hasOutput: true }\ncreate table x(a int64)\n---\ninsert into x values(1),(2)',
  'test.sqlx': `config {type:"test",dataset:"t"}
input "raw", "events" { select 1 as a union all select 2 }
input "t" {select 3 as a}
select 1 as a`,
  'unicode.sqlx': 'config { type: "view", description: "Größe – 数" }\nselect \'größe\' as größe, "🌊" as tide from x',
  'mark.sqlx': '\ufeffconfig { type: "view" }\nselect 1 as a\n',
  'brackets.sqlx':
    'select array_agg(struct(a,b) order by a limit 10)[offset(0)].a, case when a then b else c end from unnest([1,2]) as a',
  'made.js':
    'publish("a",{type:"view"}).query(ctx=>`select  1 from ${ctx.ref("b")}`)\n\n\n\nconst a={b:1,c:[1,2]}; function f(x){return x?1:2}',
};

let folder: string;
const stock = new Map<string, { before: string; after: string }>();

beforeAll(async () => {
  folder = temporaryFolder();
  for (const name of ['definitions', 'includes'])
    cpSync(join(packageRoot(), name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'dataform.json'), '{}');
  mkdirSync(join(folder, 'definitions', 'awkward'));
  for (const [name, text] of Object.entries(AWKWARD)) writeFileSync(join(folder, 'definitions', 'awkward', name), text);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(sqlx|js)$/.test(name));
  const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const cli = createRequire(import.meta.url).resolve('@dataform/cli/bundle.js');
  const { stdout } = await run(process.execPath, [cli, 'format', folder], folder);
  expect(stdout).toContain('Successfully formatted');
  for (const [file, before] of texts) stock.set(file, { before, after: readFileSync(join(folder, file), 'utf8') });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const format = (file: string, text: string) => formatText(text, extname(file) === '.js' ? 'js' : 'sqlx');

describe('beside the stock CLI', () => {
  test('every file of this project and every awkward one comes out the same to the byte, or is left alone', () => {
    for (const [file, { before, after }] of stock) {
      const formatted = format(file, before);
      if ('text' in formatted) expect(formatted.text, file).toBe(after);
      // The stock command leaves it alone as well, or breaks it.
      else expect(after === before || syntaxProblem(after, 'js') !== undefined, file).toBe(true);
    }
    expect([...stock].filter(([, { before, after }]) => before !== after).length).toBeGreaterThan(30);
  });

  test('formatted files stay as they are', () => {
    for (const [file, { before, after }] of stock) {
      if (before !== after && 'text' in format(file, before))
        expect(format(file, after), file).toEqual({ text: after });
    }
  });

  test('with Windows line ends a file comes out as with others, but for the line ends', () => {
    for (const [file, { before, after }] of stock) {
      if (before === after || before === '' || 'problem' in format(file, before)) continue;
      expect(format(file, before.replaceAll('\n', '\r\n')), file).toEqual({
        text: before.includes('\n') ? after.replaceAll('\n', '\r\n') : after,
      });
    }
  });
});

test.each([
  [
    'an open config block',
    'sqlx',
    'config { type: "table"\nselect 1 as a',
    { message: "Unexpected identifier 'select'", line: 2 },
  ],
  [
    'a config block without a value',
    'sqlx',
    '\nconfig { type: }\nselect 1',
    { message: "Unexpected token '}'", line: 2 },
  ],
  [
    'an open placeholder',
    'sqlx',
    'config {}\nselect ${ref("a" from x',
    { message: 'missing ) after argument list', line: 2 },
  ],
  ['JavaScript', 'js', 'const a = 1;\nconst b = ;', { message: "Unexpected token ';'", line: 2, column: 11 }],
  ['JavaScript on its first line', 'js', 'const b = ;', { message: "Unexpected token ';'", line: 1, column: 11 }],
] as const)('%s that does not parse is not formatted', (_, extension, text, problem) => {
  expect(formatText(text, extension)).toEqual({ problem });
});

test('what the formatter would change again is not formatted, and the line is named', () => {
  const text = "const a = 1;\nconst [x, y] =\n  a === 'b'\n    ? ['c']\n    : ['d'];\n";
  expect(formatText(text, 'js')).toEqual({
    problem: {
      message: `The formatter finds no final form: its own text would change again, first at "a === 'b' ?".`,
      line: 3,
    },
  });
});

test('what the formatter would break is not formatted: it loses its way in templates within templates', () => {
  const message = (text: string) => {
    const formatted = formatText(text, 'js');
    return 'problem' in formatted ? formatted.problem.message : '';
  };
  expect(message('const a = `${b.map(({ c }) => `${c ? `-${c}` : 0} as ${c}`)}`;\n')).toBe(
    'The formatter would break the code: missing ) after argument list.',
  );
  expect(message('const a = `${b.map(({ c }) => `x ${c}`)}`;\n')).toBe('The formatter would break the code.');
});
