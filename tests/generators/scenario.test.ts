import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configNames } from '../../core/config.ts';
import { packageRoot } from '../../core/files.ts';
import { loadScenario, type Overrides } from '../../generators/scenario.ts';
import { patched, resolveText, tiny, tinyText } from './worlds.ts';

const scenarios = join(packageRoot(), 'configs', 'scenarios');

/** The tiny scenario with texts replaced; each must be there. */
function edited(...edits: [string, string][]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`tiny.yaml holds no ${from}`);
    return text.replace(from, to);
  }, tinyText());
}

const resolve = (text: string, overrides: Overrides = {}) =>
  resolveText(text, 'configs/scenarios/tiny.yaml', overrides);

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

test('every scenario in the repository loads', () => {
  const names = configNames(scenarios);
  expect(names.length).toBeGreaterThanOrEqual(13);
  for (const name of names) expect(loadScenario(join(scenarios, `${name}.yaml`), packageRoot()).name).toBe(name);
});

test('a scenario that does not exist names those that do', () => {
  expect(messageOf(() => loadScenario(join(scenarios, 'jannus.yaml'), packageRoot()))).toMatchInlineSnapshot(`
    "CONFIG_NOT_FOUND
      configs/scenarios/jannus.yaml does not exist; there are: baseline, dirty, growth, holiday_season, janus, job_change, late_storm, marketplace, outage, pii_leak, price_shock, scale, schema_break, tiny. Did you mean "janus"?
      The message lists what exists; names are file names without \`.yaml\`. (docs/errors.md#config_not_found)"
  `);
});

