import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

export interface DriftSpec {
  readonly day: number;
  readonly ui_variant?: Shares;
  /** Factors on the weights of `events.usage` from the drift day on. */
  readonly event_mix?: Readonly<Record<string, number>>;
}

export interface Drift {
  /** Counted from 0. */
  readonly day: number;
  readonly uiVariant?: Weighted;
  readonly usage?: Weighted;
}

export function checkDrift({ drift, events }: ScenarioSpec, { report, shares, known, day }: Checks): void {
  if (!drift) return;
  const usageTypes = Object.keys(events.usage);
  day(['drift', 'day'], drift.day);
  if (drift.ui_variant) shares(['drift', 'ui_variant'], drift.ui_variant);
  for (const type of Object.keys(drift.event_mix ?? {}))
    known(['drift', 'event_mix', type], type, usageTypes, 'usage event');
  if (!usageTypes.some((type) => events.usage[type]! * (drift.event_mix?.[type] ?? 1) > 0))
    report(['drift', 'event_mix'], 'leaves no usage event with a weight above 0');
}

/** Undefined when the drift lies after the last day or is not asked for. */
export function normaliseDrift({ drift, events }: ScenarioSpec, days: number): Drift | undefined {
  if (!drift || drift.day > days) return undefined;
  const shifted = (factors: Shares): Shares =>
    Object.fromEntries(Object.entries(events.usage).map(([type, weight]) => [type, weight * (factors[type] ?? 1)]));
  return {
    day: drift.day - 1,
    ...(drift.ui_variant ? { uiVariant: weighted(drift.ui_variant) } : {}),
    ...(drift.event_mix ? { usage: weighted(shifted(drift.event_mix)) } : {}),
  };
}
