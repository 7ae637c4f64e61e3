/** Draws by weight from one uniform number, whatever the number of values (Walker's alias method, built after Vose 1991). */
export type Picker = (u: number) => number;

/** @param weights not all 0; they need not sum to one. The picker gives the index of a weight for u in [0, 1). */
export function picker(weights: readonly number[]): Picker {
  const n = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const below = Float64Array.from(weights, (weight) => (weight * n) / total);
  const other = Uint16Array.from(weights, (_, index) => index);
  const small = [...below.keys()].filter((index) => below[index]! < 1);
  const large = [...below.keys()].filter((index) => below[index]! >= 1);
  while (small.length > 0 && large.length > 0) {
    const index = small.pop()!;
    const donor = large.at(-1)!;
    other[index] = donor;
    below[donor] = below[donor]! + below[index]! - 1;
    if (below[donor]! < 1) small.push(large.pop()!);
  }
  // What is left has exactly its share but for rounding.
  for (const index of [...small, ...large]) below[index] = 1;
  return (u) => {
    const at = u * n;
    const index = Math.floor(at);
    return at - index < below[index]! ? index : other[index]!;
  };
}

const STEPS = 4096;

/**
 * Whole milliseconds of an exponential delay with this mean, from one uniform number.
 *
 * The quantiles stand in a table with straight lines between them, because a logarithm takes as long as the rest of an event. The last
 * stretch, one draw in 4096, is as long as it takes to have the mean of the tail.
 */
export function exponentialMs(mean: number): (u: number) => number {
  const quantiles = Float64Array.from({ length: STEPS + 1 }, (_, step) => -mean * Math.log(1 - step / STEPS));
  quantiles[STEPS] = quantiles[STEPS - 1]! + 2 * mean;
  return (u) => {
    const at = u * STEPS;
    const step = Math.floor(at);
    const low = quantiles[step]!;
    return Math.floor(low + (at - step) * (quantiles[step + 1]! - low));
  };
}
