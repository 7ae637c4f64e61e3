import { checkDirt } from '../dirt/check-rules.ts';
import { type DirtRule, dirtRules } from '../dirt/rule.ts';
import type { ScenarioSpec } from '../scenario.ts';
import { SOURCE_COLUMNS, sourceNames } from '../sources/columns.ts';
import type { Checks } from './checks.ts';

export type { DirtSpec } from '../dirt/rule.ts';

/** A part of a mixture of delays: an exponential that starts at the minimum and is cut at the maximum. */
export interface DelaySpec {
  readonly share: number;
  readonly min_hours: number;
  readonly mean_hours: number;
  readonly max_hours: number;
}

export function checkDirtRules(spec: ScenarioSpec, checks: Checks, days: number): void {
  const sources = sourceNames(spec).map((name) => ({ name, columns: SOURCE_COLUMNS[name] }));
  checkDirt(spec.dirt ?? {}, days, sources, {
    each: checks.each,
    report: (path, message, more) => checks.report(['dirt', ...path], message, more),
  });
}

export const normaliseDirt = ({ dirt }: ScenarioSpec, seed: number, days: number): readonly DirtRule[] =>
  dirtRules(dirt ?? {}, seed, days);
