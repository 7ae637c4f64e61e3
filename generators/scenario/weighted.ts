import type { Weighted } from '../scenario.ts';
import type { Shares } from '../scenario-spec.ts';

/** Relative weights as values with weights that sum to one. */
export function weighted(shares: Shares): Weighted {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return { values: Object.keys(shares), weights: Object.values(shares).map((share) => share / total) };
}
