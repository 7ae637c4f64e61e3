import type { LayeredConfig } from '../../core/layered-config.ts';
import type { Path } from '../../core/yaml-file.ts';
import type { ScenarioSpec } from '../scenario.ts';

/** A rule that two scenarios state differently; undefined where one does not state it. */
export interface RuleDifference {
  /** With dots. */
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** A value of a scenario with the place that gives it. */
export interface StatedValue {
  readonly path: Path;
  readonly value: unknown;
}

/** Words about a rule, which are no rule. */
const WORDS = new Set(['description', 'because', 'version']);

/** The values of a scenario by path, in the order of the files: lists and single values, but no words about them. */
export function statedValues(value: unknown, path: Path = []): StatedValue[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path, value }];
  const entries = Object.entries(value).filter(([key]) => !WORDS.has(key));
  if (entries.length === 0) return [{ path, value: {} }];
  return entries.flatMap(([key, below]) => statedValues(below, [...path, key]));
}

/** What two scenarios state differently: first what A states, in its order, then what B alone states. */
export function ruleDifferences(a: LayeredConfig<ScenarioSpec>, b: LayeredConfig<ScenarioSpec>): RuleDifference[] {
  const values = (config: LayeredConfig<ScenarioSpec>) =>
    new Map(statedValues(config.value).map((stated) => [stated.path.join('.'), stated.value]));
  const [ofA, ofB] = [values(a), values(b)];
  return [...new Set([...ofA.keys(), ...ofB.keys()])]
    .map((path) => ({ path, a: ofA.get(path), b: ofB.get(path) }))
    .filter((rule) => JSON.stringify(rule.a) !== JSON.stringify(rule.b));
}