describe('what the schema finds', () => {
  test('a misspelt key', () => {
    const text = edited(['daily_signup_rate', 'daily_singup_rate']);
    expect(messageOf(() => resolve(text))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:9:3
        population: the key "daily_signup_rate" is missing
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_UNKNOWN_KEY configs/scenarios/tiny.yaml:11:3
        population.daily_singup_rate: unknown key; known here: opening_users, opening_days, daily_signup_rate, growth_per_month, campaigns, mean_account_users, profile_change_rate, return, countries, signup_channels, roles, because. Did you mean "daily_signup_rate"?
        Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)"
    `);
  });

  test('a rate above 1', () => {
    expect(
      messageOf(() => resolve(edited(['source: events, rate: 0.02 }', 'source: events, rate: 2 }']))),
    ).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:63:62
        dirt.duplicate_events.rate: found 2, expected a number <= 1
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('an unknown driver', () => {
    expect(messageOf(() => resolve(edited(['tickets_14d:', 'tickets_28d:'])))).toMatchInlineSnapshot(`
      "CONFIG_UNKNOWN_KEY configs/scenarios/tiny.yaml:50:5
        churn.drivers.tickets_28d: unknown key; known here: usage_trend, days_idle, tickets_14d, open_tickets, failed_payments_28d, log_tenure, log_seats, log_price, price_increase, plan, signup_channel, campaign, because. Did you mean "tickets_14d"?
        Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)"
    `);
  });
});

describe('what the schema cannot find', () => {
  test('an unknown plan, in each of the places that name one', () => {
    const text = edited(
      ['[basic, pro, team]', '[basic, prro, team]'],
      ['free: 0.6, basic: 0.3', 'fre: 0.6, basic: 0.3'],
    );
    expect(messageOf(() => resolve(text))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:39:67
        events.incidents.payment_failed.plans.1: "prro" is no plan of this scenario; expected one of free, basic, pro, team. Did you mean "pro"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:53:23
        churn.drivers.plan.log_odds: no value for free; each plan needs one
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:53:30
        churn.drivers.plan.log_odds.fre: "fre" is no plan of this scenario; expected one of free, basic, pro, team. Did you mean "free"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('all problems at once, in the order of the lines', () => {
    const text = edited(
      ['US: 0.5, GB: 0.3', 'US: 0.5, GB: 0.4'],
      ['opening_days: 14', 'opening_days: 99'],
      ['price_usd_month: 49', 'price_usd_month: 19'],
      ['invite_sent: 2', 'invite_sent: 2, ticket_opened: 1'],
      [
        'share: 0.7, min_hours: 1.5, mean_hours: 7, max_hours: 30',
        'share: 0.6, min_hours: 9, mean_hours: 7, max_hours: 6',
      ],
      ['day: 31', 'day: 61'],
      ['page_view: 0.6', 'page_vew: 0.6'],
    );
    expect(messageOf(() => resolve(text))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:10:17
        population.opening_days: found 99, expected at most the 90 days of the scenario
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:15:14
        population.countries: the shares sum to 1.1, expected 1
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:23:27
        plans.pro.price_usd_month: found 19, the price of basic; an upgrade needs a dearer plan
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:36:143
        events.usage.ticket_opened: ticket_opened is an incident; it has a rate of its own below events.incidents
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:61:7
        dirt.late_events.delays: the shares sum to 0.9, expected 1
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:61:49
        dirt.late_events.delays.0.mean_hours: found 7, expected more than min_hours (9)
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:61:63
        dirt.late_events.delays.0.max_hours: found 6, expected more than mean_hours (7)
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:70:26
        drift.event_mix.page_vew: "page_vew" is no usage event of this scenario; expected one of page_view, feature_used, login, api_call, report_exported, integration_synced, invite_sent, ticket_opened. Did you mean "page_view"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('weights that leave nothing to draw', () => {
    const text = edited(
      [
        '{ page_view: 40, feature_used: 24, login: 16, api_call: 9, report_exported: 5, integration_synced: 4, invite_sent: 2 }',
        '{ login: 0 }',
      ],
      ['event_mix: { page_view: 0.6, feature_used: 1.5 }', 'event_mix: { login: 0 }'],
      ['[1.15, 1.2, 1.2, 1.15, 1.05, 0.6, 0.65]', '[0, 0, 0, 0, 0, 0, 0]'],
    );
    expect(messageOf(() => resolve(text))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:32:20
        engagement.weekday_factors: all factors are 0, expected one above 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:36:10
        events.usage: all weights are 0, expected one above 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:70:14
        drift.event_mix: leaves no usage event with a weight above 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });
});

describe('overrides', () => {
  test('stand above the file', () => {
    const scenario = tiny({}, { days: 50, users: 100, eventsPerDay: 80, driftDay: 12, seed: 7 });
    expect(scenario).toMatchObject({ days: 50, openingUsers: 100, eventsPerDay: 80, seed: 7 });
    // The command line counts days from 1, the program from 0.
    expect(scenario.drift?.day).toBe(11);
  });

  test('users without events keep what each user does', () => {
    const { eventsPerDay, signupsPerDay } = tiny({}, { users: 130 });
    expect(eventsPerDay).toBe(200);
    expect(signupsPerDay).toBeCloseTo(0.52, 10);
  });

  test('a world that ends before the drift day of the file has no drift', () => {
    expect(tiny({}, { days: 31 }).drift?.day).toBe(30);
    expect(tiny({}, { days: 30 }).drift).toBeUndefined();
    expect(tiny({}, { days: 10 }).openingDays).toBe(10);
  });

  test('out of range: all at once', () => {
    const overrides = { days: 0, users: 1.5, eventsPerDay: -1, driftDay: 91, seed: -1 };
    expect(messageOf(() => resolve(tinyText(), overrides))).toMatchInlineSnapshot(`
      "CONFIG_INVALID
        --seed -1: seed: found -1, expected a number >= 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID
        --days 0: days: found 0, expected a number >= 1
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID
        --users 1.5: population.opening_users: found 1.5, expected integer
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID
        --events-per-day -1: events.per_day: found -1, expected a number > 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('a drift day needs a drift', () => {
    const text = tinyText().replace(/\ndrift:[\s\S]*$/, '\n');
    expect(messageOf(() => resolve(text, { driftDay: 20 }))).toMatchInlineSnapshot(`
      "CONFIG_INVALID
        --drift-day 20: drift.day: the scenario has no "drift" that could begin on this day; add a "drift" section
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });
});

describe('impossible worlds', () => {
  test('are refused for all that is impossible in them, at once', () => {
    const text = patched({
      days: undefined,
      end_date: '2025-12-31',
      'plans.basic.price_usd_month': -19,
      support_tickets: undefined,
      'churn.drivers.open_tickets': { coefficient: 1 },
      'churn.drivers.usage_tend': { coefficient: 1 },
    });
    expect(messageOf(() => resolve(text))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:32:22
        plans.basic.price_usd_month: found -19, expected a number >= 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:139:7
        churn.drivers.open_tickets: needs the section support_tickets, which says how long a ticket stays open
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_UNKNOWN_KEY configs/scenarios/tiny.yaml:140:5
        churn.drivers.usage_tend: unknown key; known here: usage_trend, days_idle, tickets_14d, open_tickets, failed_payments_28d, log_tenure, log_seats, log_price, price_increase, plan, signup_channel, campaign, because. Did you mean "usage_trend"?
        Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)
      CONFIG_INVALID configs/scenarios/tiny.yaml:207:11
        end_date: found 2025-12-31, expected no day before the start_date 2026-01-01
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
    const plausible = patched({
      days: undefined,
      end_date: '2025-12-31',
      support_tickets: undefined,
      'churn.drivers.open_tickets': { coefficient: 1 },
      'churn.drivers.signup_channel': { log_odds: { organc: 1 } },
      'churn.drivers.campaign': { log_odds: { spring: 1 } },
      'plan_changes.upgrade_rate': 0,
      'plan_changes.upgrade_drivers': { log_seats: { coefficient: 1 } },
    });
    expect(messageOf(() => resolve(plausible))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:47:5
        plan_changes.upgrade_drivers: have nothing to move: upgrade_rate is 0
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:142:7
        churn.drivers.open_tickets: needs the section support_tickets, which says how long a ticket stays open
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:145:17
        churn.drivers.signup_channel.log_odds.organc: "organc" is no signup channel of this scenario; expected one of organic, paid_search. Did you mean "organic"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:148:17
        churn.drivers.campaign.log_odds.spring: "spring" is no campaign of this scenario; expected one of none.
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:214:11
        end_date: found 2025-12-31, expected no day before the start_date 2026-01-01
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('windows, arms and prices', () => {
    const text = patched({
      'population.campaigns': { spring: { days: [10, 30], signup_factor: 2, signup_channel: 'radio' } },
      trial: { days: 14, conversion: 0.5, plans: ['pro', 'gold'] },
      effects: {
        outages: { storm: { days: [30, 20], usage_lost: 0.5 } },
        seasons: { feast: { days: [80, 120], usage_factor: 2 } },
        price_changes: { rise: { day: 91, factor: 2, plans: ['free'] } },
      },
      experiments: {
        tour: {
          days: [1, 90],
          arms: { control: 0.5, tour: 0.4 },
          effects: { tuor: { usage_factor: 2 } },
          eligible: { plans: ['bsic'], signup_channels: ['radio'] },
        },
      },
    });
    expect(messageOf(() => resolve(text))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:30:11
        population.campaigns.spring.days.0: found 10, expected a day after the opening of 14 days, whose signups are given
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:33:23
        population.campaigns.spring.signup_channel: "radio" is no signup channel of this scenario; expected one of organic, paid_search.
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:219:7
        trial.plans.1: "gold" is no plan of this scenario; expected one of free, basic, pro, team.
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:224:9
        effects.outages.storm.days: the last day 20 lies before the first day 30
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:231:11
        effects.seasons.feast.days.1: found 120, expected a day from 1 to 90
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:235:12
        effects.price_changes.rise.day: found 91, expected a day from 1 to 90
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:238:11
        effects.price_changes.rise.plans.0: free is free: a factor cannot change that
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:245:7
        experiments.tour.arms: the shares sum to 0.9, expected 1
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:249:9
        experiments.tour.effects.tuor: "tuor" is no arm of this scenario; expected one of control, tour. Did you mean "tour"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:252:11
        experiments.tour.eligible.plans.0: "bsic" is no plan of this scenario; expected one of free, basic, pro, team. Did you mean "basic"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/scenarios/tiny.yaml:254:11
        experiments.tour.eligible.signup_channels.0: "radio" is no signup channel of this scenario; expected one of organic, paid_search.
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('days and end_date at once, or neither', () => {
    expect(messageOf(() => resolve(patched({ end_date: '2026-02-01' })))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:207:11
        end_date: stands beside days; remove one of the two (in a file that extends: \`days: null\`)
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
    expect(messageOf(() => resolve(patched({ days: undefined })))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/scenarios/tiny.yaml:1:1
        the key "days" is missing (or "end_date")
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
    expect(resolve(patched({ days: undefined, end_date: '2026-01-31' })).days).toBe(31);
  });
});
