import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { loadScenario } from '../../generators/scenario.ts';
import { SOURCE_COLUMNS } from '../../generators/sources/columns.ts';
import { writeWorld } from '../../generators/writing/write-world.ts';
import { compileProject } from '../../runner/compile.ts';
import type { CompiledGraph, TableAction } from '../../runner/graph.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { execute, failures, loadFiles, planOf } from './in-process.ts';

const MARTS = [
  'mart_funnel',
  'mart_attribution',
  'mart_channel_performance',
  'mart_experiment_performance',
  'mart_retention_cohorts',
];
const CHURN_LOG_ODDS = -1.2;
const SETTINGS = [
  `experiments.setup={ days: [15, 50], arms: { control: 0.5, guided: 0.5 }, effects: { guided: { churn_log_odds: ${CHURN_LOG_ODDS} } } }`,
];

const graph: CompiledGraph = await compileProject({
  projectDir: packageRoot(),
  engine: 'duckdb',
  vars: { dataset: 'synthetic', sources: Object.keys(SOURCE_COLUMNS).join('+') },
});

let warehouse: Warehouse;
let connection: Connection;
const rows = (sql: string) => connection.rows(sql);

describe('a scenario with an experiment', () => {
  let project: Project;

  beforeAll(async () => {
    project = makeProject({ keep: true });
    const root = packageRoot();
    const scenario = loadScenario(join(root, 'configs', 'scenarios', 'tiny.yaml'), root, {
      days: 60,
      users: 700,
      driftDay: 20,
      set: SETTINGS,
    });
    await writeWorld(
      scenario,
      { rawDir: project.path('data', 'raw', 'synthetic'), truthDir: project.path('data', 'truth', 'synthetic') },
      1,
      { signal: new AbortController().signal, onProgress() {}, interrupted: () => new Error('interrupted') },
    );
    warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
    await loadFiles(project, 'synthetic', warehouse);
    const plan = await planOf(graph, warehouse, { actions: MARTS, includeDependencies: true });
    expect(failures(await execute(plan, warehouse))).toEqual([]);
    connection = await warehouse.connect();
  });
  afterAll(async () => {
    await connection?.close();
    await warehouse?.close();
    removeProject(project);
  });

  test('has a funnel that never rises, with every signup and every visitor', async () => {
    const [funnel] = await rows(`
      select cast(sum(visitors) as bigint) as visitors, cast(sum(signups) as bigint) as signups,
        bool_and(visitors >= signups and signups >= subscribed and subscribed >= activated and activated >= paid and paid >= retained) as falls
      from marts.mart_funnel`);
    const [people] = await rows(`
      select (select count(distinct user_id) from silver.silver_users) as users,
        (select count(distinct user_id) from silver.silver_touches where user_id like 'anon-%') as others`);
    expect(funnel).toEqual({
      visitors: Number(people!.users) + Number(people!.others),
      signups: people!.users,
      falls: true,
    });
    expect(Number(people!.others)).toBeGreaterThan(100);
  });

  test('gives away every conversion and every cent once, in each model', async () => {
    // From silver, by another way than the models.
    const [facts] = await rows(`
      select (select count(distinct user_id) from silver.silver_billing where plan_id <> 'free' and event <> 'cancel') as conversions,
        (select sum(revenue_usd) from analytics.fct_payments) as revenue_usd`);
    const sums = await rows(`
      select attribution_model, cast(sum(conversion_millionths) as bigint) as millionths, sum(revenue_usd) as revenue_usd
      from marts.mart_attribution group by attribution_model`);
    expect(sums.length).toBe(4);
    for (const sum of sums) {
      expect(sum.millionths, String(sum.attribution_model)).toBe(Number(facts!.conversions) * 1_000_000);
      expect(sum.revenue_usd, String(sum.attribution_model)).toBeCloseTo(Number(facts!.revenue_usd), 6);
    }
    const [channels] = await rows(`
      select cast(sum(conversions) as bigint) as conversions, sum(revenue_usd) as revenue_usd, sum(cost_usd) as cost_usd
      from marts.mart_channel_performance`);
    const [cost] = await rows('select sum(cost_usd) as cost_usd from silver.silver_touches');
    expect(channels!.conversions).toBe(facts!.conversions);
    expect(channels!.revenue_usd).toBeCloseTo(Number(facts!.revenue_usd), 6);
    expect(channels!.cost_usd).toBeCloseTo(Number(cost!.cost_usd), 6);
  });

  test('has cohorts that add up to the signups, in every period', async () => {
    const [signups] = await rows('select count(distinct user_id) as n from silver.silver_users');
    const [cohorts] = await rows(`
      select cast(sum(signups) as bigint) as n, cast(sum(observed_users) as bigint) as observed
      from marts.mart_retention_cohorts where period = 0`);
    expect(cohorts).toEqual({ n: signups!.n, observed: signups!.n });
  });

  test('has its planted effect within the interval, and finds it', async () => {
    const [control, guided] = await rows(
      `select conversion_rate as rate, difference, difference_low as low, difference_high as high, p_value, observed_users
       from marts.mart_experiment_performance where experiment = 'setup' and metric = 'retained_30d' order by variant`,
    );
    // Odds of a day that are multiplied, over thirty days: what stays is a power of what stays in control.
    const planted = Number(control!.rate) ** Math.exp(CHURN_LOG_ODDS) - Number(control!.rate);
    const { difference, low, high, p_value: p, observed_users: users } = guided as Record<string, number>;
    process.stdout.write(
      `planted ${planted.toFixed(3)}, found ${difference!.toFixed(3)} [${low!.toFixed(3)}, ${high!.toFixed(3)}], p ${p!.toExponential(1)}, ${users} users in the arm\n`,
    );
    expect(low).toBeLessThan(planted);
    expect(high).toBeGreaterThan(planted);
    expect(p).toBeLessThan(0.01);
  });
});

