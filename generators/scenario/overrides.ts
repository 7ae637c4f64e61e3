import type { LayeredConfig } from '../../core/layered-config.ts';
import { parseSettings, type Setting } from '../../core/setting.ts';
import type { ScenarioSpec } from '../scenario.ts';

/** Values of the command line that stand above the YAML. */
export interface Overrides {
  readonly days?: number;
  /** Users who sign up in the opening days. Without a number of events, that number changes in proportion. */
  readonly users?: number;
  readonly eventsPerDay?: number;
  /** Counted from 1, the start date. */
  readonly driftDay?: number;
  readonly seed?: number;
  /** `path=value`; later ones stand above earlier ones, and all of them above the short forms. */
  readonly set?: readonly string[];
}

const SHORT_FORMS = {
  days: ['--days', 'days'],
  users: ['--users', 'population.opening_users'],
  eventsPerDay: ['--events-per-day', 'events.per_day'],
  driftDay: ['--drift-day', 'drift.day'],
  seed: ['--seed', 'seed'],
} as const;

/** @throws {TidemarkError} USAGE for a `set` that is no path=value. */
export function settingsOf(overrides: Overrides): Setting[] {
  const short = Object.entries(SHORT_FORMS).flatMap(([key, [flag, path]]) => {
    const value = overrides[key as keyof typeof SHORT_FORMS];
    return value === undefined ? [] : [{ flag: `${flag} ${value}`, path: path.split('.'), value }];
  });
  return [...short, ...parseSettings(overrides.set ?? [])];
}

/**
 * Mean number of events a day, in proportion to the users when a flag changes their number and none the events: each user does what
 * they do in the files.
 */
export function eventsPerDay({ value, written, isGiven }: LayeredConfig<ScenarioSpec>): number {
  if (isGiven(['events', 'per_day']) || !isGiven(['population', 'opening_users'])) return value.events.per_day;
  return (value.events.per_day * value.population.opening_users) / written.population.opening_users;
}
