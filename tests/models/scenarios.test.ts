import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textTable } from '../../core/text-table.ts';
import type { ActionResult, RunRecord } from '../../runner/record.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { type Target, targetName } from '../../warehouse/target.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { IS_WHOLE, WHOLE_TIMEOUT } from '../support/whole.ts';
import { tableDifferences } from './compare.ts';

/** The scenarios made small, with as many faults as in the whole world, which `npm run check:engines` takes. */
const SMALL: Record<string, readonly string[]> = {
  baseline: ['--days', '24', '--users', '60', '--drift-day', '12', '--set', 'experiments.guided_setup.days=[8,20]'],
  marketplace: [
    ...['--days', '40', '--users', '70', '--drift-day', '20', '--set', 'experiments.guided_setup.days=[10,35]'],
    ...['churn.intercept=-5', 'marketplace.payments.unreconciled_rate=0.015', 'marketplace.orders.per_account_day=0.4']
      .concat('transactions.per_account_day=3')
      .concat(['outlier', 'burst', 'large'].map((kind) => `transactions.anomalies.${kind}_rate=0.006`))
      .flatMap((setting) => ['--set', setting]),
  ],
  janus: ['--days', '24', '--users', '60', '--drift-day', '12'],
};
const SCHEMAS = ['analytics', 'gold', 'marts'];