/** Facts by SQL: experiments of three arms of users who cancel with known probabilities, the third as often as control. */
const EXPERIMENTS = 200;
const RATES = { control: 0.9, guided: 0.93, placebo: 0.9 };
const FACTS = [
  'create schema analytics',
  `create table analytics.dim_date as select date '2026-03-01' as date_day, true as is_last_day`,
  `create table analytics.fct_exposures as
   select 'e' || e as experiment, 'u' || e || '-' || variant || u as user_id, variant, rate, date '2026-01-10' as exposed_date,
     hash(e, variant, u) % 1000003 / 1000003.0 as luck
   from range(${EXPERIMENTS}) as experiments(e)
   cross join range(400) as users(u)
   cross join (values ${Object.entries(RATES)
     .map(([name, rate]) => `('${name}', ${rate})`)
     .join(', ')}) as arms(variant, rate)`,
  `create table analytics.fct_subscriptions_daily as
   select user_id, exposed_date as date_day, 0.0 as mrr_usd, true as is_active, false as is_cancelled from analytics.fct_exposures
   union all
   select user_id, exposed_date + 5, 0.0, true, true from analytics.fct_exposures where luck >= rate`,
];

test('the interval covers the true difference about 95 times in a hundred, and chance alone is found about 5 times', async () => {
  const memory = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  const own = await memory.connect();
  try {
    for (const statement of FACTS) await own.execute(statement);
    const mart = graph.actions.find(
      (action): action is TableAction => action.target.name === 'mart_experiment_performance',
    )!;
    const [found] = await own.rows(`
      select avg(case when difference_low <= planted and planted <= difference_high then 1.0 else 0.0 end) as coverage,
        avg(case when variant = 'placebo' then case when p_value < 0.05 then 1.0 else 0.0 end end) as false_alarms, count(*) as intervals
      from (
        select *, case variant when 'guided' then ${RATES.guided - RATES.control} else 0 end as planted
        from (${mart.query}) as mart where metric = 'retained_30d' and not is_control
      ) as compared`);
    const { coverage, false_alarms: alarms, intervals } = found as Record<string, number>;
    process.stdout.write(
      `coverage ${coverage!.toFixed(3)} of ${intervals} intervals, false alarms ${alarms!.toFixed(3)}\n`,
    );
    expect(intervals).toBe(2 * EXPERIMENTS);
    // Three standard deviations of the mean of so many draws.
    expect(coverage).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / EXPERIMENTS));
    expect(coverage).toBeLessThan(0.95 + 3 * Math.sqrt((0.95 * 0.05) / EXPERIMENTS));
    expect(alarms).toBeGreaterThan(0);
    expect(alarms).toBeLessThan(0.05 + 3 * Math.sqrt((0.95 * 0.05) / EXPERIMENTS));
  } finally {
    await own.close();
    await memory.close();
  }
});
