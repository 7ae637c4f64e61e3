/** The quantile of ascending values, linear between order statistics (type 7, the default of R and NumPy); NaN when there are none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const position = q * (n - 1);
  const below = Math.floor(position);
  const above = Math.min(n - 1, below + 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** The middle of the values that are not NaN; NaN when there are none. */
export const median = (values: Float64Array): number =>
  quantile(values.filter((value) => !Number.isNaN(value)).sort(), 0.5);

/**
 * Bin edges at equal shares of the rows, ends included, duplicates merged: a score that is often the same makes fewer bins, not empty ones.
 */
export function quantileEdges(values: Float64Array, bins: number): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let b = 0; b <= bins; b++) {
    const edge = quantile(sorted, b / bins);
    if (edges.length === 0 || edge > edges[edges.length - 1]!) edges.push(edge);
  }
  return edges;
}

/** The bin of a value: the number of inner edges below it, so that a value on an edge belongs to the lower bin. */
export function binOf(value: number, edges: readonly number[]): number {
  let bin = 0;
  while (bin < edges.length - 2 && value > edges[bin + 1]!) bin++;
  return bin;
}
