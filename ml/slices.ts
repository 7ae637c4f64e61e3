import type { SliceSpec } from './config.ts';
import type { OutOfFold } from './cross-validate.ts';
import type { UserDays } from './learning-rows.ts';
import { calibration } from './metrics/calibration.ts';
import { binOf, quantileEdges } from './metrics/quantile.ts';
import { ranking, rankMetrics } from './metrics/ranking.ts';

/** Below these a number would say more about single users than about the group. */
export const MIN_SLICE_ROWS = 100;
export const MIN_SLICE_POSITIVES = 10;

export interface Slice {
  readonly dimension: string;
  readonly value: string;
  readonly rows: number;
  /** Null when suppressed: a small count is as telling as a metric. */
  readonly positives: number | null;
  readonly suppressed: boolean;
  readonly baseRate: number | null;
  readonly rocAuc: number | null;
  /** Average precision divided by the slice's own base rate. */
  readonly averagePrecisionLift: number | null;
  readonly expectedCalibrationError: number | null;
}

/** Metrics of the model for each group of test rows, pooled over folds. */
export function slices(data: UserDays, tested: OutOfFold, specs: readonly SliceSpec[]): Slice[] {
  const seen = {
    dimension: 'user',
    of: (i: number) => (tested.seen[i] === 1 ? 'seen in training' : 'not seen in training'),
    order: [],
  };
  return [...specs.map((spec) => dimension(data, tested, spec)), seen].flatMap(({ dimension: name, of, order }) => {
    const members = new Map<string, number[]>();
    for (let i = 0; i < tested.rows.length; i++) {
      const value = of(i);
      if (!members.has(value)) members.set(value, []);
      members.get(value)!.push(i);
    }
    const values = order.length > 0 ? order.filter((value) => members.has(value)) : [...members.keys()].sort();
    return values.map((value) => slice(name, value, tested, members.get(value)!));
  });
}

interface Dimension {
  readonly dimension: string;
  of(i: number): string;
  /** Values in the order of the report; empty: alphabetical. */
  readonly order: readonly string[];
}

function dimension(data: UserDays, tested: OutOfFold, { column, edges, quantiles }: SliceSpec): Dimension {
  const source = data.columns.get(column)!;
  const at = (i: number) => source.values[tested.rows[i]!]!;
  const missing = (value: unknown) => value === null || Number.isNaN(value);
  if (source.kind === 'text' || (!edges && !quantiles)) {
    return { dimension: column, of: (i) => (missing(at(i)) ? '(missing)' : String(at(i))), order: [] };
  }
  if (edges) {
    const names = [
      `< ${edges[0]}`,
      ...edges.slice(1).map((edge, k) => `${edges[k]} to < ${edge}`),
      `>= ${edges.at(-1)}`,
    ];
    const band = (value: number) => names[edges.filter((edge) => value >= edge).length]!;
    return {
      dimension: column,
      of: (i) => (missing(at(i)) ? '(missing)' : band(at(i) as number)),
      order: [...names, '(missing)'],
    };
  }
  const found = quantileEdges(
    Float64Array.from(tested.rows, (row) => source.values[row]!),
    quantiles!,
  );
  const show = (edge: number) => String(Number(edge.toPrecision(4)));
  const names = Array.from({ length: Math.max(1, found.length - 1) }, (_, b) =>
    found.length < 2 ? show(found[0] ?? 0) : `${b === 0 ? '' : 'above '}${show(found[b]!)} to ${show(found[b + 1]!)}`,
  );
  return {
    dimension: column,
    of: (i) => (missing(at(i)) ? '(missing)' : names[binOf(at(i) as number, found)]!),
    order: [...names, '(missing)'],
  };
}

function slice(name: string, value: string, tested: OutOfFold, members: readonly number[]): Slice {
  const label = Uint8Array.from(members, (i) => tested.label[i]!);
  const score = Float64Array.from(members, (i) => tested.scores.get('model')![i]!);
  const positives = label.reduce((sum, one) => sum + one, 0);
  const base = { dimension: name, value, rows: members.length };
  if (members.length < MIN_SLICE_ROWS || positives < MIN_SLICE_POSITIVES) {
    return {
      ...base,
      positives: null,
      suppressed: true,
      baseRate: null,
      rocAuc: null,
      averagePrecisionLift: null,
      expectedCalibrationError: null,
    };
  }
  const { rocAuc, averagePrecision, baseRate } = rankMetrics(ranking(score, label));
  const known = (number: number) => (Number.isFinite(number) ? number : null);
  return {
    ...base,
    positives,
    suppressed: false,
    baseRate,
    rocAuc: known(rocAuc),
    averagePrecisionLift: known(averagePrecision / baseRate),
    expectedCalibrationError: calibration(label, score).expectedError,
  };
}
