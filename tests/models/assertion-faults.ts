import { PEOPLE_FAULTS, PEOPLE_ROW_FAULTS } from './assertion-faults-people.ts';

/**
 * The fault that each assertion is there for, where it cannot be worked out from the assertion itself: what is unique is made twice, what
 * must not be null is made null, and `x >= 0`, `x between 0 and 1`, `x in ('a', 'b')` are broken without an entry here.
 */

import { MONEY_FAULTS, MONEY_FAULTS_OF_SOURCES, MONEY_ROW_FAULTS } from './assertion-faults-of-money.ts';

/** What makes a row break a condition of `rowConditions`, as the `set` of an update. By table and condition, as they stand in the config block. */
export const ROW_FAULTS: Readonly<Record<string, string>> = {
  ...MONEY_ROW_FAULTS,
  'fct_subscriptions_daily: is_active or mrr_usd is null or mrr_usd = 0': 'is_active = false, mrr_usd = 19',
  'gold_churn_labels_daily: next_cancel_date is null or next_cancel_date > date_day': 'next_cancel_date = date_day',
  'gold_churn_labels_daily: churn_within_7d is null or churn_within_7d = 0 or churn_within_14d is null or churn_within_14d = 1':
    'churn_within_7d = 1, churn_within_14d = 0',
  'gold_user_features_daily: events_1d >= 0 and events_1d <= events_7d and events_7d <= events_14d and events_14d <= events_28d':
    'events_7d = events_14d + 1',
  'gold_user_features_daily: active_days_7d between 0 and 7 and active_days_28d between 0 and 28':
    'active_days_28d = 29',
  ...PEOPLE_ROW_FAULTS,
};

/** Statements that break the world in the way that a written assertion is there for, by its name. */
export const FAULTS: Readonly<Record<string, readonly string[]>> = {
  ...MONEY_FAULTS,
  late_rate_below_threshold: [
    'update analytics.fct_events_daily set late_rate_7d = 0.9 where date_day = (select max(date_day) from analytics.fct_events_daily)',
  ],
  ...PEOPLE_FAULTS,
  valid_late_rate_7d: [
    'update analytics.fct_events_daily set late_rate = 1.5 where date_day = (select min(date_day) from analytics.fct_events_daily)',
  ],
};

/** The same for assertions that are published for each source: from the source in the name, and the SQL of the assertion. */
export const FAULTS_OF_SOURCES: readonly [RegExp, (source: string, sql: string) => readonly string[]][] = [
  ...MONEY_FAULTS_OF_SOURCES,
  [/^rows_accounted_(.+)$/, (source) => [`delete from silver.silver_${source} where rowid = 0`]],
  [
    /^fresh_(.+?)(?:_warning)?$/,
    (source, sql) => {
      const column = /\b(\w+_(?:ts|date))\b/.exec(sql)![1]!;
      return [`update silver.silver_${source} set ${column} = ${column} - interval 10 years`];
    },
  ],
];

/** The fault of a condition of a plain form; undefined when it has another. */
export function plainFault(condition: string): string | undefined {
  const bare = condition.replace(/^(\w+) is null or (?=\1\b)/i, '').trim();
  const least = /^(\w+) (>=|>) (-?[\d.]+)$/.exec(bare);
  if (least) return `${least[1]} = ${Number(least[3]) - (least[2] === '>' ? 0 : 1)}`;
  const most = /^(\w+) (<=|<) (-?[\d.]+)$/.exec(bare);
  if (most) return `${most[1]} = ${Number(most[3]) + (most[2] === '<' ? 0 : 1)}`;
  const between = /^(\w+) between (-?[\d.]+) and (-?[\d.]+)$/i.exec(bare);
  if (between) return `${between[1]} = ${Number(between[3]) + 1}`;
  const missing = /^(\w+) is not null$/i.exec(bare);
  if (missing) return `${missing[1]} = null`;
  const oneOf = /^(\w+) in \('.*'\)$/i.exec(bare);
  return oneOf ? `${oneOf[1]} = 'something else'` : undefined;
}
