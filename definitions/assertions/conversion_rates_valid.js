// A rate above 1 counts somebody who was never asked.
const RATES = [
  [
    'mart_funnel',
    ['cohort_month', 'channel'],
    ['signup_rate', 'subscription_rate', 'activation_rate', 'paid_rate', 'retention_rate'],
    ['events', 'billing', 'users.created_ts'],
  ],
  ['mart_retention_cohorts', ['cohort_month', 'period'], ['retention_rate'], ['events', 'billing', 'users.created_ts']],
  [
    'mart_experiment_performance',
    ['experiment', 'metric', 'variant'],
    ['conversion_rate'],
    ['exposures', 'events', 'billing'],
  ],
];

for (const [mart, grain, rates, needs] of RATES) {
  const name = `conversion_rates_${mart}`;
  assert(name, {
    schema: 'assertions',
    description: `The rates of ${mart} lie in [0, 1].`,
    tags: ['marts'],
    disabled: model.disabled(...needs),
    metadata: model.metadata({ grain: [], owner: 'growth', needs, severity: contract.severity(name) }),
  }).query(
    (ctx) => `
select ${sql.text('a conversion rate is outside of [0, 1]')} as message, ${[...grain, ...rates].join(', ')}
from ${ctx.ref(mart)}
where ${rates.map((rate) => `${rate} not between 0 and 1`).join(' or ')}`,
  );
}
