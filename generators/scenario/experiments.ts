import type { ScenarioSpec } from '../scenario.ts';
import type { Checks, DayWindow } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

export interface ExperimentSpec {
  readonly days: DayWindow;
  readonly arms: Shares;
  readonly eligible?: {
    readonly plans?: readonly string[];
    readonly signup_channels?: readonly string[];
    readonly new_users_only?: boolean;
  };
  /** By arm; an arm that is left out changes nothing. */
  readonly effects: Readonly<Record<string, { readonly churn_log_odds?: number; readonly usage_factor?: number }>>;
}

export interface Experiment {
  readonly name: string;
  /** First and last day, counted from 0. */
  readonly from: number;
  readonly to: number;
  readonly arms: Weighted;
  /** Indices of the plans on which it happens. */
  readonly plans: readonly number[];
  /** Indices of the signup channels whose users take part. */
  readonly channels: readonly number[];
  readonly newUsersOnly: boolean;
  /** In the order of the arms, on the days of the experiment. */
  readonly effects: readonly { readonly churnLogOdds: number; readonly usage: number }[];
}

/** The tables of the world hold each combination of arms on each day. */
const MOST_COMBINATIONS = 1000;

export function checkExperiments(
  { experiments = {}, plans, population }: ScenarioSpec,
  { report, shares, known, window, each }: Checks,
): void {
  each(experiments, (name, { days, arms, eligible, effects }) => {
    const at = (...path: (string | number)[]) => ['experiments', name, ...path];
    window(at('days'), days);
    shares(at('arms'), arms);
    for (const arm of Object.keys(effects)) known(at('effects', arm), arm, Object.keys(arms), 'arm');
    eligible?.plans?.forEach((id, i) => {
      known(at('eligible', 'plans', i), id, Object.keys(plans), 'plan');
    });
    eligible?.signup_channels?.forEach((channel, i) => {
      const channels = Object.keys(population.signup_channels);
      known(at('eligible', 'signup_channels', i), channel, channels, 'signup channel');
    });
  });
  const combinations = Object.values(experiments).reduce((n, { arms }) => n * (Object.keys(arms).length + 1), 1);
  if (combinations > MOST_COMBINATIONS)
    report(['experiments'], `${combinations} combinations of arms, expected at most ${MOST_COMBINATIONS}`);
}

/** @param planIds in the order of `scenario.plans`. */
export function normaliseExperiments(
  { experiments = {}, population }: ScenarioSpec,
  planIds: readonly string[],
): Experiment[] {
  const channels = Object.keys(population.signup_channels);
  const indices = (names: readonly string[], some: readonly string[] | undefined) =>
    [...names.keys()].filter((index) => some?.includes(names[index]!) ?? true);
  return Object.entries(experiments).map(([name, { days, arms, eligible, effects }]) => ({
    name,
    from: days[0] - 1,
    to: days[1] - 1,
    arms: weighted(arms),
    plans: indices(planIds, eligible?.plans),
    channels: indices(channels, eligible?.signup_channels),
    newUsersOnly: eligible?.new_users_only ?? false,
    effects: Object.keys(arms).map((arm) => ({
      churnLogOdds: effects[arm]?.churn_log_odds ?? 0,
      usage: effects[arm]?.usage_factor ?? 1,
    })),
  }));
}
