import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { compileProject } from '../../runner/compile.ts';
import type { AssertionAction, CompiledGraph, TableAction } from '../../runner/graph.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Row, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { differences, rowsOf } from './compare.ts';
import { execute, failures, planOf } from './in-process.ts';
import { PEOPLE_WORLD } from './people-world.ts';
import { writeSilver } from './silver-tables.ts';

const SOURCES = 'accounts+payments+support_tickets+touches+exposures';
const ENGINES = ['duckdb', 'postgres'] as const;
/** What is made: all but silver, which the world gives, and what needs more than it gives. */
const isMade = ({ schema, name }: { schema: string; name: string }) =>
  ['analytics', 'gold', 'marts'].includes(schema) && name !== 'mart_operations';
const ASSERTIONS = [
  /^scd2_windows_/,
  /^references_(fct|dim)_/,
  /^conversion_rates_/,
  /^(dim_date_covers_facts|one_arm_per_user|sessions_of_one_user|attribution_adds_up|cohorts_add_up|no_.*_(window|future))$/,
];

let database: Database;
const warehouses: Partial<Record<string, Warehouse>> = {};
const made: { schema: string; name: string }[] = [];
beforeAll(async () => {
  database = await makeDatabase();
});
afterAll(async () => {
  for (const warehouse of Object.values(warehouses)) await warehouse?.close();
  await database?.remove();
});

