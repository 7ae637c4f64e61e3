import { join } from 'node:path';
import { Dialect, parse } from '@polyglot-sql/sdk';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { compileProject } from '../../runner/compile.ts';
import { googleSqlProblems, statementsOf } from '../../runner/google-sql.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { lintGoogleSql } from '../../warehouse/bigquery/lint.ts';

const root = packageRoot();
/** Of the synthetic data set with all of its optional sources: those that the marketplace and the bank have, too. */
const SOURCES = [
  ...['events', 'users', 'billing', 'accounts', 'payments', 'support_tickets', 'touches', 'exposures'],
  ...['products', 'orders', 'order_payments', 'transactions', 'candidates'],
].join('+');

describe.each([
  ['synthetic', SOURCES],
  ['oulad', ''],
])('the project with the data set %s', (dataset, sources) => {
  let graph: CompiledGraph;
  let statements: { name: string; sql: string }[];
  beforeAll(async () => {
    graph = await compileProject({ projectDir: root, engine: 'bigquery', vars: { dataset, sources } });
    statements = graph.actions.flatMap((action) =>
      statementsOf(action).map((sql) => ({ name: `${action.target.schema}.${action.target.name}`, sql })),
    );
  });

  test('holds nothing that BigQuery refuses or reads in another way', () => {
    expect(googleSqlProblems(graph, root)).toEqual({ refused: [], differs: [] });
  });

  test('is GoogleSQL to a second parser, each statement of it', () => {
    expect(statements.length).toBeGreaterThan(80);
    const wrong = statements
      .map(({ name, sql }) => ({ name, sql, parsed: parse(sql, Dialect.BigQuery) }))
      .filter(({ parsed }) => !parsed.success)
      .map(({ name, sql, parsed }) => `${name}: ${parsed.error}\n${sql}`);
    expect(wrong).toEqual([]);
  });

  test('is no GoogleSQL to that parser once it is broken', () => {
    const breaks: readonly ((sql: string) => string)[] = [
      (sql) => sql.slice(0, sql.lastIndexOf(')')) + sql.slice(sql.lastIndexOf(')') + 1),
      (sql) => sql.replace(/\bselect\b/i, 'selec'),
      (sql) => sql.replace(/\bfrom\b/i, 'from from'),
      (sql) => sql.replace(/\bas\b/i, 'as as as'),
      (sql) => `${sql.trimEnd()} from`,
    ];
    for (const { name, sql } of statements) {
      for (const [i, broken] of breaks.map((change) => change(sql)).entries()) {
        if (broken === sql) continue;
        expect(parse(broken, Dialect.BigQuery).success, `break ${i} of ${name}: ${broken}`).toBe(false);
      }
    }
  });

  test('would be refused if it were spelt for DuckDB or Postgres', async () => {
    for (const engine of ['duckdb', 'postgres'] as const) {
      const other = await compileProject({ projectDir: root, engine, vars: { dataset, sources } });
      const models = other.actions.filter(({ kind }) => ['table', 'incremental', 'assertion'].includes(kind));
      const clean = models.filter(
        (action) => !action.disabled && statementsOf(action).every((sql) => lintGoogleSql(sql).length === 0),
      );
      expect(
        clean.map(({ target }) => target.name),
        engine,
      ).toEqual([]);
    }
  });
});

test('the sources of the test are all that the data set has', async () => {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(join(root, 'configs', 'datasets', 'synthetic', 'dataset.yaml'), 'utf8');
  const optional = /^optional_sources:\n((?: {2}- .*\n)+)/m.exec(text)![1]!.match(/[a-z_]+/g)!;
  expect(optional.filter((source) => !SOURCES.split('+').includes(source))).toEqual([]);
});
