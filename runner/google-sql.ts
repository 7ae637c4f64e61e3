import { join } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { excerpt } from '../core/excerpt.ts';
import { type Finding, lintGoogleSql } from '../warehouse/bigquery/lint.ts';
import { targetName } from '../warehouse/target.ts';
import { alignPlace } from './align-lines.ts';
import { read } from './error-place.ts';
import type { Action, CompiledGraph } from './graph.ts';

/** What is wrong with a graph that was compiled for BigQuery. */
export interface GoogleSqlProblems {
  /** BigQuery would refuse it. */
  readonly refused: readonly Problem[];
  /** BigQuery would take it, and DuckDB and Postgres mean something else by it or do not have it. */
  readonly differs: readonly Problem[];
}

/**
 * Every statement of a graph that was compiled for BigQuery, looked at for what GoogleSQL does not have, by file, line and column of the
 * project. Nothing is sent anywhere.
 */
export function googleSqlProblems(graph: CompiledGraph, projectDir: string): GoogleSqlProblems {
  const found = new Map<string, Finding & { problem: Problem }>();
  const sources = new Map<string, string>();
  const sourceOf = (file: string) => {
    if (!sources.has(file)) sources.set(file, read(join(projectDir, file)));
    return sources.get(file)!;
  };
  const said = new Set<string>();
  // A test holds the query of its model, so what was said of that is not said again.
  const actions = [...graph.actions].sort((a, b) => Number(a.kind === 'test') - Number(b.kind === 'test'));
  for (const action of actions) {
    for (const sql of statementsOf(action)) {
      for (const finding of lintGoogleSql(sql)) {
        const line = `${finding.message} ${sql.slice(0, finding.index).split('\n').at(-1)}`;
        if (action.kind === 'test' && said.has(line)) continue;
        said.add(line);
        const problem = problemOf(action, sql, finding, sourceOf(action.fileName));
        // The first and the incremental query of a table have most of their lines in common.
        const key = JSON.stringify([problem.file, problem.line, problem.column, problem.message, problem.excerpt]);
        if (!found.has(key)) found.set(key, { ...finding, problem });
      }
    }
  }
  const of = (kind: Finding['kind']) =>
    [...found.values()].filter((finding) => finding.kind === kind).map(({ problem }) => problem);
  return { refused: of('refused'), differs: [...of('differs'), ...graph.actions.flatMap(oddName)] };
}

/** All SQL of an action that would be sent, or run as a test. */
export function statementsOf(action: Action): string[] {
  switch (action.kind) {
    case 'table':
    case 'view':
    case 'incremental': {
      const { query, preOperations, postOperations, incremental } = action;
      const again = incremental && [
        incremental.query,
        ...incremental.preOperations,
        ...incremental.postOperations,
        ...(incremental.updatePartitionFilter === undefined ? [] : [incremental.updatePartitionFilter]),
        ...incremental.predicates,
      ];
      return [query, ...preOperations, ...postOperations, ...(again ?? [])].filter((sql) => sql.trim() !== '');
    }
    case 'operations':
      return [...action.queries];
    case 'assertion':
      return [action.query];
    case 'test':
      return [action.query, action.expectedQuery];
    default:
      return [];
  }
}

function problemOf(action: Action, sql: string, { message, hint, index }: Finding, source: string): Problem {
  const before = sql.slice(0, index).split('\n');
  const [line, column] = [before.length - 1, before.at(-1)!.length];
  const place = alignPlace(source, sql, line, column);
  const said = { code: 'NOT_GOOGLESQL', message: `${targetName(action.target)}: ${message}.`, hint } as const;
  const file = action.fileName ? { file: action.fileName } : {};
  const compiled = `in the compiled SQL:\n${excerpt(sql, line, column)}`;
  if (!place) return { ...said, ...file, excerpt: compiled };
  const original = excerpt(source, place.line, place.column);
  return {
    ...said,
    ...file,
    line: place.line + 1,
    column: place.column + 1,
    excerpt: place.generated ? `${original}\n${compiled}` : original,
  };
}

/** Postgres writes bare names in lower case, BigQuery as they stand; names of assertions that Dataform makes are not the user's. */
function oddName(action: Action): Problem[] {
  if (action.kind === 'test' || (action.kind === 'assertion' && action.parent !== undefined)) return [];
  const { schema, name } = action.target;
  const odd = [schema, name].find((part) => !/^[a-z_][a-z0-9_]*$/.test(part));
  if (odd === undefined) return [];
  return [
    {
      code: 'NOT_GOOGLESQL',
      message: `${targetName(action.target)}: the name ${odd} is not in lower snake case, which all engines write alike.`,
      ...(action.fileName ? { file: action.fileName } : {}),
      hint: 'Use lower snake case.',
    },
  ];
}
