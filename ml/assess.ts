import { bootstrap, type Derived, type Estimate, type Statistic } from './bootstrap.ts';
import type { Truth } from './ceiling.ts';
import type { MlConfig } from './config.ts';
import { type FoldOutcome, type OutOfFold, PROBABILITIES, type ScoreName } from './cross-validate.ts';
import { calibration } from './metrics/calibration.ts';
import { rowLogLoss } from './metrics/probability.ts';
import { profitThreshold } from './metrics/profit.ts';
import { ranking, rankMetrics, topMetrics } from './metrics/ranking.ts';

export const TOP_SHARES = [0.05, 0.1, 0.2] as const;

/** Every number with an interval, under a name such as `pooled/model/rocAuc`; all from the same draws of users. */
export type Estimates = ReadonlyMap<string, Estimate>;

/**
 * Estimates with intervals of all that is compared:
 *
 * - `<scope>/<score>/rocAuc | averagePrecision | averagePrecisionLift` for the scopes `pooled`, `fold1`, `fold2`, ... and `mean` (over
 *   the folds), and `pooled/<score>/logLoss | brier` for probabilities
 * - `<scope>/model-<baseline>/rocAuc | averagePrecision` for `pooled` and `mean`: paired differences
 * - `pooled/model/top5/precision | recall | lift` and so on, `pooled/model/expectedCalibrationError`, `pooled/model/profitPerThousand`
 * - `ceiling/model | truth/...`, `ceiling/share/rocAuc | averagePrecision` when the truth is known
 */
export function assess(
  tested: OutOfFold,
  outcomes: readonly FoldOutcome[],
  truth: Truth | undefined,
  config: MlConfig,
): Estimates {
  const statistics: Statistic[] = [];
  const derived: Derived[] = [];
  const names = [...tested.scores.keys()];
  const folds = outcomes.map(({ fold }) => fold.number);
  const all = Int32Array.from(tested.rows, (_, i) => i);

  for (const name of names) {
    const score = tested.scores.get(name)!;
    statistics.push(rankStatistic(`pooled/${name}`, score, all, tested));
    for (const number of folds) {
      const members = all.filter((i) => tested.fold[i] === number);
      statistics.push(rankStatistic(`fold${number}/${name}`, score, members, tested));
    }
    for (const metric of RANK_METRICS) {
      derived.push({
        name: `mean/${name}/${metric}`,
        compute: (value) => mean(folds.map((number) => value(`fold${number}/${name}/${metric}`))),
      });
    }
    if (PROBABILITIES.includes(name)) statistics.push(lossStatistic(`pooled/${name}`, score, tested));
  }
  for (const scope of ['pooled', 'mean']) {
    for (const name of names) {
      if (name !== 'model') derived.push(...differences(scope, name));
    }
  }
  const model = tested.scores.get('model')!;
  statistics.push(topStatistic(model, tested), errorStatistic(model, tested), profitStatistic(model, tested, config));
  if (truth) {
    const known = Float64Array.from(truth.at, (i) => model[i]!);
    const within = { label: truth.at.map((i) => tested.label[i]!), group: truth.at.map((i) => tested.group[i]!) };
    const every = truth.at.map((_, i) => i);
    statistics.push(
      rankStatistic('ceiling/model', known, every, within),
      rankStatistic('ceiling/truth', truth.probability, every, within),
    );
    derived.push(
      share('rocAuc', () => 0.5),
      share(
        'averagePrecision',
        (value) => value('ceiling/truth/averagePrecision') / value('ceiling/truth/averagePrecisionLift'),
      ),
    );
  }
  return bootstrap(statistics, derived, tested.groups, config.bootstrap);
}

const RANK_METRICS = ['rocAuc', 'averagePrecision', 'averagePrecisionLift'] as const;
type Labelled = { readonly label: ArrayLike<number>; readonly group: ArrayLike<number> };

