// The versions of each dimension with a history follow one another day by day, and the last one holds.
for (const [dimension, key, source, owner] of [
  ['dim_user', 'user_id', 'users', 'product-analytics'],
  ['dim_account', 'account_id', 'accounts', 'sales'],
]) {
  const name = `scd2_windows_${dimension}`;
  assert(name, {
    schema: 'assertions',
    description: `The versions of ${dimension} neither overlap nor leave a hole, and the last one ends on 9999-12-31.`,
    tags: ['dimensions'],
    disabled: model.disabled(source),
    metadata: model.metadata({ grain: [], owner, needs: [source], severity: contract.severity(name) }),
  }).query((ctx) => scd2.faults(ctx.ref(dimension), key));
}
