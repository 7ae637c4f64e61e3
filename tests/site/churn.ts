import type { Action, AssertionAction, CompiledGraph } from '../../runner/graph.ts';
import type { ActionResult, RunRecord } from '../../runner/record.ts';
import { targetName } from '../../warehouse/target.ts';
import { assertion, column, graphOf, model, recordOf, result, source } from './graph.ts';

const SOURCES = ['events', 'billing', 'users', 'accounts', 'payments', 'support_tickets', 'touches', 'exposures'];
const ABSENT = new Set(['silver.silver_touches', 'silver.rejects_touches', 'marts.mart_attribution']);

const MODELS: Readonly<Record<string, readonly string[]>> = {
  'analytics.dim_date': ['silver.silver_events'],
  'analytics.dim_plan': [],
  'analytics.dim_user': ['silver.silver_users'],
  'analytics.dim_account': ['silver.silver_accounts'],
  'analytics.fct_user_events': ['silver.silver_events', 'analytics.dim_user'],
  'analytics.fct_events_daily': ['analytics.fct_user_events', 'analytics.dim_date'],
  'analytics.fct_product_usage_daily': ['analytics.fct_user_events'],
  'analytics.fct_subscriptions_daily': ['silver.silver_billing', 'analytics.dim_date', 'analytics.dim_plan'],
  'analytics.fct_payments': ['silver.silver_payments'],
  'analytics.fct_support_tickets': ['silver.silver_support_tickets'],
  'gold.gold_churn_labels_daily': ['analytics.fct_subscriptions_daily'],
  'gold.gold_user_features_daily': [
    'analytics.dim_account',
    'analytics.dim_user',
    'analytics.fct_payments',
    'analytics.fct_product_usage_daily',
    'analytics.fct_subscriptions_daily',
    'analytics.fct_support_tickets',
    'silver.silver_events',
  ],
  'gold.gold_churn_by_plan_daily': ['analytics.fct_subscriptions_daily', 'gold.gold_churn_labels_daily'],
  'marts.mart_daily_kpis': ['analytics.fct_events_daily', 'analytics.fct_subscriptions_daily'],
  'marts.mart_mrr_movements_monthly': ['analytics.fct_subscriptions_daily'],
  'marts.mart_customer_health': ['analytics.fct_payments', 'gold.gold_user_features_daily'],
  'marts.mart_experiment_performance': ['analytics.fct_subscriptions_daily', 'silver.silver_exposures'],
  'marts.mart_attribution': ['analytics.fct_payments', 'silver.silver_touches'],
  'marts.mart_operations': ['ops.load_files', 'silver.rejects_events', 'silver.silver_events'],
};

const SQL = `
-- Active users only, and nothing that arrived after the day.
with events as (
  select * from "silver"."silver_events"
),

daily as (
  select
    user_id,
    date_day,
    count(*) as events_7d,
    cast(sum(case when event_type = 'payment_failed' then 1 else 0 end) as bigint) as failed_payments_7d, /* of all invoices */
    0.5 * count(distinct session_id) as half_sessions,
  from events
  where event_ts >= timestamp '2026-01-01 00:00:00' and channel <> 'it''s "web"'
  group by user_id, date_day
),

final as (
  select * from daily
)

select * from final
`;

/** A graph like that of the churn project, with a run in which most went well and every other state occurs. */
export function churnWorld(): { graph: CompiledGraph; record: RunRecord } {
  const actions: Action[] = [source('ops.load_files', { description: 'One row per raw file that was loaded.' })];
  for (const name of SOURCES) {
    actions.push(
      source(`bronze.${name}`, {
        description: `One row per raw line of ${name}, as it came.`,
        columns: [
          column('raw', 'The line as it stands.'),
          column('row_hash', 'Hash of the record, never of the path.', 'key'),
        ],
      }),
      incremental(name),
      model(`silver.rejects_${name}`, [`bronze.${name}`], {
        description: `One row per rejected row of ${name}, with every reason.`,
        ...absent(`silver.rejects_${name}`),
      }),
    );
  }
  for (const [name, dependencies] of Object.entries(MODELS)) actions.push(described(name, dependencies));
  actions.push(...assertions(actions));
  return { graph: graphOf(actions), record: runOf(actions) };
}

const absent = (name: string) =>
  ABSENT.has(name) ? { disabled: true, properties: { disabledReason: 'The data set has no source `touches`.' } } : {};

function incremental(name: string): Action {
  return model(`silver.silver_${name}`, [`bronze.${name}`], {
    kind: 'incremental',
    description: `One row per record of ${name}: typed, checked against the contract, the latest received version of each key.`,
    query: SQL,
    tags: ['silver', 'daily'],
    preOperations: [`delete from "ops"."late" where source = '${name}'`],
    incremental: {
      query: SQL.replace('from daily\n', 'from daily\n  where received_ts > (select max(received_ts) from self)\n'),
      preOperations: [],
      postOperations: [],
      uniqueKey: [`${name}_id`],
      predicates: [],
      strategy: 'MERGE',
      onSchemaChange: 'EXTEND',
      protected: false,
    },
    bigquery: { partitionBy: 'date(received_ts)', clusterBy: ['user_id'] },
    columns: [
      column(`${name}_id`, 'Identifier that the source gives.', 'key'),
      column('user_id', 'Who did it.'),
      column('received_ts', 'When it arrived, in UTC.', 'time'),
      column('is_late', 'Arrived more than an hour after it happened.'),
    ],
    properties: { grain: `${name}_id`, owner: 'growth-analytics' },
    ...absent(`silver.silver_${name}`),
  });
}