/** Means leave out what is not defined; a fold of one class does not take the others with it. */
function mean(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

function rankStatistic(
  prefix: string,
  score: Float64Array,
  members: Int32Array,
  { label, group }: Labelled,
): Statistic {
  const pick = (values: ArrayLike<number>) => Float64Array.from(members, (i) => values[i]!);
  const sorted = ranking(pick(score), pick(label), pick(group));
  return {
    names: RANK_METRICS.map((metric) => `${prefix}/${metric}`),
    compute(multiplicity) {
      const { rocAuc, averagePrecision, baseRate } = rankMetrics(sorted, multiplicity);
      return [rocAuc, averagePrecision, averagePrecision / baseRate];
    },
  };
}

/** Sums by group, so that a draw costs one step a group and not one a row. */
function byGroup(tested: OutOfFold, value: (i: number) => number): Float64Array {
  const sums = new Float64Array(tested.groups);
  for (let i = 0; i < tested.group.length; i++) sums[tested.group[i]!] = sums[tested.group[i]!]! + value(i);
  return sums;
}

function weighted(sums: Float64Array, multiplicity: Int32Array): number {
  let total = 0;
  for (let g = 0; g < sums.length; g++) total += sums[g]! * multiplicity[g]!;
  return total;
}

function lossStatistic(prefix: string, score: Float64Array, tested: OutOfFold): Statistic {
  const rows = byGroup(tested, () => 1);
  const loss = byGroup(tested, (i) => rowLogLoss(tested.label[i]!, score[i]!));
  const squares = byGroup(tested, (i) => (tested.label[i]! - score[i]!) ** 2);
  return {
    names: [`${prefix}/logLoss`, `${prefix}/brier`],
    compute(multiplicity) {
      const n = weighted(rows, multiplicity);
      return [weighted(loss, multiplicity) / n, weighted(squares, multiplicity) / n];
    },
  };
}

function topStatistic(score: Float64Array, tested: OutOfFold): Statistic {
  const sorted = ranking(score, tested.label, tested.group);
  return {
    names: TOP_SHARES.flatMap((share) =>
      ['precision', 'recall', 'lift'].map((metric) => `pooled/model/top${share * 100}/${metric}`),
    ),
    compute: (multiplicity) =>
      topMetrics(sorted, TOP_SHARES, multiplicity).flatMap(({ precision, recall, lift }) => [precision, recall, lift]),
  };
}

/** Calibration error on the bins of the data itself; the bins stay where they are from draw to draw. */
function errorStatistic(score: Float64Array, tested: OutOfFold): Statistic {
  const { bins, binOfRow } = calibration(tested.label, score);
  const gaps = bins.map((_, b) => byGroup(tested, (i) => (binOfRow[i] === b ? score[i]! - tested.label[i]! : 0)));
  const rows = byGroup(tested, () => 1);
  return {
    names: ['pooled/model/expectedCalibrationError'],
    compute: (multiplicity) => [
      gaps.reduce((sum, gap) => sum + Math.abs(weighted(gap, multiplicity)), 0) / weighted(rows, multiplicity),
    ],
  };
}

function profitStatistic(score: Float64Array, tested: OutOfFold, { threshold }: MlConfig): Statistic {
  const cut = profitThreshold(threshold);
  const rows = byGroup(tested, () => 1);
  const profit = byGroup(tested, (i) => (score[i]! > cut ? threshold.benefit * tested.label[i]! - threshold.cost : 0));
  return {
    names: ['pooled/model/profitPerThousand'],
    compute: (multiplicity) => [(1000 * weighted(profit, multiplicity)) / weighted(rows, multiplicity)],
  };
}

function differences(scope: string, baseline: ScoreName): Derived[] {
  return (['rocAuc', 'averagePrecision'] as const).map((metric) => ({
    name: `${scope}/model-${baseline}/${metric}`,
    compute: (value) => value(`${scope}/model/${metric}`) - value(`${scope}/${baseline}/${metric}`),
  }));
}

/** How much of what the truth gains over knowing nothing the model gains. */
function share(metric: 'rocAuc' | 'averagePrecision', nothing: (value: (name: string) => number) => number): Derived {
  return {
    name: `ceiling/share/${metric}`,
    compute(value) {
      const floor = nothing(value);
      return (value(`ceiling/model/${metric}`) - floor) / (value(`ceiling/truth/${metric}`) - floor);
    },
  };
}
