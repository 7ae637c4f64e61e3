// Publishes the foreign keys of the side of money: each refers to what is in silver, wherever the data set has both sources.
const REFERENCES = [
  { from: 'payments', key: 'payment_id', column: 'user_id', to: 'users' },
  { from: 'payments', key: 'payment_id', column: 'currency', to: 'fx_rates' },
  { from: 'orders', key: 'order_id', column: 'user_id', to: 'users' },
  { from: 'orders', key: 'order_id', column: 'account_id', to: 'accounts' },
  { from: 'orders', key: 'order_id', column: 'product_id', to: 'products' },
  { from: 'orders', key: 'order_id', column: 'currency', to: 'fx_rates' },
  { from: 'order_payments', key: 'charge_id', column: 'order_id', to: 'orders' },
  { from: 'order_payments', key: 'charge_id', column: 'currency', to: 'fx_rates' },
  { from: 'transactions', key: 'transaction_id', column: 'account_id', to: 'accounts' },
  { from: 'transactions', key: 'transaction_id', column: 'currency', to: 'fx_rates' },
];

for (const { from, key, column, to } of REFERENCES) {
  if (!contract.maps(from, column) || !contract.maps(to, column)) continue;
  const name = `references_${from}_${column}`;
  assert(name, {
    schema: 'assertions',
    description: `Each ${column} of ${from} is one of ${to}.`,
    tags: ['silver', 'references'],
    metadata: model.metadata({ grain: [], owner: contract.contracts[from].owner, severity: contract.severity(name) }),
  }).query(
    (ctx) => `
select ${sql.text(`${to} has no such ${column}`)} as message, rows_of.${key}, rows_of.${column}, rows_of.row_hash
from ${ctx.ref('silver', `silver_${from}`)} as rows_of
where not exists (
  select 1 from ${ctx.ref('silver', `silver_${to}`)} as known where known.${column} = rows_of.${column}
)`,
  );
}
