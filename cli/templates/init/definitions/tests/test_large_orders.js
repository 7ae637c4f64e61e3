// The stock compiler refuses tests of incremental tables, so they are there for the engines that Tidemark runs on.
const vars = dataform.projectConfig.vars;

if (['duckdb', 'postgres'].includes(vars.engine) && vars.cli !== 'dataform') {
  test('the first build takes every large order')
    .dataset('large_orders')
    .input(
      'orders',
      `SELECT 1 AS order_id, DATE '2026-01-01' AS order_date, 30 AS amount_usd
      UNION ALL
      SELECT 2, DATE '2026-01-02', 29`,
    )
    .expect(`SELECT 1 AS order_id, DATE '2026-01-01' AS order_date, 30 AS amount_usd`);

  // It says what the table holds, so it tests a run on a table that is there already.
  test('a run corrects the newest day, adds later ones and leaves the rest alone')
    .dataset('large_orders')
    .input(
      'large_orders',
      `SELECT 1 AS order_id, DATE '2026-01-01' AS order_date, 30 AS amount_usd
      UNION ALL
      SELECT 2, DATE '2026-01-02', 40`,
    )
    .input(
      'orders',
      `SELECT 1 AS order_id, DATE '2026-01-01' AS order_date, 99 AS amount_usd
      UNION ALL
      SELECT 2, DATE '2026-01-02', 45
      UNION ALL
      SELECT 3, DATE '2026-01-03', 50`,
    )
    .expect(
      `SELECT 1 AS order_id, DATE '2026-01-01' AS order_date, 30 AS amount_usd
      UNION ALL
      SELECT 2, DATE '2026-01-02', 45
      UNION ALL
      SELECT 3, DATE '2026-01-03', 50`,
    );
}
