import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Weighted, weighted } from './shares.ts';

/** `touches:` of a scenario: the advertisements and pages that people saw before they signed up, or did not. */
export interface TouchesSpec {
  readonly mean_before_signup?: number;
  readonly mean_days_between?: number;
  readonly window_days?: number;
  readonly agreement?: number;
  readonly anonymous_per_day?: number;
  readonly channels?: Readonly<Record<string, ChannelSpec>>;
}

export interface ChannelSpec {
  readonly cost_usd?: number;
  /** Relative weights by campaign. */
  readonly campaigns?: Readonly<Record<string, number>>;
}

export interface Touches {
  /** At least 1: the last touch leads to the signup. */
  readonly meanBeforeSignup: number;
  readonly meanDaysBetween: number;
  /** No touch lies further back than this before its signup, or before the first day. */
  readonly windowDays: number;
  /** Share of users whose last touch has the channel that their profile names. */
  readonly agreement: number;
  readonly anonymousPerDay: number;
  /** By channel, in the order of the signup channels. */
  readonly channels: readonly { readonly name: string; readonly costUsd: number; readonly campaigns: Weighted }[];
}

export function normaliseTouches(spec: TouchesSpec, signupChannels: readonly string[]): Touches {
  return {
    meanBeforeSignup: spec.mean_before_signup ?? 2.2,
    meanDaysBetween: spec.mean_days_between ?? 4,
    windowDays: spec.window_days ?? 30,
    agreement: spec.agreement ?? 0.85,
    anonymousPerDay: spec.anonymous_per_day ?? 0,
    channels: signupChannels.map((name) => ({
      name,
      costUsd: spec.channels?.[name]?.cost_usd ?? 0,
      campaigns: weighted(spec.channels?.[name]?.campaigns ?? { [`${name}_always_on`]: 1 }),
    })),
  };
}

export function checkTouches({ touches, population }: ScenarioSpec, { known, report, each }: Checks): void {
  each(touches?.channels, (name, { campaigns }) => {
    const path = ['touches', 'channels', name];
    known(path, name, Object.keys(population.signup_channels), 'signup channel');
    if (campaigns && !Object.values(campaigns).some((weight) => weight > 0))
      report([...path, 'campaigns'], 'all weights are 0, expected one above 0');
  });
}
