import type { Config } from '../core/config.ts';
import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Overrides } from './scenario.ts';
import type { ScenarioSpec, Shares } from './scenario-spec.ts';

/** Checks that a JSON Schema cannot express; problems in the order of the file's lines. */
export function checkScenario(config: Config<ScenarioSpec>): Problem[] {
  const spec = config.value;
  const problems: Problem[] = [];
  const report = (path: readonly (string | number)[], message: string, more: Partial<Problem> = {}) =>
    void problems.push(config.problem(path, message, more));

  const sumsToOne = (path: readonly (string | number)[], shares: readonly number[]) => {
    const sum = shares.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) > 1e-6) report(path, `the shares sum to ${round(sum)}, expected 1`);
  };
  const shares = (path: readonly string[], values: Shares) => sumsToOne(path, Object.values(values));
  const known = (path: readonly (string | number)[], name: string, names: readonly string[], what: string) => {
    if (names.includes(name)) return;
    const near = nearest(name, names);
    const message = `"${name}" is no ${what} of this scenario; expected one of ${names.join(', ')}.`;
    report(path, message, near === undefined ? {} : { nearest: near });
  };

  const { population, plans, events, churn, dirt, drift } = spec;
  shares(['population', 'countries'], population.countries);
  shares(['population', 'signup_channels'], population.signup_channels);
  shares(['population', 'roles'], population.roles);
  if (population.opening_days > spec.days) {
    report(
      ['population', 'opening_days'],
      `found ${population.opening_days}, expected at most the ${spec.days} days of the scenario`,
    );
  }

  const planIds = Object.keys(plans);
  sumsToOne(
    ['plans'],
    Object.values(plans).map((plan) => plan.start_share),
  );
  const prices = new Map<number, string>();
  for (const [id, { price_usd_month: price }] of Object.entries(plans)) {
    const other = prices.get(price);
    if (other)
      report(['plans', id, 'price_usd_month'], `found ${price}, the price of ${other}; an upgrade needs a dearer plan`);
    prices.set(price, id);
  }

  const usageTypes = Object.keys(events.usage);
  for (const [name, { plans: some }] of Object.entries(events.incidents)) {
    for (const [index, id] of (some ?? []).entries())
      known(['events', 'incidents', name, 'plans', index], id, planIds, 'plan');
    if (usageTypes.includes(name))
      report(['events', 'usage', name], `${name} is an incident; it has a rate of its own below events.incidents`);
  }
  if (!usageTypes.some((type) => events.usage[type]! > 0))
    report(['events', 'usage'], 'all weights are 0, expected one above 0');
  if (!events.hour_weights.some((weight) => weight > 0))
    report(['events', 'hour_weights'], 'all weights are 0, expected one above 0');
  if (!spec.engagement.weekday_factors.some((factor) => factor > 0)) {
    report(['engagement', 'weekday_factors'], 'all factors are 0, expected one above 0');
  }
  shares(['events', 'app_channels'], events.app_channels);

  const planDriver = churn.drivers.plan;
  if (planDriver) {
    for (const id of Object.keys(planDriver.log_odds))
      known(['churn', 'drivers', 'plan', 'log_odds', id], id, planIds, 'plan');
    const missing = planIds.filter((id) => planDriver.log_odds[id] === undefined);
    if (missing.length > 0)
      report(['churn', 'drivers', 'plan', 'log_odds'], `no value for ${missing.join(', ')}; each plan needs one`);
  }

  const delays = dirt?.late?.delays;
  if (delays) {
    sumsToOne(
      ['dirt', 'late', 'delays'],
      delays.map((delay) => delay.share),
    );
    delays.forEach(({ min_hours: min, mean_hours: mean, max_hours: max }, index) => {
      if (mean <= min)
        report(['dirt', 'late', 'delays', index, 'mean_hours'], `found ${mean}, expected more than min_hours (${min})`);
      if (max <= mean)
        report(['dirt', 'late', 'delays', index, 'max_hours'], `found ${max}, expected more than mean_hours (${mean})`);
    });
  }

  if (drift) {
    if (drift.day > spec.days) report(['drift', 'day'], `found ${drift.day}, expected a day from 1 to ${spec.days}`);
    if (drift.ui_variant) shares(['drift', 'ui_variant'], drift.ui_variant);
    for (const type of Object.keys(drift.event_mix ?? {}))
      known(['drift', 'event_mix', type], type, usageTypes, 'usage event');
    if (!usageTypes.some((type) => events.usage[type]! * (drift.event_mix?.[type] ?? 1) > 0))
      report(['drift', 'event_mix'], 'leaves no usage event with a weight above 0');
  }
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** Ranges of the command line's values; the drift day is held against the days that will be generated. */
export function checkOverrides(spec: ScenarioSpec, overrides: Overrides): Problem[] {
  const problems: Problem[] = [];
  const range = (flag: string, value: number | undefined, low: number, high: number, whole = true) => {
    if (value === undefined || (value >= low && value <= high && (!whole || Number.isInteger(value)))) return;
    const expected = `expected a ${whole ? 'whole number' : 'number'} from ${low} to ${high}`;
    problems.push({
      code: 'USAGE',
      message: `${flag}: found ${value}, ${expected}`,
      hint: `Pass ${flag} within its range or leave it out.`,
    });
  };
  range('--days', overrides.days, 1, 3650);
  range('--users', overrides.users, 1, 10_000_000);
  range('--events-per-day', overrides.eventsPerDay, 1, 1_000_000_000, false);
  range('--drift-day', overrides.driftDay, 1, Math.max(1, overrides.days ?? spec.days));
  range('--seed', overrides.seed, 0, 4_294_967_295);
  if (overrides.driftDay !== undefined && !spec.drift) {
    problems.push({
      code: 'USAGE',
      message: `--drift-day: the scenario has no "drift" that could begin on day ${overrides.driftDay}`,
      hint: 'Add a "drift" section to the scenario or leave the flag out.',
    });
  }
  return problems;
}

const round = (value: number): string => String(Number(value.toFixed(6)));