describe.each(Object.keys(SMALL))('%s', (scenario) => {
  const name = scenario === 'baseline' ? 'synthetic' : `synthetic-${scenario}`;
  let project: Project;
  let database: Database;
  let records: RunRecord[];
  let duckdb: Warehouse;
  let postgres: Warehouse;

  beforeAll(async () => {
    database = await makeDatabase();
    project = makeProject({ keep: true });
    const made = await project.tidemark('generate', '--scenario', scenario, ...(IS_WHOLE ? [] : SMALL[scenario]!));
    if (made.code !== 0) throw new Error(made.stderr);
    // Of four events one that is late is a quarter.
    if (!IS_WHOLE) {
      project.edit('configs/datasets/synthetic/dataset.yaml', 'late_rate_threshold: 0.1', 'late_rate_threshold: 1');
    }
    const on = async (place: Project): Promise<void> => {
      for (const step of ['load', 'run']) {
        const { code, stderr } = await place.tidemark(step, '--scenario', scenario);
        if (code !== 0) throw new Error(stderr);
      }
    };
    // At the same time: one works here, the other on the server.
    await Promise.all([on(project), on(project.withEnv({ DATABASE_URL: database.url }))]);
    const runs = project.path('reports', 'runs', name);
    records = readdirSync(runs, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => JSON.parse(readFileSync(`${runs}/${entry.name}/record.json`, 'utf8')) as RunRecord);
    duckdb = await openWarehouse({ engine: 'duckdb', file: project.path('data', `${name}.duckdb`), readOnly: true });
    postgres = await openWarehouse({
      engine: 'postgres',
      connectionString: database.url,
      schemaPrefix: scenario === 'baseline' ? '' : `synthetic_${scenario}_`,
      readOnly: true,
    });
  }, WHOLE_TIMEOUT);
  afterAll(async () => {
    await duckdb?.close();
    await postgres?.close();
    await database?.remove();
    removeProject(project);
  });

  const rows = (sql: string) => project.query(sql, name);

  test('all models are made and all assertions hold, on both engines', () => {
    expect(records.map(({ engine }) => engine).sort()).toEqual(['duckdb', 'postgres']);
    for (const { engine, actions } of records) {
      // In a small world there are days without billing, and a warning of it is right.
      const isFine = ({ name, status }: ActionResult) =>
        ['SUCCESSFUL', 'DISABLED'].includes(status) ||
        (status === 'WARNED' && name === 'assertions.fresh_billing_warning');
      const bad = actions.filter((action) => !isFine(action));
      expect(bad.map(({ name, status, reason }) => `${engine} ${name} ${status}: ${reason}`)).toEqual([]);
      const assertions = actions.filter(({ kind, status }) => kind === 'assertion' && status === 'SUCCESSFUL');
      expect(assertions.length).toBeGreaterThan(70);
    }
  });

  test(
    'all dimensions, facts, gold and marts are the same, row by row',
    async () => {
      const tables: Target[] = [];
      for (const schema of SCHEMAS) tables.push(...(await duckdb.relations([schema])).map(({ target }) => target));
      expect(tables.map(targetName)).toContain('marts.mart_daily_kpis');
      for (const table of tables) {
        const { rows, found } = await tableDifferences(duckdb, postgres, table);
        expect(found.slice(0, 5), targetName(table)).toEqual([]);
        expect(rows, targetName(table)).toBeGreaterThan(0);
      }
    },
    WHOLE_TIMEOUT,
  );

  test('MRR rolls forward, to what the subscriptions of the last day add up to', async () => {
    const [sums] = await rows(`
      select sum(new_mrr_usd + reactivation_mrr_usd + expansion_mrr_usd - contraction_mrr_usd - churn_mrr_usd) as moved,
        sum(new_mrr_usd) as won, arg_max(closing_mrr_usd, month_start) as closing
      from marts.mart_mrr_movements_monthly`);
    const [last] = await rows(`
      select sum(plans.monthly_price_usd) as mrr from analytics.fct_subscriptions_daily
      join analytics.dim_date as days on days.date_day = fct_subscriptions_daily.date_day and days.is_last_day
      join analytics.dim_plan as plans on plans.plan_id = fct_subscriptions_daily.plan_id where is_active`);
    expect(Number(sums!.won)).toBeGreaterThan(0);
    expect(sums!.closing).toBeCloseTo(Number(sums!.moved), 6);
    expect(sums!.closing).toBeCloseTo(Number(last!.mrr), 6);
  });

  test('what was paid is what the world charged: billing and payments are of the same subscriptions', async () => {
    const [row] = await rows(`
      select count(*) as payments, count(*) filter (where not exists (
        select 1 from analytics.fct_subscriptions_daily as days
        where days.user_id = payments.user_id and days.date_day = payments.payment_date and days.is_active
      )) as without
      from analytics.fct_payments as payments where status <> 'refund'`);
    expect(Number(row!.payments)).toBeGreaterThan(30);
    expect(row!.without).toBe(0);
  });

  if (scenario === 'marketplace') {
    const truth = (file: string) => `read_csv('${project.path('data', 'truth', name, file)}')`;

    test('the orders that do not reconcile are those that were planted', async () => {
      const [row] = await rows(`
        select count(*) as planted, count(*) filter (where not orders.is_reconciled) as found,
          (select count(*) from analytics.fct_orders where not is_reconciled) as all_found,
          (select count(*) from analytics.fct_orders) as orders
        from ${truth('order_mismatches.csv')} as planted join analytics.fct_orders as orders on orders.order_id = planted.order_id`);
      expect(Number(row!.planted)).toBeGreaterThan(3);
      expect([row!.found, row!.all_found]).toEqual([row!.planted, row!.planted]);
    });

    test('the anomalies that were planted are found, rule by rule', async () => {
      const scores = await rows(`
        with found as (
          select transaction_id, unnest(string_split(rules, ',')) as kind, history_transactions from marts.mart_transaction_anomalies
        ),
        before as (
          select transaction_id, count(*) over (partition by account_id order by transaction_ts range between unbounded preceding and interval 1 microsecond preceding) as n
          from analytics.fct_transactions
        )
        select planted.kind, count(*) as planted,
          count(*) filter (where planted.kind <> 'amount_outlier' or before.n >= 10) as with_history,
          count(found.transaction_id) as hits, (select count(*) from found where found.kind = planted.kind) as found
        from ${truth('anomalies.csv')} as planted
        join before on before.transaction_id = planted.transaction_id
        left join found on found.transaction_id = planted.transaction_id and found.kind = planted.kind
        group by planted.kind order by planted.kind`);
      const shares = scores.map(({ kind, planted, with_history, hits, found }) => ({
        kind,
        planted: Number(planted),
        recall: Number(hits) / Number(planted),
        recallWithHistory: Number(hits) / Number(with_history),
        precision: Number(hits) / Number(found),
      }));
      const cells = shares.map((row) =>
        Object.values(row).map((value) => (typeof value === 'number' ? value.toFixed(3) : String(value))),
      );
      process.stdout.write(
        `${textTable(
          Object.keys(shares[0]!),
          cells,
          Object.keys(shares[0]!).map((_, i) => i > 0),
        )}\n`,
      );
      expect(shares.map(({ kind }) => kind)).toEqual(['amount_outlier', 'burst', 'large_amount']);
      const [outlier, burst, large] = shares;
      // Amounts have a long tail, so the rule finds more than was planted; an outlier in a short history hides the next one.
      expect(outlier!.recallWithHistory).toBeGreaterThan(IS_WHOLE ? 0.9 : 0.6);
      expect([burst!.recall, burst!.precision]).toEqual([1, 1]);
      expect([large!.recall, large!.precision]).toEqual([1, 1]);
    });

    test('no quantity has been rounded to nothing, and half of the orders are not of one unit by accident', async () => {
      const [row] = await rows(
        'select min(quantity) as least, avg(quantity) as mean, count(distinct quantity) as kinds from analytics.fct_orders',
      );
      expect(row!.least).toBe(1);
      expect(Number(row!.mean)).toBeGreaterThan(1.3);
      expect(Number(row!.kinds)).toBeGreaterThan(2);
    });

    test('the state of an order on a day is that of the day, not the last one', async () => {
      const [row] = await rows(`
        select count(*) as days, count(*) filter (where states.status <> orders.current_status) as other
        from analytics.fct_orders as orders
        join analytics.fct_order_status as states on states.order_id = orders.order_id and states.valid_from = orders.order_date`);
      // Hardly an order ends on the day on which it was placed.
      expect(Number(row!.other) / Number(row!.days)).toBeGreaterThan(0.8);
    });
  }
});
