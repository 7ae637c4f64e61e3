import { random } from '../../core/random.ts';

/** The quantile of ascending values, linear between order statistics (type 7, the default of R and NumPy); NaN when there are none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const position = q * (n - 1);
  const below = Math.floor(position);
  const above = Math.min(n - 1, below + 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** The middle of the values that are not NaN, of an even number the mean of the two middle ones; NaN when there are none. */
export function median(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return Number.NaN;
  const middle = (known.length - 1) >> 1;
  select(known, middle);
  const low = known[middle]!;
  if (known.length % 2 === 1) return low;
  let high = Number.POSITIVE_INFINITY;
  for (let i = middle + 1; i < known.length; i++) if (known[i]! < high) high = known[i]!;
  return low + (high - low) / 2;
}

/**
 * Moves the values so that the one at `rank` is the one that a sort would put there, and none after it is smaller: a sort of a million values
 * takes ten times as long. Pivots are drawn, because days in their order are the kind of data for which a fixed choice is slow.
 *
 * Source: Hoare (1961), Algorithm 65: Find, Communications of the ACM 4.
 */
function select(values: Float64Array, rank: number): void {
  const stream = random(0, 'select');
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[from + stream.int(to - from + 1)]!;
    let low = from;
    let high = to;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (rank <= high) to = high;
    else if (rank >= low) from = low;
    else return;
  }
}

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
