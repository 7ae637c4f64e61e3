/** The Poisson number at a uniform `u`, by inversion: 0 for small `u`, so that a rare thing costs one comparison. For means below 700. */
export function poissonAt(u: number, mean: number): number {
  // exp(-m) >= 1 - m: most draws of a rare event need no exponential.
  if (u < 1 - mean) return 0;
  let probability = Math.exp(-mean);
  let cumulative = probability;
  let n = 0;
  while (u >= cumulative && n < 10_000) {
    n++;
    probability *= mean / n;
    cumulative += probability;
  }
  return n;
}
