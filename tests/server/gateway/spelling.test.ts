import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../core/files.ts';
import { respell } from '../../../server/gateway/respell.ts';
import { readScript } from '../../../server/gateway/script.ts';
import { readStatement } from '../../../server/gateway/statement.ts';
import { type Dialect, textOf, tokenize } from '../../../server/gateway/tokens.ts';
import { fieldOf, googleType } from '../../../server/gateway/types.ts';
import { compiledSpelling } from '../../../warehouse/spelling.ts';

interface Case {
  readonly says: string;
  readonly dialect: Dialect;
  readonly given: string;
  readonly variables?: Record<string, string>;
  readonly both?: string;
  readonly duckdb?: string;
  readonly postgres?: string;
}

const cases = parse(
  readFileSync(join(packageRoot(), 'tests', 'server', 'gateway', 'spelling.yaml'), 'utf8'),
) as readonly Case[];

describe.each(['duckdb', 'postgres'] as const)('spelt for %s:', (engine) => {
  test.each(cases)('$says', ({ given, dialect, variables = {}, ...expected }) => {
    const spelling = compiledSpelling(engine, engine === 'postgres' ? 'pre_' : undefined)!;
    const how = { engine, dialect, spelling, parameters: new Map(), variables: new Map(Object.entries(variables)) };
    expect(respell(tokenize(given, dialect), how)).toBe(expected.both ?? expected[engine]);
  });
});

test('whatever the text, its tokens are the text', () => {
  const pieces = fc.constantFrom(
    "'",
    '"',
    '`',
    '\\',
    '--',
    '/*',
    '*/',
    '$$',
    '\n',
    ' ',
    'a',
    'r',
    '.',
    ';',
    '(',
    ')',
    "'''",
    'é',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      // A comment within a comment is told apart by a blank.
      const joined = (text: string) => text.replaceAll('/ *', '/*');
      const text = parts.join('');
      expect(joined(textOf(tokenize(text, 'engine')))).toBe(joined(text));
    }),
  );
});

test('a script is read as its steps, whatever stands in brackets, strings and cases', () => {
  const script = `declare a, b int64 default (select max(x) from t);
    set a = case when b > 1 then 2 else 3 end;
    begin transaction; insert into t select ';'; commit transaction;
    if case when a = 1 then true else false end then select 1; elseif b = 2 then select 2; else begin select 3; end; end if;
    begin call \`p.d.df_osc_x1\`(); exception when error then raise; end;
    execute immediate concat('select ', '1')`;
  const steps = readScript(tokenize(script, 'googlesql'));
  expect(steps.map(({ kind }) => kind)).toEqual(['declare', 'set', 'sql', 'sql', 'sql', 'if', 'block', 'immediate']);
  expect(() => readScript(tokenize('select 1; while true do select 1; end while', 'googlesql'))).toThrow(
    'The gateway runs no WHILE of a script; IF, BEGIN, DECLARE, SET and EXECUTE IMMEDIATE it does.',
  );
  expect(steps[0]).toMatchObject({ names: ['a', 'b'], type: 'int64' });
  const branch = steps[5]!;
  if (branch.kind !== 'if') throw new Error('no branch');
  expect(branch.branches.map(({ condition }) => textOf(condition))).toEqual([
    'case when a = 1 then true else false end',
    'b = 2',
  ]);
  expect(branch.otherwise.map(({ kind }) => kind)).toEqual(['block']);
});

test.each([
  [
    'create or replace table `p.s.t` partition by date(x) cluster by a, b OPTIONS(k="v")as select 1 as n',
    'replace',
    'select 1 as n',
  ],
  ['create or replace materialized view p.s.t as select 1', 'replace', 'select 1'],
  ['create or replace view `p.s.t` (n) as select 1', 'other', undefined],
  ['create or replace temp table `t` as (select 1)', 'temporary', '(select 1)'],
  ['create table if not exists s.t (n int64) partition by n', 'other', undefined],
  ['with a as (select 1) select * from a', 'query', undefined],
  ['with a as (select 1) insert into t select * from a', 'other', undefined],
  ['(select 1) union all (select 2)', 'query', undefined],
  ['drop view if exists `p.s.t`', 'drop', undefined],
  ['drop view `p.s.t`', 'other', undefined],
])('%s is: %s', (sql, kind, query) => {
  const statement = readStatement(tokenize(sql, 'googlesql'));
  expect(statement.kind).toBe(kind);
  if ('query' in statement) expect(textOf(statement.query)).toBe(query);
});

test('how BigQuery keeps a table is left out where a table is only made', () => {
  const sql = 'create table s.t (n integer) partition by n options(x=1)';
  const statement = readStatement(tokenize(sql, 'engine'));
  expect(statement.kind === 'other' && textOf(statement.tokens).trimEnd()).toBe('create table s.t (n integer)');
});

test.each([
  ['HUGEINT', 'INT64'],
  ['DECIMAL(18,3)', 'NUMERIC'],
  ['timestamp with time zone', 'TIMESTAMP'],
  ['TIMESTAMP', 'DATETIME'],
  ['VARCHAR[]', 'ARRAY<STRING>'],
  ['integer[]', 'ARRAY<INT64>'],
  [
    'STRUCT("a b" INTEGER, c STRUCT(d DATE, "e,f" VARCHAR[]))',
    'STRUCT<a b INT64, c STRUCT<d DATE, e,f ARRAY<STRING>>>',
  ],
  ['character varying(10)', 'STRING'],
  ['jsonb', 'JSON'],
])('the type %s is %s', (type, expected) => {
  expect(googleType(fieldOf('x', type))).toBe(expected);
});
