import { ansiSpelling } from '../spelling.ts';
import type { Statements } from '../statements.ts';

const { identifier, literal, relation } = ansiSpelling;
const list = (columns: readonly string[], prefix = '') =>
  columns.map((column) => prefix + identifier(column)).join(', ');
const temporary = (name: string) => `temp.${identifier(name)}`;

export const duckdbStatements: Statements = {
  ...ansiSpelling,
  createSchema: (schema) => `create schema if not exists ${identifier(schema)}`,
  createTableAs: (target, query) => [`create or replace table ${relation(target)} as\n${query}`],
  createView: (target, query) => [`create or replace view ${relation(target)} as\n${query}`],
  drop: (target, type) => `drop ${type} if exists ${relation(target)}`,
  temporary,
  createTemporary: (name, query) => [`create or replace temp table ${identifier(name)} as\n${query}`],
  dropTemporary: (name) => `drop table if exists ${temporary(name)}`,
  insert: (target, columns, query) => [
    `insert into ${relation(target)} (${list(columns)})\nselect ${list(columns)} from (\n${query}\n) as insertions`,
  ],
  merge({ target, query, columns, uniqueKey, filter }) {
    const match = uniqueKey.map((key) => `DATAFORM_DEST.${identifier(key)} = DATAFORM_SOURCE.${identifier(key)}`);
    const values = columns.map((column) => `${identifier(column)} = DATAFORM_SOURCE.${identifier(column)}`);
    return [
      [
        `merge into ${relation(target)} as DATAFORM_DEST`,
        `using (\n${query}\n) as DATAFORM_SOURCE`,
        `on ${[...match, ...(filter ? [`(${filter})`] : [])].join(' and ')}`,
        `when matched then update set ${values.join(', ')}`,
        `when not matched by target then insert (${list(columns)}) values (${list(columns, 'DATAFORM_SOURCE.')})`,
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
    ...duckdbStatements.insert(target, columns, query),
  ],
  generatedColumn: (name, type, expression) => `${identifier(name)} ${type} generated always as (${expression})`,
  addColumn: (target, { name, type }) => `alter table ${relation(target)} add column ${identifier(name)} ${type}`,
  dropColumn: (target, column) => `alter table ${relation(target)} drop column ${identifier(column)}`,
  comment: (target, type, text) => `comment on ${type} ${relation(target)} is ${literal(text)}`,
  commentColumn: (target, column, text) =>
    `comment on column ${relation(target)}.${identifier(column)} is ${literal(text)}`,
  explain: (query) => `explain ${query}`,
};
