import type { ScenarioSpec } from '../scenario.ts';

export interface TruthSpec {
  readonly window_every_days?: number;
  readonly window_users?: number;
  readonly daily_users?: number;
}

/** How much of the truth is worked out: the probability of a window takes longer than all that is written of its user and day. */
export interface TruthScope {
  /** Days between two rows of a user in the window truth, counted back from the last day. */
  readonly windowEveryDays: number;
  /** Users of such a day, drawn at random when there are more; the same ones each time, as far as they are active. */
  readonly windowUsers: number;
  /** As {@link windowUsers}, of the probability of the next day; undefined for all. */
  readonly dailyUsers?: number;
}

const EVERY_DAYS = 7;
const USERS = 4000;

export const normaliseTruth = ({ truth = {} }: ScenarioSpec): TruthScope => ({
  windowEveryDays: truth.window_every_days ?? EVERY_DAYS,
  windowUsers: truth.window_users ?? USERS,
  ...(truth.daily_users === undefined ? {} : { dailyUsers: truth.daily_users }),
});
