/** Draws by weight from 32 uniform bits, whatever the number of values (Walker's alias method, built after Vose 1991). */
export type Picker = (bits: number) => number;

/**
 * @param weights not all 0; they need not sum to one. The picker gives the index of a weight for a signed 32-bit integer: a fraction would
 *   be allocated on the heap on its way from one function to another.
 */
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
  const share = n / 2 ** 32;
  return (bits) => {
    const at = (bits >>> 0) * share;
    const index = Math.floor(at);
    return at - index < below[index]! ? index : other[index]!;
  };
}

const STEPS = 4096;

/**
 * Whole milliseconds of an exponential delay with this mean, from 32 uniform bits as a signed integer.
 *
 * The quantiles stand in a table with straight lines between them, because a logarithm takes as long as the rest of an event. The last
 * stretch, one draw in 4096, is as long as it takes to have the mean of the tail.
 */
export function exponentialMs(mean: number): (bits: number) => number {
  const quantiles = Float64Array.from({ length: STEPS + 1 }, (_, step) => -mean * Math.log(1 - step / STEPS));
  quantiles[STEPS] = quantiles[STEPS - 1]! + 2 * mean;
  const share = STEPS / 2 ** 32;
  return (bits) => {
    const at = (bits >>> 0) * share;
    const step = Math.floor(at);
    const low = quantiles[step]!;
    return Math.floor(low + (at - step) * (quantiles[step + 1]! - low));
  };
}
