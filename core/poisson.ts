/** From this mean on, {@link poisson} takes a second uniform number. */
export const LARGE_MEAN = 30;

/**
 * A Poisson number with the given mean from one uniform number in [0, 1): exact inversion below {@link LARGE_MEAN}, a rounded normal
 * above, for which `spare` is a second one. Whatever its mean, a draw takes the same luck, so a mean that changes moves no other draw.
 */
export function poisson(mean: number, u: number, spare = 0.5): number {
  // exp(-m) >= 1 - m: most draws of a rare event need no exponential.
  if (mean <= 0 || u < 1 - mean) return 0;
  if (mean >= LARGE_MEAN) {
    const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * spare);
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let k = 0;
  let p = Math.exp(-mean);
  let cumulative = p;
  while (u > cumulative && k < 1000) {
    k++;
    p *= mean / k;
    cumulative += p;
  }
  return k;
}
