// The columns of the second day are others than those of the first.
const second = dataform.projectConfig.vars.day === '2';
const columns = {
  same: ['1 as id', "'a' as name"],
  more: second ? ['2 as id', "'b' as name", '2.5 as price'] : ['1 as id', "'a' as name"],
  fewer: second ? ['2 as id'] : ['1 as id', "'a' as name"],
  other: second ? ['2 as id', 'true as is_new'] : ['1 as id', "'a' as name"],
};
const table = (name, query, config) => publish(name, { type: 'incremental', ...config }).query(query);

table('extended', `select ${columns.more}`, { onSchemaChange: 'EXTEND' });
table('extended_by_less', `select ${columns.fewer}`, { onSchemaChange: 'EXTEND' });
table('synchronized', `select ${columns.other}`, { onSchemaChange: 'SYNCHRONIZE', uniqueKey: ['id'] });
table('synchronized_key', `select ${second ? "'b' as name" : columns.same}`, {
  onSchemaChange: 'SYNCHRONIZE',
  uniqueKey: ['id'],
});
table('failing', `select ${columns.more}`, { onSchemaChange: 'FAIL' });
table('failing_not', `select ${columns.same}`, { onSchemaChange: 'FAIL' });

const days = second
  ? "select date '2026-01-02' as day, 20 as n union all select date '2026-01-03', 30"
  : "select date '2026-01-01' as day, 1 as n union all select date '2026-01-02', 2";
table('overwritten', days, { incrementalStrategy: 'INSERT_OVERWRITE', bigquery: { partitionBy: 'day' } });

publish('remembers', { type: 'table' })
  .preOps(['declare largest, smallest int64 default 0', `set largest = (select max(n) from (${days}))`])
  .query('select largest as largest, smallest as smallest')
  .postOps((ctx) => [
    `if (select count(*) from ${ctx.self()}) > 1 then
  insert into ${ctx.self()} (largest, smallest) values (-1, -1);
elseif largest >= 2 then
  insert into ${ctx.self()} (largest, smallest) values (largest * 10, 1);
else
  insert into ${ctx.self()} (largest, smallest) values (-2, -2);
end if`,
    `begin
  insert into ${ctx.self()} (largest, smallest) select no_such_column, 1 from ${ctx.self()};
exception when error then
  insert into ${ctx.self()} (largest, smallest) values (7, 7);
end`,
  ]);
publish('became', { type: second ? 'view' : 'table' }).query('select 1 as n');
