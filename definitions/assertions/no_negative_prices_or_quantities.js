// Publishes the assertion that nothing in silver has a price, an amount or a quantity below zero, nor an order without a unit, whatever the
// contracts of the sources say.
const AMOUNTS = {
  payments: ['amount', 'fee', 'tax'],
  products: ['price_usd'],
  orders: ['unit_price', 'quantity'],
  order_payments: ['amount', 'refund_amount'],
  transactions: ['amount'],
  touches: ['cost_usd'],
};
const KEYS = {
  payments: 'payment_id',
  products: 'product_id',
  orders: 'order_id',
  order_payments: 'charge_id',
  transactions: 'transaction_id',
  touches: 'touch_id',
};
const columns = Object.entries(AMOUNTS).flatMap(([source, names]) =>
  names.filter((name) => contract.maps(source, name)).map((name) => ({ source, name })),
);

if (columns.length > 0) {
  const name = 'no_negative_prices_or_quantities';
  assert(name, {
    schema: 'assertions',
    description: 'No price, amount or quantity in silver is below zero, and no order has no unit.',
    tags: ['silver'],
    metadata: model.metadata({ grain: [], owner: 'finance', severity: contract.severity(name) }),
  }).query((ctx) =>
    columns
      .map(({ source, name }) => {
        const isQuantity = name === 'quantity';
        return `
select
  ${sql.text(`${source}.${name} is ${isQuantity ? 'below one' : 'below zero'}`)} as message, ${sql.text(source)} as source,
  ${KEYS[source]} as id, ${sql.cast(name, 'number')} as found, row_hash
from ${ctx.ref('silver', `silver_${source}`)}
where ${name} < ${isQuantity ? 1 : 0}`;
      })
      .join('\nunion all'),
  );
}
