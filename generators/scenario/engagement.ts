import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

export interface EngagementSpec {
  readonly user_spread: number;
  readonly noise: { readonly spread: number; readonly memory_days: number };
  readonly decline: { readonly rate: number; readonly daily_drop: number; readonly recovery_rate: number };
  readonly weekday_factors: readonly number[];
}

export interface Engagement {
  readonly userSpread: number;
  readonly noiseSpread: number;
  /** Autocorrelation of the noise from one day to the next. */
  readonly noiseMemory: number;
  readonly declineRate: number;
  readonly dailyDrop: number;
  readonly recoveryRate: number;
  /** Seven factors from Monday, with mean 1. */
  readonly weekdays: readonly number[];
}

export function checkEngagement({ engagement }: ScenarioSpec, { report }: Checks): void {
  if (!engagement.weekday_factors.some((factor) => factor > 0))
    report(['engagement', 'weekday_factors'], 'all factors are 0, expected one above 0');
}

export function normaliseEngagement({ engagement }: ScenarioSpec): Engagement {
  const meanFactor = engagement.weekday_factors.reduce((sum, factor) => sum + factor, 0) / 7;
  return {
    userSpread: engagement.user_spread,
    noiseSpread: engagement.noise.spread,
    noiseMemory: Math.exp(-1 / engagement.noise.memory_days),
    declineRate: engagement.decline.rate,
    dailyDrop: engagement.decline.daily_drop,
    recoveryRate: engagement.decline.recovery_rate,
    weekdays: engagement.weekday_factors.map((factor) => factor / meanFactor),
  };
}