function described(name: string, dependencies: readonly string[]): Action {
  const features = name === 'gold.gold_user_features_daily';
  return model(name, dependencies, {
    kind: name.startsWith('marts') ? 'view' : 'table',
    description: features
      ? 'One row per active user and day.\n\nA feature of day D uses what had *arrived* by the end of day D (`received_ts`), not what had happened.'
      : `One row per ${name.includes('daily') ? 'day' : 'subject'}. Made from ${dependencies.length} other models.`,
    query: SQL,
    properties: { grain: 'user_id, date_day', owner: 'growth-analytics', ...absent(name).properties },
    disabled: ABSENT.has(name),
    columns: [
      column('user_id', 'Who.', 'key'),
      column('date_day', 'Day in UTC.', 'time'),
      column('events_7d', 'Events received in the last seven days.', ...(features ? ['feature', 'count'] : [])),
      column('plan_id', 'Plan on the day.', ...(features ? ['feature', 'categorical'] : [])),
      column(
        'churn_within_14d',
        '1 if the user cancels in (D, D+14]; null while the window is open.',
        ...(name.includes('labels') ? ['label'] : []),
      ),
    ],
  });
}

function assertions(models: readonly Action[]): AssertionAction[] {
  const grain = models
    .filter((action) => action.kind !== 'declaration')
    .map(({ target, disabled, fileName }) =>
      assertion(`assertions.${target.schema}_${target.name}_assertions_uniqueKey_0`, [targetName(target)], {
        parent: targetName(target),
        description: 'No two rows share their key.',
        disabled,
        fileName,
      }),
    );
  return [
    ...grain,
    assertion('assertions.valid_late_rate_7d', ['analytics.fct_events_daily'], {
      description: 'The share of late events is in [0, 1] and below the threshold of the data set.',
      severity: 'warn',
    }),
    assertion('assertions.mrr_rolls_forward', ['marts.mart_mrr_movements_monthly'], {
      description: 'Opening + new + reactivation + expansion - contraction - churn = closing.',
    }),
    assertion('assertions.orders_reconcile', ['analytics.fct_payments', 'silver.silver_payments'], {
      description: 'Payments add up to invoices within a cent.',
    }),
  ];
}

function runOf(actions: readonly Action[]): RunRecord {
  let clock = 0;
  const results = actions.map((action, i): ActionResult => {
    const name = targetName(action.target);
    if (action.disabled)
      return result(action, 'DISABLED', {
        reason: String(action.properties.disabledReason ?? 'The table is disabled.'),
      });
    if (name === 'marts.mart_customer_health') return failed(action);
    if (name.endsWith('customer_health_assertions_uniqueKey_0')) {
      return result(action, 'SKIPPED', { reason: 'marts.mart_customer_health failed' });
    }
    if (name === 'assertions.valid_late_rate_7d') return result(action, 'WARNED', { rows: 3, reason: '3 rows found' });
    if (name === 'assertions.mrr_rolls_forward') {
      const task = { type: 'assertion', sql: 'select 1', status: 'FAILED', rows: 2, milliseconds: 4 } as const;
      return result(action, 'FAILED', { rows: 2, reason: '2 rows found, expected none', tasks: [task], ...samples() });
    }
    if (name === 'assertions.orders_reconcile') return result(action, 'CANCELLED');
    const milliseconds = 20 + ((i * 7919) % 900);
    const startedAt = clock;
    clock += milliseconds / 4;
    const rows = action.kind === 'assertion' ? 0 : 137 * ((i * i * 31) % 5000) + 4;
    return result(action, 'SUCCESSFUL', { startedAt, milliseconds, rows });
  });
  return recordOf(results.filter(({ kind, name }) => kind !== 'declaration' && name !== 'marts.mart_operations'));
}

const samples = () => ({
  samples: [
    { month: '2026-02-01', plan_id: 'pro', opening: 1200, closing: 1249, message: 'differs by 49' },
    { month: '2026-02-01', plan_id: null, opening: 0, closing: 19, message: 'differs by 19' },
  ],
});

function failed(action: Action): ActionResult {
  const errorMessage =
    'Binder Error: Referenced column "net_revenue" not found in FROM clause!\nCandidate bindings: "revenue"';
  const task = { type: 'statement', sql: SQL, status: 'FAILED', errorMessage, milliseconds: 12 } as const;
  return result(action, 'FAILED', { reason: errorMessage, tasks: [task], startedAt: 3000, milliseconds: 12 });
}
