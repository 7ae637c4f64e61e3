// The foreign keys of the side of people. Events and billing only warn: they may come before the snapshot of their user.
const REFERENCES = [
  { from: 'fct_user_events', key: 'user_id', to: 'dim_user', needs: ['events', 'users'], severity: 'warn' },
  { from: 'fct_sessions', key: 'user_id', to: 'dim_user', needs: ['events.session_id', 'users'], severity: 'warn' },
  {
    from: 'fct_subscriptions_daily',
    key: 'user_id',
    to: 'dim_user',
    needs: ['events', 'billing', 'users'],
    severity: 'warn',
  },
  { from: 'fct_subscriptions_daily', key: 'plan_id', to: 'dim_plan', needs: ['events', 'billing'] },
  { from: 'fct_support_tickets', key: 'user_id', to: 'dim_user', needs: ['support_tickets', 'users'] },
  { from: 'fct_exposures', key: 'user_id', to: 'dim_user', needs: ['exposures', 'users'] },
  {
    from: 'fct_touches',
    key: 'person_id',
    to: 'dim_user',
    column: 'user_id',
    needs: ['touches', 'users'],
    where: "person_id not like 'anon-%'",
  },
  { from: 'dim_user', key: 'account_id', to: 'dim_account', needs: ['users', 'accounts'] },
  { from: 'dim_user', key: 'country', to: 'dim_country', needs: ['users', 'countries'] },
  { from: 'dim_account', key: 'country', to: 'dim_country', needs: ['accounts', 'countries'] },
];

for (const { from, key, to, column = key, needs, severity, where = 'true' } of REFERENCES) {
  if (contract.lacking(needs) !== undefined) continue;
  const name = `references_${from}_${key}`;
  assert(name, {
    schema: 'assertions',
    description: `Each ${key} of ${from} is in ${to}.`,
    tags: ['references'],
    metadata: model.metadata({ grain: [], severity: contract.severity(name, severity) }),
  }).query(
    (ctx) => `
with keys as (
  select ${key}, count(*) as n
  from ${ctx.ref(from)}
  where ${key} is not null and ${where}
  group by ${key}
)
select ${sql.text(`${to} has no such ${column}`)} as message, keys.${key}, keys.n as rows_with_it
from keys
where not exists (select 1 from ${ctx.ref(to)} as known where known.${column} = keys.${key})`,
  );
}
