import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { checkDrivers, type Drivers, type DriversSpec, type Named, normaliseDrivers } from './drivers.ts';

export interface ChurnSpec {
  readonly intercept: number;
  readonly drivers: DriversSpec;
}

export interface PlanChangesSpec {
  readonly upgrade_rate?: number;
  readonly downgrade_rate?: number;
  readonly upgrade_drivers?: DriversSpec;
  readonly downgrade_drivers?: DriversSpec;
}

export interface TrialSpec {
  readonly days: number;
  readonly conversion: number;
  readonly plans?: readonly string[];
}

/** The hazards of a subscription, each per day. */
export interface LifeCycle {
  readonly churn: Drivers;
  /** Steps to the next dearer or cheaper plan. Without drivers the rate, per active user-day, is the same for all. */
  readonly planChanges: Readonly<Record<'upgrade' | 'downgrade', { readonly rate: number; readonly law?: Drivers }>>;
  /** Of first subscriptions: the first payment comes after it. */
  readonly trial?: {
    readonly days: number;
    /** Log-odds of cancelling at its end when all drivers are zero; takes the place of the intercept. */
    readonly intercept: number;
    /** Indices of the plans. */
    readonly plans: readonly number[];
  };
}

export function checkLifeCycle(spec: ScenarioSpec, checks: Checks): void {
  const { churn, plan_changes, trial, plans } = spec;
  checks.all(
    () => checkDrivers(churn.drivers, spec, checks, ['churn', 'drivers']),
    ...(['upgrade', 'downgrade'] as const).map((way) => () => {
      const drivers = plan_changes?.[`${way}_drivers`];
      if (!drivers) return;
      checkDrivers(drivers, spec, checks, ['plan_changes', `${way}_drivers`]);
      const rate = plan_changes?.[`${way}_rate`] ?? 0;
      if (rate === 0 || rate === 1)
        checks.report(['plan_changes', `${way}_drivers`], `have nothing to move: ${way}_rate is ${rate}`);
    }),
    () =>
      trial?.plans?.forEach((id, index) => {
        checks.known(['trial', 'plans', index], id, Object.keys(plans), 'plan');
      }),
  );
}

/** @param named plans in the order of `scenario.plans`. */
export function normaliseLifeCycle(
  { churn, plan_changes, trial, plans }: ScenarioSpec,
  days: number,
  named: Named,
): LifeCycle {
  const move = (way: 'upgrade' | 'downgrade') => {
    const rate = plan_changes?.[`${way}_rate`] ?? 0;
    const drivers = plan_changes?.[`${way}_drivers`];
    return { rate, ...(drivers ? { law: normaliseDrivers(logit(rate), drivers, days, named) } : {}) };
  };
  const tried = trial?.plans ?? named.plans.filter((id) => plans[id]!.price_usd_month > 0);
  return {
    churn: normaliseDrivers(churn.intercept, churn.drivers, days, named),
    planChanges: { upgrade: move('upgrade'), downgrade: move('downgrade') },
    ...(trial
      ? {
          trial: {
            days: trial.days,
            intercept: -logit(trial.conversion),
            plans: [...named.plans.keys()].filter((index) => tried.includes(named.plans[index]!)),
          },
        }
      : {}),
  };
}

const logit = (p: number): number => Math.log(p / (1 - p));
