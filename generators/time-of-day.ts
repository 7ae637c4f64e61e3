import type { Random } from '../core/random.ts';
import type { Scenario } from './scenario.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Milliseconds since midnight, by the hours of the scenario. */
export function timeOfDay(scenario: Scenario, stream: Random): number {
  const hour = stream.pick(HOURS, scenario.hourWeights);
  return hour * 3_600_000 + stream.int(3_600_000);
}
