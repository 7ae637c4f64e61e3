// Every key of the people side stands in its dimension. Events and billing warn only: they may come before the snapshot of their user.
const KEYS = [
  { child: 'fct_user_events', key: 'user_id', parent: 'dim_user', needs: ['events', 'users'], severity: 'warn' },
  {
    child: 'fct_sessions',
    key: 'user_id',
    parent: 'dim_user',
    needs: ['events.session_id', 'users'],
    severity: 'warn',
  },
  {
    child: 'fct_subscriptions_daily',
    key: 'user_id',
    parent: 'dim_user',
    needs: ['events', 'billing', 'users'],
    severity: 'warn',
  },
  { child: 'fct_subscriptions_daily', key: 'plan_id', parent: 'dim_plan', needs: ['events', 'billing'] },
  { child: 'fct_support_tickets', key: 'user_id', parent: 'dim_user', needs: ['support_tickets', 'users'] },
  { child: 'fct_exposures', key: 'user_id', parent: 'dim_user', needs: ['exposures', 'users'] },
  {
    child: 'fct_touches',
    key: 'person_id',
    parent: 'dim_user',
    parentKey: 'user_id',
    needs: ['touches', 'users'],
    where: "person_id not like 'anon-%'",
  },
  { child: 'dim_user', key: 'account_id', parent: 'dim_account', needs: ['users', 'accounts'] },
  { child: 'dim_user', key: 'country', parent: 'dim_country', needs: ['users', 'countries'] },
  { child: 'dim_account', key: 'country', parent: 'dim_country', needs: ['accounts', 'countries'] },
];

for (const { child, key, parent, parentKey = key, needs, severity = 'error', where = 'true' } of KEYS) {
  assert(`fk_${child}_${key}`, {
    schema: 'assertions',
    description: `Every ${key} of ${child} is in ${parent}.`,
    tags: ['foreign_keys'],
    disabled: model.disabled(...needs),
    metadata: model.metadata({ grain: [], owner: 'analytics', needs, severity }),
  }).query(
    (ctx) => `
with keys as (
  select ${key}, count(*) as n
  from ${ctx.ref(child)}
  where ${key} is not null and ${where}
  group by ${key}
)
select ${sql.text(`the ${key} is in ${child} and not in ${parent}`)} as message, keys.${key}, keys.n as rows_of_child
from keys
left join (select distinct ${parentKey} as parent_key from ${ctx.ref(parent)}) as parents on parents.parent_key = keys.${key}
where parents.parent_key is null`,
  );
}
