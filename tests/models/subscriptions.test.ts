import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { loadAndRun, writeWorld } from './world.ts';

/** Users named for what happens to them; the last day of the data is 2026-01-31 (of the user `last`). */
const BILLING = [
  '2026-01-01,stays,start,basic',
  '2026-01-01,cancels,start,basic',
  '2026-01-10,cancels,cancel,basic',
  '2026-01-01,upgrades,start,basic',
  '2026-01-05,upgrades,upgrade,pro',
  '2026-01-08,upgrades,downgrade,free',
  '2026-01-01,returns,start,basic',
  '2026-01-03,returns,cancel,basic',
  '2026-01-06,returns,start,pro',
  '2026-01-01,returns_at_once,start,basic',
  '2026-01-03,returns_at_once,cancel,basic',
  '2026-01-04,returns_at_once,start,basic',
  '2026-01-02,one_day,start,pro',
  '2026-01-02,one_day,cancel,pro',
  '2026-01-01,renews_after_end,start,basic',
  '2026-01-04,renews_after_end,cancel,basic',
  '2026-01-07,renews_after_end,renew,basic',
  '2026-01-01,cancels_twice,start,basic',
  '2026-01-04,cancels_twice,cancel,basic',
  '2026-01-06,cancels_twice,cancel,basic',
  '2026-01-03,no_start,renew,basic',
  '2026-01-31,last,start,free',
];

let project: Project;
beforeAll(async () => {
  project = makeProject({ keep: true });
  writeWorld(project, {
    billing: BILLING,
    events: [{ user: 'stays', at: '2026-01-02T10:00:00.000Z' }],
    users: [{ user_id: 'stays', created_ts: '2026-01-01T00:00:00Z', updated_ts: '2026-01-01T00:00:00Z' }],
  });
  await loadAndRun(project);
});
afterAll(() => removeProject(project));

const daysOf = (user: string) =>
  project.query(
    `select date_day, plan_id, mrr_usd, is_active, is_cancelled, is_new, is_reactivation, is_churned, expansion_usd, contraction_usd
     from analytics.fct_subscriptions_daily where user_id = '${user}' order by date_day`,
  );

/** The days for which a flag is true. */
async function flagged(user: string, flag: string): Promise<unknown[]> {
  return (await daysOf(user)).filter((row) => row[flag] === true).map((row) => row.date_day);
}

