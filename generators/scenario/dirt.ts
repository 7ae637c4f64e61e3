import { type DirtRule, dirtRules } from '../dirt/rule.ts';
import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

export interface DelaySpec {
  readonly share: number;
  readonly min_hours: number;
  readonly mean_hours: number;
  readonly max_hours: number;
}

export interface DirtSpec {
  readonly late?: { readonly rate: number; readonly delays: readonly DelaySpec[] };
  readonly duplicate?: { readonly rate: number };
  readonly null_user?: { readonly rate: number };
  readonly malformed?: { readonly rate: number };
}

export function checkDirt({ dirt }: ScenarioSpec, { report, sumsToOne }: Checks): void {
  const delays = dirt?.late?.delays;
  if (!delays) return;
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

/** The rules, armed: each under its own name, with the seed of the scenario. */
export function normaliseDirt({ dirt = {}, seed }: ScenarioSpec, days: number): DirtRule[] {
  const rules = Object.entries(dirt).map(([name, rule]) => [name, { ...rule, kind: name, source: 'events' }]);
  return dirtRules(Object.fromEntries(rules), seed, days);
}
