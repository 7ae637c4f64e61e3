import type { Spelling } from './spelling.ts';
import type { Statements } from './statements.ts';

/** What engines say alike once names and strings are spelt for them; an engine adds the rest and may replace any. */
type AnsiStatements = Spelling &
  Pick<
    Statements,
    'drop' | 'insert' | 'merge' | 'overwrite' | 'addColumn' | 'dropColumn' | 'comment' | 'commentColumn' | 'explain'
  >;

export function ansiStatements(spelling: Spelling): AnsiStatements {
  const { identifier, literal, relation } = spelling;
  const list = (columns: readonly string[], prefix = '') =>
    columns.map((column) => prefix + identifier(column)).join(', ');
  const insert: Statements['insert'] = (target, columns, query) => [
    `insert into ${relation(target)} (${list(columns)})\nselect ${list(columns)} from (\n${query}\n) as insertions`,
  ];
  return {
    ...spelling,
    drop: (target, type) => `drop ${type} if exists ${relation(target)}`,
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
    overwrite: ({ target, query, columns, partitionBy, filter }) => [
      [
        `delete from ${relation(target)} as DATAFORM_DEST`,
        `where ((${partitionBy}) in (select ${partitionBy} from (\n${query}\n) as S)`,
        // `in` is never true for null, and rows without a partition value are a partition too.
        `or ((${partitionBy}) is null and exists (select 1 from (\n${query}\n) as S where (${partitionBy}) is null)))`,
        ...(filter ? [`and (${filter})`] : []),
      ].join('\n'),
      ...insert(target, columns, query),
    ],
    addColumn: (target, { name, type }) => `alter table ${relation(target)} add column ${identifier(name)} ${type}`,
    dropColumn: (target, column) => `alter table ${relation(target)} drop column ${identifier(column)}`,
    comment: (target, type, text) => `comment on ${type} ${relation(target)} is ${literal(text)}`,
    commentColumn: (target, column, text) =>
      `comment on column ${relation(target)}.${identifier(column)} is ${literal(text)}`,
    explain: (query) => `explain ${query}`,
  };
}
