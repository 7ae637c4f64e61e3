/** Probabilities by name; they sum to one. */
export type Shares = Readonly<Record<string, number>>;

/** Values that are drawn by weight; the weights sum to one. */
export interface Weighted {
  readonly values: readonly string[];
  readonly weights: readonly number[];
}

export function weighted(shares: Shares): Weighted {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return { values: Object.keys(shares), weights: Object.values(shares).map((share) => share / total) };
}

/** Index of a value by weight, for u uniform in [0, 1). */
export function indexOf({ weights }: Weighted, u: number): number {
  let index = 0;
  let upTo = weights[0]!;
  while (u >= upTo && index < weights.length - 1) upTo += weights[++index]!;
  return index;
}
