import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { compileProject } from '../../runner/compile.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Row, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { execute, failures, planOf } from './in-process.ts';
import { MONEY_WORLD } from './money-world.ts';
import { writeSilver } from './silver-tables.ts';

const SOURCES = 'accounts+payments+support_tickets+products+orders+order_payments+transactions';
const MODELS = [
  'dim_date',
  'dim_plan',
  'dim_fx_rate',
  'fct_product_usage_daily',
  'fct_events_daily',
  'fct_subscriptions_daily',
  'fct_payments',
  'fct_order_payments',
  'fct_order_status',
  'fct_orders',
  'fct_transactions',
  'mart_revenue_daily',
  'mart_daily_kpis',
  'mart_mrr_movements_monthly',
  'mart_customer_health',
  'mart_transaction_anomalies',
  'mart_transaction_daily',
];
/** Those that hold in this world; one of its three paid orders has no charge, on purpose. */
const ASSERTIONS = [
  'kpis_agree_with_facts',
  'mrr_rolls_forward',
  'no_negative_prices_or_quantities',
  'references_order_payments_order_id',
  'references_orders_product_id',
  'references_payments_currency',
  'references_transactions_account_id',
];

let database: Database;
beforeAll(async () => {
  database = await makeDatabase();
});
afterAll(() => database?.remove());

