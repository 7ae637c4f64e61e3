import { descendingOrder } from './descending.ts';

/**
 * A score's ranking of rows, sorted once so that every bootstrap draw costs one pass. Rows of equal score form one block, in which the
 * negative rows come first.
 */
export interface Ranking {
  /** 1 for a positive row, in descending order of score. */
  readonly positive: Uint8Array;
  /** The group (user) of each row in that order: an index into the multiplicities of a bootstrap draw. */
  readonly group: Int32Array;
  /** 1 on the last row of each block of equal scores. */
  readonly blockEnd: Uint8Array;
  /** Of each block that holds a positive row: where it begins, where its positive rows begin, where it ends. */
  readonly steps: Int32Array;
}

/** Sorts by descending score. `group` may be left out when no draw will be asked for. */
export function ranking(score: ArrayLike<number>, label: ArrayLike<number>, group?: ArrayLike<number>): Ranking {
  const n = score.length;
  const order = descendingOrder(score);
  const sorted = { positive: new Uint8Array(n), group: new Int32Array(n), blockEnd: new Uint8Array(n) };
  const steps: number[] = [];
  let rank = 0;
  for (let begin = 0, end: number; begin < n; begin = end) {
    const value = score[order[begin]!];
    end = begin + 1;
    while (end < n && score[order[end]!] === value) end++;
    for (const wanted of [0, 1]) {
      if (wanted === 1 && rank < end) steps.push(begin, rank, end);
      for (let k = begin; k < end; k++) {
        const row = order[k]!;
        if (label[row] !== wanted) continue;
        sorted.positive[rank] = wanted;
        sorted.group[rank] = group ? group[row]! : 0;
        rank++;
      }
    }
    sorted.blockEnd[end - 1] = 1;
  }
  return { ...sorted, steps: Int32Array.from(steps) };
}

/** How often the rows from one place to another were drawn together. The loop is bare because it is most of what a model card costs. */
function drawn(group: Int32Array, from: number, to: number, multiplicity: ArrayLike<number> | undefined): number {
  if (!multiplicity) return to - from;
  let sum = 0;
  for (let i = from; i < to; i++) sum += multiplicity[group[i]!]!;
  return sum;
}

export interface RankMetrics {
  /** (concordant pairs + half of the tied pairs) / (positives * negatives); NaN for one class only. */
  readonly rocAuc: number;
  /** Sum of precision times the step in recall over distinct thresholds, descending; a block of ties is one step; no trapezoids. */
  readonly averagePrecision: number;
  /** Share of positives. */
  readonly baseRate: number;
}

/**
 * ROC AUC and average precision in one pass.
 *
 * @param multiplicity how often each group was drawn; every group once when left out.
 *
 * Sources: Hanley, McNeil (1982), Radiology 143; scikit-learn `average_precision_score`, whose values these are.
 */
export function rankMetrics({ group, steps }: Ranking, multiplicity?: ArrayLike<number>): RankMetrics {
  let truePositives = 0;
  let falsePositives = 0;
  let area = 0;
  let precision = 0;
  let at = 0;
  // What lies between two blocks with positive rows is one stretch of negative ones.
  const pass = (to: number) => {
    const negatives = drawn(group, at, to, multiplicity);
    area += negatives * truePositives;
    falsePositives += negatives;
  };
  for (let step = 0; step < steps.length; step += 3) {
    pass(steps[step]!);
    const blockNegatives = drawn(group, steps[step]!, steps[step + 1]!, multiplicity);
    at = steps[step + 2]!;
    const blockPositives = drawn(group, steps[step + 1]!, at, multiplicity);
    area += blockNegatives * (truePositives + blockPositives / 2);
    truePositives += blockPositives;
    falsePositives += blockNegatives;
    if (blockPositives > 0) precision += (blockPositives * truePositives) / (truePositives + falsePositives);
  }
  pass(group.length);
  const baseRate = truePositives / (truePositives + falsePositives);
  if (truePositives === 0 || falsePositives === 0)
    return { rocAuc: Number.NaN, averagePrecision: Number.NaN, baseRate };
  return { rocAuc: area / (truePositives * falsePositives), averagePrecision: precision / truePositives, baseRate };
}

export interface TopMetrics {
  /** Rows (weighted) in the top share: the share of all, rounded down. */
  readonly rows: number;
  readonly precision: number;
  readonly recall: number;
  /** Precision divided by the base rate. */
  readonly lift: number;
}

/**
 * Precision, recall and lift among the rows with the highest scores, for several shares. Where the cut falls into a block of ties, the block
 * counts with its expected value, so that the result does not depend on the order of the rows.
 *
 * @param shares of the rows in (0,1].
 * @returns for each share; NaN for all three numbers when it holds less than one row or there is no positive.
 */
export function topMetrics(
  ranking: Ranking,
  shares: readonly number[],
  multiplicity?: ArrayLike<number>,
): TopMetrics[] {
  const { group, steps } = ranking;
  const total = drawn(group, 0, group.length, multiplicity);
  let positives = 0;
  for (let step = 0; step < steps.length; step += 3)
    positives += drawn(group, steps[step + 1]!, steps[step + 2]!, multiplicity);
  return shares.map((share) => {
    // The small addition keeps 0.1 * 30 from becoming 2.
    const rows = Math.floor(share * total + 1e-9);
    if (rows === 0 || positives === 0) return { rows, precision: Number.NaN, recall: Number.NaN, lift: Number.NaN };
    const found = positivesAmong(ranking, rows, multiplicity);
    return { rows, precision: found / rows, recall: found / positives, lift: found / rows / (positives / total) };
  });
}

/** Positive rows among so many with the highest scores. */
function positivesAmong(
  { positive, group, blockEnd }: Ranking,
  rows: number,
  multiplicity: ArrayLike<number> | undefined,
): number {
  const n = positive.length;
  let taken = 0;
  let found = 0;
  let block = 0;
  let blockPositives = 0;
  for (let i = 0; i < n && taken < rows; i++) {
    const weight = multiplicity ? multiplicity[group[i]!]! : 1;
    block += weight;
    if (positive[i] === 1) blockPositives += weight;
    if (blockEnd[i] === 0 || block === 0) continue;
    const part = Math.min(1, (rows - taken) / block);
    taken += part * block;
    found += part * blockPositives;
    block = 0;
    blockPositives = 0;
  }
  return found;
}