describe('fct_subscriptions_daily', () => {
  test('an open subscription has a row for each day up to the last day of the data', async () => {
    const days = await daysOf('stays');
    expect(days.length).toBe(31);
    expect(days.every((day) => day.is_active === true && day.mrr_usd === 19)).toBe(true);
    expect(await flagged('stays', 'is_new')).toEqual(['2026-01-01']);
  });

  test('the day of a cancel has MRR, the day after has none and is the churned one, and then there is nothing', async () => {
    const days = await daysOf('cancels');
    expect(days.length).toBe(11);
    expect(days.at(-2)).toMatchObject({
      date_day: '2026-01-10',
      mrr_usd: 19,
      is_active: true,
      is_cancelled: true,
      is_churned: false,
    });
    expect(days.at(-1)).toMatchObject({
      date_day: '2026-01-11',
      mrr_usd: 0,
      is_active: false,
      is_cancelled: false,
      is_churned: true,
    });
  });

  test('a change of plan counts from its day, and its difference once', async () => {
    const changes = (await daysOf('upgrades')).filter((day) => day.expansion_usd !== 0 || day.contraction_usd !== 0);
    expect(changes).toMatchObject([
      { date_day: '2026-01-05', plan_id: 'pro', mrr_usd: 49, expansion_usd: 30, contraction_usd: 0 },
      { date_day: '2026-01-08', plan_id: 'free', mrr_usd: 0, expansion_usd: 0, contraction_usd: 49 },
    ]);
    expect((await daysOf('upgrades')).at(-1)).toMatchObject({ is_active: true, plan_id: 'free' });
  });

  test('a return is a reactivation and neither new nor expansion', async () => {
    const days = await daysOf('returns');
    expect(days.map((day) => day.date_day).slice(0, 5)).toEqual([
      '2026-01-01',
      '2026-01-02',
      '2026-01-03',
      '2026-01-04',
      '2026-01-06',
    ]);
    expect(await flagged('returns', 'is_reactivation')).toEqual(['2026-01-06']);
    expect(await flagged('returns', 'is_new')).toEqual(['2026-01-01']);
    expect(days.every((day) => day.expansion_usd === 0)).toBe(true);
  });

  test('whoever starts again on the day after the cancel has no day without a subscription', async () => {
    expect((await daysOf('returns_at_once')).length).toBe(31);
    expect(await flagged('returns_at_once', 'is_cancelled')).toEqual(['2026-01-03']);
    expect(await flagged('returns_at_once', 'is_reactivation')).toEqual(['2026-01-04']);
    expect(await flagged('returns_at_once', 'is_churned')).toEqual([]);
  });

  test('a subscription can last one day', async () => {
    expect(await daysOf('one_day')).toMatchObject([
      { date_day: '2026-01-02', is_active: true, is_cancelled: true, mrr_usd: 49 },
      { date_day: '2026-01-03', is_active: false, is_churned: true, mrr_usd: 0 },
    ]);
  });

  test('after an end there is nothing to renew or to cancel, and before a start neither', async () => {
    for (const user of ['renews_after_end', 'cancels_twice']) {
      expect((await daysOf(user)).at(-1), user).toMatchObject({ date_day: '2026-01-05', is_active: false });
    }
    expect(await daysOf('no_start')).toEqual([]);
  });

  test('MRR rolls forward: opening + new + reactivation + expansion - contraction - churn = closing, every day', async () => {
    const wrong = await project.query(`
      with days as (
        select date_day, sum(mrr_usd) as closing,
          sum(case when is_new or is_reactivation then mrr_usd else 0 end) as won,
          sum(expansion_usd) - sum(contraction_usd) as changed
        from analytics.fct_subscriptions_daily group by date_day
      ),
      ended as (
        select today.date_day, sum(yesterday.mrr_usd) as lost
        from analytics.fct_subscriptions_daily as yesterday
        join analytics.fct_subscriptions_daily as today
          on today.user_id = yesterday.user_id and today.date_day = yesterday.date_day + 1
        where yesterday.is_active and (not today.is_active or today.is_reactivation)
        group by today.date_day
      )
      select days.date_day from days
      left join days as before on before.date_day = days.date_day - 1
      left join ended on ended.date_day = days.date_day
      where coalesce(before.closing, 0) + days.won + days.changed - coalesce(ended.lost, 0) <> days.closing`);
    expect(wrong).toEqual([]);
  });
});

describe('gold_churn_labels_daily', () => {
  const labels = (user: string, column: string) =>
    project.query<{ date_day: string; y: number | null }>(
      `select date_day, ${column} as y from gold.gold_churn_labels_daily where user_id = '${user}' order by date_day`,
    );

  test('the window is (day, day + 7]: the cancel of the 10th is seen from the 3rd to the 9th', async () => {
    const seen = (await labels('cancels', 'churn_within_7d'))
      .filter(({ y }) => y === 1)
      .map(({ date_day }) => date_day);
    expect([seen[0], seen.at(-1), seen.length]).toEqual(['2026-01-03', '2026-01-09', 7]);
  });

  test('nobody is asked about on the day of the cancel or after it', async () => {
    expect((await labels('cancels', 'churn_within_7d')).at(-1)!.date_day).toBe('2026-01-09');
    expect(await labels('one_day', 'churn_within_7d')).toEqual([]);
  });

  test('a window that reaches beyond the data has no label, also for users who cancelled in it', async () => {
    const open = (rows: { date_day: string; y: number | null }[]) => rows.filter(({ y }) => y === null)[0]?.date_day;
    expect(open(await labels('stays', 'churn_within_7d'))).toBe('2026-01-25');
    expect(open(await labels('stays', 'churn_within_14d'))).toBe('2026-01-18');
    expect(open(await labels('cancels', 'churn_within_30d'))).toBe('2026-01-02');
  });
});

test('gold_churn_by_plan_daily counts whoever cancels on a day among the active of that day', async () => {
  const [row] = await project.query(
    `select active_users, cancelled_users, churn_rate from gold.gold_churn_by_plan_daily where plan_id = 'basic' and date_day = '2026-01-10'`,
  );
  expect(row).toEqual({ active_users: 3, cancelled_users: 1, churn_rate: 1 / 3 });
});

test('fct_billing_daily counts the first paid plan of a user once', async () => {
  const rows = await project.query(
    `select plan_id, cast(sum(new_paid_users) as bigint) as n from analytics.fct_billing_daily group by plan_id order by plan_id`,
  );
  expect(rows).toEqual([
    { plan_id: 'basic', n: 8 },
    { plan_id: 'free', n: 0 },
    { plan_id: 'pro', n: 1 },
    { plan_id: 'team', n: 0 },
  ]);
});