describe.each(['duckdb', 'postgres'] as const)('on %s', (engine) => {
  let warehouse: Warehouse;
  let connection: Connection;
  let graph: CompiledGraph;

  beforeAll(async () => {
    warehouse = await openWarehouse(
      engine === 'postgres' ? { engine, connectionString: database.url } : { engine, file: ':memory:' },
    );
    connection = await warehouse.connect();
    graph = await compileProject({ projectDir: packageRoot(), engine, vars: { sources: SOURCES } });
    await writeSilver(connection, structuredClone(MONEY_WORLD));
    const record = await execute(await planOf(graph, warehouse, { actions: [...MODELS, ...ASSERTIONS] }), warehouse);
    expect(failures(record)).toEqual([]);
  });
  afterAll(async () => {
    await connection?.close();
    await warehouse?.close();
  });

  const rows = (sql: string) => connection.rows(sql);

  test('a payment has the rate of its day, and a day without one the last before it', async () => {
    expect(
      await rows('select payment_id, usd_per_unit, net_usd, tax_usd from analytics.fct_payments order by payment_id'),
    ).toEqual([
      { payment_id: 'p1', usd_per_unit: 1.1, net_usd: 106.7, tax_usd: 22 },
      { payment_id: 'p2', usd_per_unit: 1.2, net_usd: -12, tax_usd: -2.4 },
      { payment_id: 'p3', usd_per_unit: 1, net_usd: 0, tax_usd: 0 },
      { payment_id: 'p4', usd_per_unit: 1, net_usd: 10_000, tax_usd: 0 },
    ]);
  });

  test('revenue counts on the day on which it is paid, refunds on theirs', async () => {
    expect(
      await rows(`select date_day, subscription_revenue_usd as paid, subscription_refunds_usd as back, fees_usd, order_revenue_usd,
          order_refunds_usd, net_revenue_usd, net_revenue_28d_usd, failed_payments
        from marts.mart_revenue_daily where date_day in ('2026-01-31', '2026-02-01', '2026-02-02', '2026-02-20', '2026-03-15') order by date_day`),
    ).toEqual(
      [
        ['2026-01-31', 110, 0, 3.3, 0, 0, 106.7, 106.7, 0],
        ['2026-02-01', 10_000, 12, 0, 0, 0, 9988, 10_094.7, 1],
        ['2026-02-02', 0, 0, 0, 24, 0, 24, 10_118.7, 0],
        ['2026-02-20', 0, 0, 0, 0, 24, -24, 10_166.7, 0],
        ['2026-03-15', 0, 0, 0, 0, 0, 0, -24, 0],
      ].map(([date_day, paid, back, fees_usd, charged, refunded, net, month, failed]) => ({
        date_day,
        paid,
        back,
        fees_usd,
        order_revenue_usd: charged,
        order_refunds_usd: refunded,
        net_revenue_usd: net,
        net_revenue_28d_usd: month,
        failed_payments: failed,
      })),
    );
  });

  test('MRR rolls forward from month to month, by the reason of each movement', async () => {
    const months = await rows('select * from marts.mart_mrr_movements_monthly order by month_start');
    const flat = ({ mrr_churn_rate, ...row }: Row) => Object.values(row);
    const header = ['month_start', 'opening', 'new', 'reactivation', 'expansion', 'contraction', 'churn', 'closing'];
    expect(Object.keys(months[0]!).slice(0, 8)).toEqual(header.map((name, i) => (i === 0 ? name : `${name}_mrr_usd`)));
    expect(months.map(flat)).toEqual([
      ['2026-01-01', 0, 217, 0, 0, 0, 49, 168, 0, 4, 0, 1, 3, true],
      // The upgrade of a, the downgrade of d, who cancels and returns on the day after, and the return of b.
      ['2026-02-01', 168, 49, 68, 30, 30, 19, 266, 3, 1, 2, 1, 5, true],
      // Whoever cancels on the last day of a month is lost on the first of the next.
      ['2026-03-01', 266, 0, 0, 0, 0, 149, 117, 5, 1, 0, 2, 4, false],
    ]);
  });

  test('health is the formula, kept within 0 and 100', async () => {
    const health = await rows(
      'select user_id, health_score, health_band, sessions_30d, open_tickets, is_cancelled from marts.mart_customer_health order by user_id',
    );
    expect(health.map((row) => Object.values(row))).toEqual([
      // 55 + 40 + (106.7 - 12) / 20 - 7
      ['a', 92.735, 'healthy', 25, 1, false],
      // Sessions of the 15th and 16th, the ticket is resolved.
      ['b', 59, 'watch', 2, 0, false],
      ['c', 16, 'at_risk', 0, 2, true],
      ['d', 100, 'healthy', 20, 0, false],
      ['e', 0, 'at_risk', 0, 9, true],
      ['f', 55, 'watch', 0, 0, false],
    ]);
  });

  test('an order has the state that it had: the last one is not that of earlier days', async () => {
    const on = async (day: string) =>
      Object.fromEntries(
        (
          await rows(
            `select order_id, status from analytics.fct_order_status where valid_from <= date '${day}' and date '${day}' < valid_to`,
          )
        ).map(({ order_id, status }) => [order_id, status]),
      );
    expect(await on('2026-01-31')).toEqual({});
    expect(await on('2026-02-01')).toEqual({ returned: 'placed' });
    expect(await on('2026-02-03')).toEqual({
      returned: 'paid',
      cancelled: 'cancelled',
      unpaid: 'paid',
      a_cent: 'paid',
    });
    expect((await on('2026-02-19')).returned).toBe('delivered');
    expect((await on('2026-03-15')).returned).toBe('returned');
    const open = await rows(
      `select date_day, orders, open_orders from marts.mart_daily_kpis where date_day between '2026-02-01' and '2026-02-07' order by date_day`,
    );
    expect(open.map(({ orders, open_orders }) => [orders, open_orders])).toEqual([
      [1, 1],
      [0, 1],
      [3, 3],
      [0, 3],
      [1, 4],
      [0, 3],
      [0, 2],
    ]);
  });

  test('an order is reconciled when its charges and refunds are what they should be, within the tolerance', async () => {
    expect(
      await rows(`select order_id, total_usd, charge_difference_usd as charge, refund_difference_usd as refund, failed_charges as failed, is_reconciled
        from analytics.fct_orders order by order_id`),
    ).toEqual([
      { order_id: 'a_cent', total_usd: 23.99, charge: 0.01, refund: 0, failed: 0, is_reconciled: true },
      { order_id: 'cancelled', total_usd: 24, charge: 0, refund: 0, failed: 0, is_reconciled: true },
      { order_id: 'no_paid_state', total_usd: 24, charge: 0, refund: 0, failed: 0, is_reconciled: true },
      { order_id: 'other_currency', total_usd: 24, charge: -24, refund: 0, failed: 0, is_reconciled: false },
      { order_id: 'returned', total_usd: 24, charge: 0, refund: 0, failed: 1, is_reconciled: true },
      { order_id: 'unpaid', total_usd: 24, charge: -24, refund: 0, failed: 0, is_reconciled: false },
    ]);
  });

  test('anomalies: an amount against what came before it, a window of time, a large amount', async () => {
    const found = await rows('select account_id, transaction_id, rules from marts.mart_transaction_anomalies');
    const of = (rule: string) =>
      found.filter(({ rules }) => String(rules).split(',').includes(rule)).map(({ transaction_id }) => transaction_id);
    expect(of('amount_outlier')).toEqual(['C10']);
    expect(of('large_amount').sort()).toEqual(['J01', 'K00']);
    const bursts = found.filter(({ rules }) => rules === 'burst').map(({ account_id }) => account_id);
    expect([bursts.filter((id) => id === 'F').length, bursts.filter((id) => id === 'I').length, bursts.length]).toEqual(
      [11, 20, 31],
    );
    const [day] = await rows(
      `select transactions, accounts, anomalies, amount_outliers, burst_transactions, large_amounts from marts.mart_transaction_daily where date_day = '2026-02-10'`,
    );
    expect(day).toEqual({
      transactions: MONEY_WORLD.transactions!.length,
      accounts: 11,
      anomalies: 34,
      amount_outliers: 1,
      burst_transactions: 31,
      large_amounts: 2,
    });
  });

  describe('an assertion fails on what it is there for', () => {
    /** Breaks a table, runs the assertion, and mends the table; gives what the assertion found. */
    async function broken(assertion: string, statement: string, table: string): Promise<Row[]> {
      await connection.execute(`create table kept as select * from ${table}`);
      await connection.execute(statement);
      const { actions } = await execute(await planOf(graph, warehouse, { actions: [assertion] }), warehouse);
      const found = await rows(`select * from assertions.${assertion}`);
      await connection.execute(`delete from ${table}`);
      await connection.execute(`insert into ${table} select * from kept`);
      await connection.execute('drop table kept');
      expect(actions.map(({ status }) => status)).toEqual(['FAILED']);
      return found;
    }

    test.each([
      [
        'mrr_rolls_forward',
        'marts.mart_mrr_movements_monthly',
        "update marts.mart_mrr_movements_monthly set expansion_mrr_usd = 31 where month_start = '2026-02-01'",
        [{ message: 'the movements of MRR do not lead from the opening to the closing', month_start: '2026-02-01' }],
      ],
      [
        'mrr_rolls_forward',
        'marts.mart_mrr_movements_monthly',
        "update marts.mart_mrr_movements_monthly set opening_mrr_usd = 169, new_mrr_usd = 48 where month_start = '2026-02-01'",
        [{ message: 'the opening is not the closing of the month before', month_start: '2026-02-01' }],
      ],
      [
        'mrr_rolls_forward',
        'marts.mart_mrr_movements_monthly',
        "update marts.mart_mrr_movements_monthly set new_subscribers = 2 where month_start = '2026-02-01'",
        [
          {
            message: 'the subscriptions that began and ended do not lead from the opening to the closing',
            month_start: '2026-02-01',
          },
        ],
      ],
      [
        'kpis_agree_with_facts',
        'marts.mart_daily_kpis',
        "update marts.mart_daily_kpis set mrr_usd = mrr_usd + 0.01 where date_day = '2026-02-01'",
        [{ message: 'mart_daily_kpis.mrr_usd is not what its rows add up to', date_day: '2026-02-01' }],
      ],
      [
        'kpis_agree_with_facts',
        'silver.silver_payments',
        `insert into silver.silver_payments (payment_id, status, payment_ts) values ('p9', 'failed', '2027-01-01T00:00:00Z')`,
        [{ message: 'mart_revenue_daily.failed_payments is not what its rows add up to', date_day: '2027-01-01' }],
      ],
      [
        'orders_reconcile',
        'analytics.fct_orders',
        "update analytics.fct_orders set is_reconciled = true where order_id = 'other_currency'",
        [{ message: 'the charge of the order is missing', order_id: 'unpaid', unreconciled_rate: 0.2 }],
      ],
      [
        'no_negative_prices_or_quantities',
        'silver.silver_orders',
        "update silver.silver_orders set quantity = 0 where order_id = 'cancelled' and status = 'placed'",
        [{ message: 'orders.quantity is below one', source: 'orders', id: 'cancelled', found: 0 }],
      ],
      [
        'no_negative_prices_or_quantities',
        'silver.silver_products',
        'update silver.silver_products set price_usd = -1',
        [{ message: 'products.price_usd is below zero', source: 'products', id: 'sku', found: -1 }],
      ],
      [
        'references_order_payments_order_id',
        'silver.silver_order_payments',
        "update silver.silver_order_payments set order_id = 'none' where status = 'refund'",
        [{ message: 'orders has no such order_id', charge_id: 'returned-refund', order_id: 'none' }],
      ],
      [
        'references_payments_currency',
        'silver.silver_payments',
        "update silver.silver_payments set currency = 'XTS' where payment_id = 'p3'",
        [{ message: 'fx_rates has no such currency', payment_id: 'p3', currency: 'XTS' }],
      ],
    ] as const)('%s, of %s', async (assertion, table, statement, expected) => {
      const found = await broken(assertion, statement, table);
      expect(found).toMatchObject(expected);
      expect(found.length).toBe(expected.length);
    });
  });
});
