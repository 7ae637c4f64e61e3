import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { plain, statuses } from '../../support/stock-project.ts';
import { IS_WHOLE, WHOLE_TIMEOUT } from '../../support/whole.ts';
import { type BothWays, bothWays, type World } from './both-ways.ts';

/** `npm run check:stock` takes the large worlds, of which OULAD keeps Postgres busy for too long. */
const CASES: readonly (readonly ['duckdb' | 'postgres', World])[] = IS_WHOLE
  ? [
      ['duckdb', { scenario: 'baseline' }],
      ['duckdb', { dataset: 'oulad' }],
      ['postgres', { scenario: 'baseline' }],
    ]
  : [
      ['duckdb', { scenario: 'tiny' }],
      ['postgres', { scenario: 'tiny' }],
    ];
/** The CLI gives up a compile after a minute, which a busy machine may need. */
const RUN = ['run', '--timeout=5m'];
const LONG = WHOLE_TIMEOUT ?? 300_000;
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG });
const EVENTS = { schema: 'silver', name: 'stg_events' };
const USAGE = { schema: 'analytics', name: 'fct_product_usage_daily' };

describe.each(CASES)('the stock CLI on %s: %o', (engine, world) => {
  // On Postgres a run by the CLI takes 20 s, so that the usual tests have one: it makes most tables and merges the others.
  const isShort = engine === 'postgres' && !IS_WHOLE;
  let ways: BothWays;
  beforeAll(async () => {
    ways = await bothWays(engine, world);
    if (isShort) for (const way of ['ours', 'stock'] as const) await ways.ours(way);
  });
  afterAll(async () => {
    await ways?.remove();
  });

  /** Runs the project both ways. Every action ends in the same state. */
  async function runBoth(...args: string[]): Promise<string> {
    const states = await ways.ours();
    const result = await ways.stock(...RUN, ...args);
    expect(result.code, result.stderr).toBe(0);
    expect(statuses(result)).toEqual(states);
    expect(Object.keys(states).length).toBeGreaterThan(150);
    return plain(result.stdout);
  }

  async function expectSame(): Promise<void> {
    const { relations, rows, differences } = await ways.compare();
    expect(differences).toEqual([]);
    expect(relations).toEqual(expect.arrayContaining(['gold.gold_user_features_daily', 'marts.mart_daily_kpis']));
    expect(rows).toBeGreaterThan(50_000);
  }

  if (!isShort) {
    test('makes what our runner makes', async () => {
      await runBoth();
      await expectSame();
    });
  }

  test('merges where a run went before: what is gone comes back, what is there stays', async () => {
    const count = (relation: (of: typeof EVENTS) => string) => `
        select (select count(*) from ${relation(EVENTS)}) as records, (select count(*) from ${relation(USAGE)}) as days,
          (select count(*) from ${relation(EVENTS)} where raw = 'kept') as kept`;
    const before = await ways.rows(count);
    await ways.change((relation) => [
      `update ${relation(EVENTS)} set raw = 'kept'
         where row_hash = (select min(row_hash) from ${relation(EVENTS)} where verdict = 'accepted')`,
      `delete from ${relation(EVENTS)} where row_hash >= 'f'`,
      `delete from ${relation(USAGE)} where date_day = (select max(date_day) from ${relation(USAGE)})`,
    ]);
    const changed = await ways.rows(count);
    expect(changed.stock[0]!.records).toBeLessThan(Number(before.stock[0]!.records));
    expect(changed.stock[0]!.days).toBeLessThan(Number(before.stock[0]!.days));
    expect(await runBoth('--run-tests')).toMatch(/Unit tests completed successfully\./);
    const after = [{ ...before.ours[0], kept: 1 }];
    expect(await ways.rows(count)).toEqual({ ours: after, stock: after });
    await expectSame();
  });

  // OULAD has other models.
  if (isShort || 'dataset' in world) return;

  test('is red where something is wrong, and a dry run changes nothing', async () => {
    const { project } = ways;
    project.edit('definitions/dimensions/dim_date.sqlx', /days\.d = .*(?= as is_last_day)/, 'days.no_such_column');
    project.edit('definitions/dimensions/dim_plan.sqlx', '>= 0"]', '>= 0", "1 = 2"]');
    const said =
      engine === 'duckdb'
        ? /^ {2}bigquery error: Binder Error: .*"no_such_column".* at \[\d+:5\]$/ms
        : /^ {2}bigquery error: ERROR: column days\.no_such_column does not exist at \[\d+:5\]$/m;
    const dry = await ways.stock(...RUN, '--dry-run', '--tags=dimensions');
    expect(dry.code).toBe(1);
    expect(plain(dry.stdout)).toMatch(/^Table dry run success: {2}analytics\.dim_plan \[table\]/m);
    expect(plain(dry.stderr)).toMatch(said);
    await expectSame();

    const broken = await ways.stock(...RUN, '--tags=dimensions');
    expect(broken.code).toBe(1);
    expect(statuses(broken)).toMatchObject({
      'analytics.dim_date': 'FAILED',
      'analytics.dim_plan': 'SUCCESSFUL',
      'assertions.analytics_dim_plan_assertions_rowConditions': 'FAILED',
      'assertions.analytics_dim_date_assertions_uniqueKey_0': 'SKIPPED',
    });
    expect(plain(broken.stderr)).toMatch(said);
    expect(plain(broken.stderr)).toMatch(/^ {2}bigquery error: Assertion failed: query returned \d row\(s\)\.$/m);
    await expectSame();
  });
});
