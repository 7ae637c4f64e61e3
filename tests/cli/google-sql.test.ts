import { expect, test } from 'vitest';
import { emptyProject, makeProject } from '../support/project.ts';

test('what BigQuery refuses is an error with its place, what it reads in another way a warning', async () => {
  const project = emptyProject();
  project.write('dataform.json', '{ "warehouse": "bigquery", "defaultDatabase": "p", "defaultSchema": "s" }');
  project.write(
    'definitions/days.sqlx',
    `config { type: "table" }

js {
  const day = "cast(ts as timestamptz)";
}

select
  user_id,
  count(*) filter (where x ilike 'a%') as n,
  \${day} as day,
  greatest(a, b) as most
from events
group by user_id
`,
  );
  project.write('definitions/odd.sqlx', 'config { type: "view", name: "OddName" }\nselect 1 as one\n');
  const { code, stdout, stderr } = await project.tidemark('compile', '--warehouse', 'bigquery');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.replace(/ \([\d.]+ m?s\)/, '')).toBe(`warning NOT_GOOGLESQL definitions/days.sqlx:11:3
  s.days: greatest() is null on BigQuery as soon as one value is; DuckDB and Postgres leave nulls out.
     8 |   user_id,
     9 |   count(*) filter (where x ilike 'a%') as n,
    10 |   \${day} as day,
  > 11 |   greatest(a, b) as most
       |   ^
    12 | from events
    13 | group by user_id
  Write coalesce() around what may be null, or case. (docs/errors.md#not_googlesql)
warning NOT_GOOGLESQL definitions/odd.sqlx
  s.OddName: the name OddName is not in lower snake case, which all engines write alike.
  Use lower snake case. (docs/errors.md#not_googlesql)
FAIL compile   failed
error NOT_GOOGLESQL definitions/days.sqlx:9:12
  s.days: a filter clause, which BigQuery does not have.
     6 |
     7 | select
     8 |   user_id,
  >  9 |   count(*) filter (where x ilike 'a%') as n,
       |            ^
    10 |   \${day} as day,
    11 |   greatest(a, b) as most
    12 | from events
  Write countif(x), or sum(case when x then y end). (docs/errors.md#not_googlesql)
error NOT_GOOGLESQL definitions/days.sqlx:9:28
  s.days: ilike, which BigQuery does not have.
     6 |
     7 | select
     8 |   user_id,
  >  9 |   count(*) filter (where x ilike 'a%') as n,
       |                            ^
    10 |   \${day} as day,
    11 |   greatest(a, b) as most
    12 | from events
  Write lower(x) like lower(y). (docs/errors.md#not_googlesql)
error NOT_GOOGLESQL definitions/days.sqlx:10:3
  s.days: the type timestamptz, which BigQuery does not have.
     7 | select
     8 |   user_id,
     9 |   count(*) filter (where x ilike 'a%') as n,
  > 10 |   \${day} as day,
       |   ^
    11 |   greatest(a, b) as most
    12 | from events
    13 | group by user_id
  in the compiled SQL:
     5 | select
     6 |   user_id,
     7 |   count(*) filter (where x ilike 'a%') as n,
  >  8 |   cast(ts as timestamptz) as day,
       |              ^
     9 |   greatest(a, b) as most
    10 | from events
    11 | group by user_id
  Write timestamp. (docs/errors.md#not_googlesql)
`);
});

test('the churn project compiles for BigQuery, and the flags of other engines make no sense there', async () => {
  const project = makeProject();
  const compiled = await project.tidemark('compile', '--warehouse', 'bigquery', '--json');
  expect(compiled.code, compiled.stderr).toBe(0);
  const { actions, projectConfig } = JSON.parse(compiled.stdout);
  expect(projectConfig.vars.engine).toBe('bigquery');
  expect(actions.find(({ target }: { target: { name: string } }) => target.name === 'dim_date').query).toContain(
    'from `tidemark.silver.silver_events`',
  );
  const wrong = await project.tidemark(
    'compile',
    '--warehouse',
    'bigquery',
    '--memory-limit',
    '1GB',
    '--schema-prefix',
    'x_',
  );
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    `error USAGE
  --memory-limit makes sense on DuckDB only; this is BigQuery
  Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
error USAGE
  --schema-prefix makes sense on Postgres only; this is BigQuery
  Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
`,
  ]);
});
