import type { LayeredConfig } from '../../core/layered-config.ts';
import { checkDirt } from '../dirt/check-rules.ts';
import { type DirtRule, type DirtSpec, dirtRules } from '../dirt/rule.ts';
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

export function checkDirtRules(config: LayeredConfig<ScenarioSpec>, { report }: Checks, days: number): void {
  const spec: DirtSpec = config.value.dirt ?? {};
  const sources = sourceNames(config.value).map((name) => ({ name, columns: SOURCE_COLUMNS[name] }));
  checkDirt(spec, days, sources, (path, message, more) => report(['dirt', ...path], message, more));
}

export const normaliseDirt = ({ dirt }: ScenarioSpec, seed: number, days: number): readonly DirtRule[] =>
  dirtRules(dirt ?? {}, seed, days);