describe.each(ENGINES)('on %s', (engine) => {
  let connection: Connection;
  let graph: CompiledGraph;

  beforeAll(async () => {
    const warehouse = await openWarehouse(
      engine === 'postgres' ? { engine, connectionString: database.url } : { engine, file: ':memory:' },
    );
    warehouses[engine] = warehouse;
    connection = await warehouse.connect();
    graph = await compileProject({ projectDir: packageRoot(), engine, vars: { sources: SOURCES } });
    await writeSilver(connection, structuredClone(PEOPLE_WORLD));
    const tables = graph.actions.filter(
      (action): action is TableAction =>
        ['table', 'view', 'incremental'].includes(action.kind) &&
        !(action as TableAction).disabled &&
        isMade(action.target),
    );
    made.splice(0, made.length, ...tables.map(({ target }) => target));
    const assertions = graph.actions.filter(
      (action): action is AssertionAction =>
        action.kind === 'assertion' &&
        !action.disabled &&
        (ASSERTIONS.some((name) => name.test(action.target.name)) ||
          tables.some(({ target }) => action.parent === `${target.schema}.${target.name}`)),
    );
    expect(assertions.length).toBeGreaterThan(60);
    const actions = [...tables, ...assertions].map(({ target }) => target.name);
    const record = await execute(await planOf(graph, warehouse, { actions }), warehouse);
    expect(failures(record)).toEqual([]);
    expect(record.actions.filter(({ status }) => status === 'WARNED')).toEqual([]);
  });
  afterAll(() => connection?.close());

  const rows = (sql: string) => connection.rows(sql);
  const values = async (sql: string) => (await rows(sql)).map((row) => Object.values(row));
  const queryOf = (name: string) =>
    graph.actions.find((action): action is TableAction => action.target.name === name)!.query;

  test('versions follow the days on which something changed, and the last snapshot of a day counts', async () => {
    expect(
      await values(
        "select role, is_current, signup_date, valid_from, valid_to from analytics.dim_user where user_id = 'a' order by valid_from",
      ),
    ).toEqual([
      ['member', false, '2026-01-05', '2026-01-05', '2026-01-20'],
      ['viewer', false, '2026-01-05', '2026-01-20', '2026-01-26'],
      ['member', true, '2026-01-05', '2026-01-26', '9999-12-31'],
    ]);
    expect(
      await values('select company_name, valid_from, valid_to from analytics.dim_account order by valid_from'),
    ).toEqual([
      ['Old', '2026-01-01', '2026-02-01'],
      ['New', '2026-02-01', '9999-12-31'],
    ]);
  });

  test('a session goes over midnight, belongs to its first day, and has the length of its events', async () => {
    expect(
      await values(
        "select user_id, events, duration_seconds, session_date from analytics.fct_sessions where session_id = 'over_midnight'",
      ),
    ).toEqual([['a', 2, 1230, '2026-01-11']]);
    expect(
      await values("select account_id, event_date from analytics.fct_user_events where event_id = 'a-01-05T10:00:00'"),
    ).toEqual([['A', '2026-01-05']]);
  });

  test('the calendar reaches back to the first touch, and the days of the business do not', async () => {
    expect(await values('select min(date_day), max(date_day) from analytics.dim_date')).toEqual([
      ['2025-12-20', '2026-04-10'],
    ]);
    expect(await values('select date_day from analytics.dim_date where is_last_day')).toEqual([['2026-04-10']]);
    for (const table of ['analytics.fct_events_daily', 'gold.gold_churn_by_plan_daily'])
      expect(await values(`select min(date_day), max(date_day) from ${table}`), table).toEqual([
        ['2026-01-05', '2026-04-10'],
      ]);
  });

  test('a ticket takes hours and is open until the day of its answer, also in the features of days before it', async () => {
    expect(
      await values(
        'select ticket_id, hours_to_resolve, is_open, opened_date, resolved_date from analytics.fct_support_tickets order by ticket_id',
      ),
    ).toEqual([
      ['t1', 49.5, false, '2026-01-06', '2026-01-09'],
      ['t2', null, true, '2026-01-08', null],
    ]);
    expect(
      await values(
        "select date_day, open_tickets, seats, role from gold.gold_user_features_daily where user_id = 'a' and date_day in ('2026-01-05', '2026-01-06', '2026-01-08', '2026-01-09', '2026-01-10', '2026-01-20') order by date_day",
      ),
    ).toEqual([
      ['2026-01-05', 0, 1, 'member'],
      ['2026-01-06', 1, 1, 'member'],
      ['2026-01-08', 2, 1, 'member'],
      ['2026-01-09', 1, 1, 'member'],
      ['2026-01-10', 1, 2, 'member'],
      ['2026-01-20', 1, 2, 'viewer'],
    ]);
    expect(await values("select distinct seats from gold.gold_user_features_daily where user_id = 'c'")).toEqual([[1]]);
  });

  test('steps of a user have their days, and windows hold their last day', async () => {
    expect(
      await values(
        "select user_id, signup_channel, is_retained, first_start_date, activated_date, first_paid_date, first_cancel_date from analytics.fct_user_lifecycle where signup_channel <> 'lab' order by user_id",
      ),
    ).toEqual([
      ['a', 'organic', true, '2026-01-05', '2026-01-11', '2026-01-05', null],
      ['b', 'ads', false, '2026-01-10', '2026-01-16', '2026-02-01', '2026-02-20'],
      ['c', 'ads', true, '2026-01-12', null, '2026-01-12', '2026-02-11'],
      ['d', 'organic', null, null, null, null, null],
      ['e', '(unknown)', null, '2026-02-03', '2026-02-05', null, null],
      ['f', 'ads', null, '2026-04-05', '2026-04-07', '2026-04-05', null],
    ]);
  });

  test('the funnel counts a person in a step who went through all before it', async () => {
    expect(
      await values(
        "select cohort_month, channel, visitors, signups, subscribed, activated, paid, paid_observed, retained, paid_rate from marts.mart_funnel where channel <> 'lab' order by cohort_month, channel",
      ),
    ).toEqual([
      ['2026-01-01', 'ads', 3, 2, 2, 1, 1, 1, 0, 1],
      ['2026-01-01', 'organic', 1, 1, 1, 1, 1, 1, 1, 1],
      ['2026-02-01', '(unknown)', 1, 1, 1, 1, 0, 0, 0, 0],
      ['2026-02-01', 'organic', 2, 1, 0, 0, 0, 0, 0, null],
      ['2026-04-01', 'ads', 1, 1, 1, 1, 1, 0, 0, 1],
    ]);
  });

  test('attribution splits each conversion and each cent, whatever does not divide', async () => {
    const shares = await rows('select * from analytics.fct_attribution order by user_id, touch_number');
    const of = (name: string) =>
      shares.map((row) => [row.user_id, row.channel, row[`${name}_millionths`], row[`${name}_revenue_usd`]]);
    expect(of('first_touch')).toEqual([
      ['a', 'social', 1_000_000, 90.01],
      ['a', 'ads', 0, 0],
      ['a', 'organic', 0, 0],
      ['b', 'ads', 1_000_000, 19],
      ['b', 'email', 0, 0],
      ['c', '(no touch)', 1_000_000, 19],
      ['d', '(no touch)', 0, 5],
      ['f', 'ads', 1_000_000, 0],
    ]);
    expect(of('last_touch').filter(([, , share]) => share !== 0)).toEqual([
      ['a', 'organic', 1_000_000, 90.01],
      ['b', 'email', 1_000_000, 19],
      ['c', '(no touch)', 1_000_000, 19],
      ['f', 'ads', 1_000_000, 0],
    ]);
    expect(of('linear').slice(0, 5)).toEqual([
      ['a', 'social', 333_333, 30],
      ['a', 'ads', 333_334, 30],
      ['a', 'organic', 333_333, 30.01],
      ['b', 'ads', 500_000, 9.5],
      ['b', 'email', 500_000, 9.5],
    ]);
    expect(of('position_based').slice(0, 5)).toEqual([
      ['a', 'social', 400_000, 36],
      ['a', 'ads', 200_000, 18],
      ['a', 'organic', 400_000, 36.01],
      ['b', 'ads', 500_000, 9.5],
      ['b', 'email', 500_000, 9.5],
    ]);
    const sums = await values(
      `select attribution_model, sum(conversions), round(cast(sum(revenue_usd) as decimal(18, 6)), 6) = 133.01
       from marts.mart_attribution group by attribution_model order by attribution_model`,
    );
    for (const [, conversions] of sums) expect(conversions).toBeCloseTo(4, 9);
    expect(sums.map(([name, , isAll]) => [name, isAll])).toEqual(
      ['first_touch', 'last_touch', 'linear', 'position_based'].map((name) => [name, true]),
    );
  });

  test('a channel has its cost, its users and their payments of the month, and null where nothing divides', async () => {
    expect(
      await values(
        "select month_start, channel, touches, signups, conversions, cost_usd, revenue_usd, cost_per_signup_usd, cac_usd, roas from marts.mart_channel_performance where channel in ('ads', 'organic') order by month_start, channel",
      ),
    ).toEqual([
      ['2026-01-01', 'ads', 4, 2, 1, 15.01, 19, 7.505, 15.01, 19 / 15.01],
      ['2026-01-01', 'organic', 1, 1, 1, 0, 100.01, 0, 0, null],
      ['2026-02-01', 'ads', 0, 0, 1, 0, 19, null, 0, null],
      ['2026-02-01', 'organic', 1, 1, 0, 0, -5, 0, null, null],
      ['2026-04-01', 'ads', 1, 1, 1, 5, 0, 5, 5, 0],
    ]);
  });

  test('an experiment is read out as by hand: 40 of 50 against 47 of 50', async () => {
    const [control, guided] = await rows(
      "select * from marts.mart_experiment_performance where metric = 'retained_30d' order by variant",
    );
    expect(control).toMatchObject({
      variant: 'control',
      users: 51,
      observed_users: 50,
      conversions: 40,
      conversion_rate: 0.8,
      is_control: true,
      difference: null,
      p_value: null,
    });
    expect(guided).toMatchObject({ users: 51, observed_users: 50, conversions: 47, conversion_rate: 0.94 });
    // (0.94 - 0.8) / sqrt(0.87 * 0.13 * 2 / 50), and 1.96 times sqrt(0.8 * 0.2 / 50 + 0.94 * 0.06 / 50) to both sides.
    for (const [name, value] of Object.entries({
      difference: 0.14,
      z_score: 2.0814536,
      p_value: 0.0373924,
      difference_low: 0.0110588,
      difference_high: 0.2689412,
    }))
      expect(guided![name], name).toBeCloseTo(value, 6);
    expect(
      await values(
        "select metric, variant, observed_users, conversion_rate, difference, z_score, p_value from marts.mart_experiment_performance where metric <> 'retained_30d' order by metric, variant",
      ),
    ).toEqual([
      ['paid_30d', 'control', 50, 0, null, null, null],
      ['paid_30d', 'guided', 50, 0, 0, null, null],
      ['retained_60d', 'control', 0, null, null, null, null],
      ['retained_60d', 'guided', 0, null, null, null, null],
    ]);
    expect(await values('select exposures, variants from analytics.fct_exposures where exposures > 1')).toEqual([
      [2, 1],
    ]);
  });

  test('a cohort is watched by the clock of each user, up to the last day', async () => {
    expect(
      await values(
        'select cohort_month, period, signups, observed_users, retained_users, paying_users, mrr_usd from marts.mart_retention_cohorts order by cohort_month, period',
      ),
    ).toEqual([
      ['2026-01-01', 0, 3, 3, 3, 2, 68],
      // c cancels on this very day, which is the last one of the subscription.
      ['2026-01-01', 1, 3, 3, 3, 3, 87],
      ['2026-01-01', 2, 3, 3, 1, 1, 49],
      ['2026-01-01', 3, 3, 2, 1, 1, 49],
      ['2026-02-01', 0, 2, 2, 1, 0, 0],
      ['2026-02-01', 1, 2, 2, 1, 0, 0],
      ['2026-02-01', 2, 2, 2, 1, 0, 0],
      ['2026-03-01', 0, 102, 102, 102, 0, 0],
      ['2026-03-01', 1, 102, 102, 91, 0, 0],
      ['2026-04-01', 0, 1, 1, 1, 1, 49],
    ]);
  });

  describe('the mistakes of others', () => {
    /** Makes some models anew on a changed silver, asks, and takes all back. */
    async function remade<T>(statement: string, models: readonly string[], ask: () => Promise<T>): Promise<T> {
      await connection.execute('begin');
      try {
        await connection.execute(statement);
        for (const name of models) {
          await connection.execute(`delete from analytics.${name}`);
          await connection.execute(`insert into analytics.${name} ${queryOf(name)}`);
        }
        return await ask();
      } finally {
        await connection.execute('rollback');
      }
    }
    const found = (name: string) => rows(queryOf(name));

    test('a session that two users share is found, and is no longer session of one of them', async () => {
      const shared = await remade(
        "update silver.silver_events set session_id = 'over_midnight' where user_id = 'b' and event_date = '2026-01-11'",
        ['fct_sessions'],
        async () => [
          await found('sessions_of_one_user'),
          await values(
            "select user_id from analytics.fct_sessions where session_id = 'over_midnight' order by user_id",
          ),
        ],
      );
      expect(shared).toEqual([
        [
          {
            message: 'users share the session',
            session_id: 'over_midnight',
            users: 2,
            first_user_id: 'a',
            last_user_id: 'b',
          },
        ],
        [['a'], ['b']],
      ]);
    });

    test('an arm that is drawn for each exposure is found, and the user counts once, in the first', async () => {
      const drawn = await remade(
        "update silver.silver_exposures set variant = 'guided' where exposure_id = 'again'",
        ['fct_exposures'],
        async () => [
          await found('one_arm_per_user'),
          await values("select variant from analytics.fct_exposures where user_id = 'control00'"),
        ],
      );
      expect(drawn).toEqual([
        [
          {
            message: 'the user is in more than one arm',
            experiment: 'setup',
            user_id: 'control00',
            variants: 2,
            exposures: 2,
          },
        ],
        [['control']],
      ]);
    });

    test('nobody is in the population of a day who has no subscription at its end', async () => {
      const strangers = await rows(`
        select gold.user_id, gold.date_day from gold.gold_user_features_daily as gold
        left join analytics.fct_subscriptions_daily as states on states.user_id = gold.user_id and states.date_day = gold.date_day
        where states.user_id is null or not states.is_active or states.is_cancelled`);
      expect(strangers).toEqual([]);
      // The day of the cancel is a day of the subscription, and no day on which to ask.
      expect(await values("select max(date_day) from gold.gold_user_features_daily where user_id = 'c'")).toEqual([
        ['2026-02-10'],
      ]);
    });

    test('somebody who reaches a step twice does not lift a rate above one', async () => {
      const rates = await remade(
        "insert into silver.silver_exposures (exposure_id, user_id, experiment, variant, exposed_ts) select exposure_id || '-2', user_id, experiment, variant, exposed_ts from silver.silver_exposures",
        ['fct_exposures'],
        () =>
          rows(
            `select conversion_rate from (${queryOf('mart_experiment_performance')}) as mart where metric = 'retained_30d' order by variant`,
          ),
      );
      expect(rates.map((row: Row) => row.conversion_rate)).toEqual([0.8, 0.94]);
    });
  });
});

test('both engines hold the same rows in every table', async () => {
  expect(made.map(({ name }) => name)).toContain('mart_experiment_performance');
  for (const table of made) {
    const [expected, found] = [await rowsOf(warehouses.duckdb!, table), await rowsOf(warehouses.postgres!, table)];
    expect(differences(expected, found).slice(0, 5), table.name).toEqual([]);
  }
});
