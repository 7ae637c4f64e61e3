import { sha256 } from '../../core/files.ts';
import { ansiStatements } from '../ansi-statements.ts';
import { postgresSpelling } from '../spelling.ts';
import type { Replacement, Statements } from '../statements.ts';
import type { Target } from '../target.ts';

/** The statements of Postgres, with `schemaPrefix` before every schema. */
export function postgresStatements(schemaPrefix = ''): Statements {
  const spelling = postgresSpelling(schemaPrefix);
  const { identifier, literal, relation } = spelling;
  const list = (columns: readonly string[]) => columns.map(identifier).join(', ');
  const temporary = (name: string) => `pg_temp.${identifier(name)}`;
  const schemaOf = (schema: string) => identifier(schemaPrefix + schema);
  const newName = (target: Target) => `tidemark_new_${sha256(relation(target)).slice(0, 12)}`;
  const newRelation = (target: Target) => `${schemaOf(target.schema)}.${identifier(newName(target))}`;
  /** What both a table and a materialized view get before anybody reads them. */
  const finish = (target: Target, { indexes = [] }: Replacement) => [
    ...indexes.map((columns) => `create index on ${newRelation(target)} (${list(columns)})`),
    // Nobody else would before the next model reads it.
    `analyze ${newRelation(target)}`,
  ];
  const replace = (target: Target, { remade = [] }: Replacement) => {
    const names = remade.map((view) => literal(relation(view)));
    const parts = [schemaOf(target.schema), newName(target), spelling.catalog(target).name].map(literal);
    return `select pg_temp.tidemark_replace(${parts.join(', ')}, array[${names.join(', ')}]::text[])`;
  };
  return {
    ...ansiStatements(spelling),
    // "create schema if not exists" asks for the right to create schemas also when there is nothing to create.
    createSchema: (schema) =>
      `do $do$ begin if to_regnamespace(${literal(schemaOf(schema))}) is null then create schema if not exists ${schemaOf(schema)}; end if; end $do$`,
    createTableAs: (target, query, replacement = {}) => [
      `create table ${newRelation(target)} as\n${query}`,
      ...finish(target, replacement),
      replace(target, replacement),
    ],
    createView: (target, query, replacement = {}) => [
      `create ${replacement.materialized ? 'materialized view' : 'view'} ${newRelation(target)} as\n${query}`,
      ...(replacement.materialized ? finish(target, replacement) : []),
      replace(target, replacement),
    ],
    temporary,
    createTemporary: (name, query) => [
      `drop table if exists ${temporary(name)}`,
      `create temporary table ${identifier(name)} as\n${query}`,
      `analyze ${temporary(name)}`,
    ],
    dropTemporary: (name) => `drop table if exists ${temporary(name)}`,
    alikeText: 'text',
    distinctText: 'text',
    hash64: (text) => `hashtextextended(${text}, 0)`,
    isJsonObject: (text) => `(${text}) is json object`,
    isJson: (text) => `(${text}) is json`,
  };
}
