// No fact lies on a day that the calendar does not have: a join with it would lose the row without a word.
const DAYS = [
  ['fct_user_events', 'event_date', 'events'],
  ['fct_product_usage_daily', 'date_day', 'events'],
  ['fct_subscriptions_daily', 'date_day', 'billing'],
  ['fct_sessions', 'session_date', 'events.session_id'],
  ['fct_support_tickets', 'opened_date', 'support_tickets'],
  ['fct_support_tickets', 'resolved_date', 'support_tickets'],
  ['fct_touches', 'touch_date', 'touches', 'users'],
  ['fct_exposures', 'exposed_date', 'exposures'],
  ['fct_payments', 'payment_date', 'payments', 'fx_rates'],
  ['fct_order_payments', 'payment_date', 'order_payments', 'fx_rates'],
  ['fct_orders', 'order_date', 'orders', 'order_payments', 'fx_rates'],
  ['fct_transactions', 'transaction_date', 'transactions', 'fx_rates'],
].filter(([, , ...needs]) => contract.lacking(needs) === undefined);

assert('dim_date_covers_facts', {
  schema: 'assertions',
  description: 'Every day of a fact is in dim_date.',
  tags: ['facts'],
  disabled: model.disabled('events', 'billing'),
  metadata: model.metadata({
    grain: [],
    needs: ['events', 'billing'],
    severity: contract.severity('dim_date_covers_facts'),
  }),
}).query(
  (ctx) => `
with days as (
  ${DAYS.map(
    ([fact, day]) => `select '${fact}' as fact, '${day}' as column_name, ${day} as day, count(*) as n
  from ${ctx.ref(fact)}
  where ${day} is not null
  group by ${day}`,
  ).join('\n  union all\n  ')}
)
select 'the day is not in dim_date' as message, days.fact, days.column_name, days.n as rows_of_fact, days.day
from days
left join ${ctx.ref('dim_date')} as dates on dates.date_day = days.day
where dates.date_day is null`,
);
