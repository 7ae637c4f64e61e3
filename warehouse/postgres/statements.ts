import { sha256 } from '../../core/files.ts';
import { postgresSpelling } from '../spelling.ts';
import type { Replacement, Statements } from '../statements.ts';
import type { Target } from '../target.ts';

/** The statements of Postgres, with `schemaPrefix` before every schema. */
export function postgresStatements(schemaPrefix = ''): Statements {
  const spelling = postgresSpelling(schemaPrefix);
  const { identifier, literal, relation } = spelling;
  const list = (columns: readonly string[], prefix = '') =>
    columns.map((column) => prefix + identifier(column)).join(', ');
  const temporary = (name: string) => `pg_temp.${identifier(name)}`;
  const schemaOf = (schema: string) => identifier(schemaPrefix + schema);
  const newName = (target: Target) => `tidemark_new_${sha256(relation(target)).slice(0, 12)}`;
  const newRelation = (target: Target) => `${schemaOf(target.schema)}.${identifier(newName(target))}`;
  const replace = (target: Target, { remade = [] }: Replacement) => {
    const names = remade.map((view) => literal(relation(view)));
    const parts = [schemaOf(target.schema), newName(target), spelling.catalog(target).name].map(literal);
    return `select pg_temp.tidemark_replace(${parts.join(', ')}, array[${names.join(', ')}]::text[])`;
  };
  const insert: Statements['insert'] = (target, columns, query) => [
    `insert into ${relation(target)} (${list(columns)})\nselect ${list(columns)} from (\n${query}\n) as insertions`,
  ];

  return {
    ...spelling,
    // "create schema if not exists" asks for the right to create schemas also when there is nothing to create.
    createSchema: (schema) =>
      `do $do$ begin if to_regnamespace(${literal(schemaOf(schema))}) is null then create schema if not exists ${schemaOf(schema)}; end if; end $do$`,
    createTableAs: (target, query, replacement = {}) => [
      `create table ${newRelation(target)} as\n${query}`,
      ...(replacement.indexes ?? []).map((columns) => `create index on ${newRelation(target)} (${list(columns)})`),
      // Nobody else would before the next model reads it.
      `analyze ${newRelation(target)}`,
      replace(target, replacement),
    ],
    createView: (target, query, replacement = {}) => [
      `create view ${newRelation(target)} as\n${query}`,
      replace(target, replacement),
    ],
    drop: (target, type) => `drop ${type} if exists ${relation(target)}`,
    temporary,
    createTemporary: (name, query) => [
      `drop table if exists ${temporary(name)}`,
      `create temporary table ${identifier(name)} as\n${query}`,
      `analyze ${temporary(name)}`,
    ],
    dropTemporary: (name) => `drop table if exists ${temporary(name)}`,
    insert,
    merge({ target, query, columns, uniqueKey, filter }) {
      const match = uniqueKey.map((key) => `DATAFORM_DEST.${identifier(key)} = DATAFORM_SOURCE.${identifier(key)}`);
      const values = columns.map((column) => `${identifier(column)} = DATAFORM_SOURCE.${identifier(column)}`);
      return [
        [
          `merge into ${relation(target)} as DATAFORM_DEST`,
          `using (\n${query}\n) as DATAFORM_SOURCE`,
          `on ${[...match, ...(filter ? [`(${filter})`] : [])].join(' and ')}`,
          `when matched then update set ${values.join(', ')}`,
          `when not matched then insert (${list(columns)}) values (${list(columns, 'DATAFORM_SOURCE.')})`,
        ].join('\n'),
      ];
    },
    overwrite: ({ target, query, columns, partitionBy }) => [
      [
        `delete from ${relation(target)}`,
        `where (${partitionBy}) in (select ${partitionBy} from (\n${query}\n) as S)`,
        // `in` is never true for null, and rows without a partition value are a partition too.
        `or ((${partitionBy}) is null and exists (select 1 from (\n${query}\n) as S where (${partitionBy}) is null))`,
      ].join('\n'),
      ...insert(target, columns, query),
    ],
    generatedColumn: (name, type, expression) =>
      `${identifier(name)} ${type} generated always as (${expression}) stored`,
    addColumn: (target, { name, type }) => `alter table ${relation(target)} add column ${identifier(name)} ${type}`,
    dropColumn: (target, column) => `alter table ${relation(target)} drop column ${identifier(column)}`,
    comment: (target, type, text) => `comment on ${type} ${relation(target)} is ${literal(text)}`,
    commentColumn: (target, column, text) =>
      `comment on column ${relation(target)}.${identifier(column)} is ${literal(text)}`,
    explain: (query) => `explain ${query}`,
  };
}
