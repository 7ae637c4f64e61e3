import type { ScenarioSpec } from '../scenario.ts';
import type { Checks, DayWindow } from './checks.ts';

export interface EffectsSpec {
  /** By name, as in the other maps. */
  readonly outages?: Readonly<
    Record<string, { readonly days: DayWindow; readonly usage_lost: number; readonly ticket_factor?: number }>
  >;
  readonly seasons?: Readonly<Record<string, { readonly days: DayWindow; readonly usage_factor: number }>>;
  readonly month_end?: { readonly last_days: number; readonly usage_factor: number };
  readonly price_changes?: Readonly<
    Record<string, { readonly day: number; readonly factor: number; readonly plans?: readonly string[] }>
  >;
}

/** A time in which users do more or less than else. Days are counted from 0, both ends belong to it. */
export interface Season {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Factor on the usage, and on the rate of tickets. */
  readonly usage: number;
  readonly tickets: number;
}

export interface PriceChange {
  readonly name: string;
  /** First day of the new price, counted from 0. */
  readonly day: number;
  readonly factor: number;
  /** Indices of the plans. */
  readonly plans: readonly number[];
}

export interface Effects {
  /** Seasons and outages. */
  readonly seasons: readonly Season[];
  /** `usage` is the factor on the last `days` of each calendar month. */
  readonly monthEnd: { readonly days: number; readonly usage: number };
  readonly priceChanges: readonly PriceChange[];
}

export function checkEffects({ effects, plans }: ScenarioSpec, { report, known, window, day, each }: Checks): void {
  const at = (...path: (string | number)[]) => ['effects', ...path];
  for (const kind of ['outages', 'seasons'] as const)
    each<{ readonly days: DayWindow }>(effects?.[kind], (name, { days }) => window(at(kind, name, 'days'), days));
  each(effects?.price_changes, (name, change) => {
    const path = at('price_changes', name);
    day([...path, 'day'], change.day);
    change.plans?.forEach((id, index) => {
      known([...path, 'plans', index], id, Object.keys(plans), 'plan');
      if (plans[id]?.price_usd_month === 0)
        report([...path, 'plans', index], `${id} is free: a factor cannot change that`);
    });
  });
}

/** @param planIds in the order of `scenario.plans`. */
export function normaliseEffects({ effects }: ScenarioSpec, planIds: readonly string[]): Effects {
  const seasons = Object.entries(effects?.seasons ?? {}).map(([name, { days, usage_factor }]) => ({
    name,
    from: days[0] - 1,
    to: days[1] - 1,
    usage: usage_factor,
    tickets: 1,
  }));
  const outages = Object.entries(effects?.outages ?? {}).map(([name, { days, usage_lost, ticket_factor }]) => ({
    name,
    from: days[0] - 1,
    to: days[1] - 1,
    usage: 1 - usage_lost,
    tickets: ticket_factor ?? 1,
  }));
  return {
    seasons: [...seasons, ...outages],
    monthEnd: { days: effects?.month_end?.last_days ?? 0, usage: effects?.month_end?.usage_factor ?? 1 },
    priceChanges: Object.entries(effects?.price_changes ?? {}).map(([name, { day, factor, plans }]) => ({
      name,
      day: day - 1,
      factor,
      plans: [...planIds.keys()].filter((index) => plans?.includes(planIds[index]!) ?? true),
    })),
  };
}
