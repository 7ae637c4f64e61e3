import { type Config, loadConfig } from '../core/config.ts';
import { type Problem, TidemarkError } from '../core/errors.ts';

/** `configs/ml/<name>.yaml` as the schema admits it. */
interface MlConfigSpec {
  name: string;
  model_version: number;
  title: string;
  label: { column: string; horizon_days: number; definition: string };
  sample: { every_days: number };
  population?: Filter[];
  split: {
    strategy?: 'expanding' | 'rolling';
    folds?: number;
    test_days?: number;
    min_train_days?: number;
    train_days?: number;
    gap_days?: number;
    min_positives: number;
    cutoffs?: string[];
    test_until?: string[];
  };
  encoding?: { rare_level_share?: number };
  penalty: { l2: number };
  bootstrap: { draws: number; seed: number; level?: number };
  threshold: { benefit: number; cost: number; currency: string };
  slices?: SliceSpec[];
  recency_feature: string;
  owner: string;
  card: {
    intended_use: string;
    users: string;
    out_of_scope: string[];
    factors?: string;
    ethical_considerations: string[];
    caveats: string[];
    expiry_days: number;
    retrain_when: string;
    license?: string;
  };
}

/** A row passes when its value lies in [min, max] and equals `equals`, as far as they are given. */
export interface Filter {
  readonly column: string;
  readonly min?: number;
  readonly max?: number;
  readonly equals?: string | number | boolean;
}

export interface SliceSpec {
  readonly column: string;
  /** Inner edges of bands, ascending. */
  readonly edges?: readonly number[];
  readonly quantiles?: number;
}

/** Where the test windows lie. Days are lengths in calendar days, dates are YYYY-MM-DD. */
export type SplitConfig = {
  /** Embargo beyond the horizon, days. */
  readonly gapDays: number;
  readonly minPositives: number;
  readonly minTrainDays: number;
  /** Length of a rolling training part; undefined: all days before (expanding). */
  readonly trainDays: number | undefined;
} & (
  | { readonly kind: 'folds'; readonly folds: number; readonly testDays: number }
  | { readonly kind: 'cutoffs'; readonly windows: readonly { readonly cutoff: string; readonly testUntil: string }[] }
);

/** A model's configuration, all defaults filled in. */
export interface MlConfig {
  readonly name: string;
  readonly modelVersion: number;
  readonly title: string;
  readonly label: { readonly column: string; readonly horizonDays: number; readonly definition: string };
  readonly everyDays: number;
  readonly population: readonly Filter[];
  readonly split: SplitConfig;
  readonly rareLevelShare: number;
  readonly l2: number;
  readonly bootstrap: { readonly draws: number; readonly seed: number; readonly level: number };
  readonly threshold: { readonly benefit: number; readonly cost: number; readonly currency: string };
  readonly slices: readonly SliceSpec[];
  readonly recencyFeature: string;
  readonly owner: string;
  readonly card: {
    readonly intendedUse: string;
    readonly users: string;
    readonly outOfScope: readonly string[];
    readonly factors: string;
    readonly ethicalConsiderations: readonly string[];
    readonly caveats: readonly string[];
    readonly expiryDays: number;
    readonly retrainWhen: string;
    readonly license: string;
  };
}

export type MlConfigFile = Config<MlConfig>;

/**
 * Reads `configs/ml/<name>.yaml`.
 *
 * @throws {TidemarkError} as `loadConfig`, and CONFIG_INVALID for what the schema cannot say: a label column whose name states another
 *   horizon, neither or both kinds of split, windows that overlap, edges out of order.
 */
export function loadMlConfig(configFile: string, projectDir: string): MlConfigFile {
  const file = loadConfig<MlConfigSpec>(configFile, { schema: 'ml', projectDir });
  const problems = [...labelProblems(file), ...splitProblems(file), ...sliceProblems(file)];
  if (problems.length > 0) throw new TidemarkError(byPlace(problems));
  return { ...file, value: normalise(file.value) };
}

/** In the order of the file, as a reader mends them. */
export const byPlace = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

function labelProblems({ value, problem }: Config<MlConfigSpec>): Problem[] {
  const { column, horizon_days } = value.label;
  const stated = /_(\d+)d$/.exec(column)?.[1];
  if (stated === undefined || Number(stated) === horizon_days) return [];
  return [
    problem(
      ['label', 'horizon_days'],
      `found ${horizon_days}, but the name of ${column} says ${stated}; expected the same number`,
    ),
  ];
}

function splitProblems({ value: { split }, problem }: Config<MlConfigSpec>): Problem[] {
  const at = (key: string, message: string) => problem(['split', key], message);
  const byFolds = split.folds !== undefined || split.test_days !== undefined;
  const byDates = split.cutoffs !== undefined || split.test_until !== undefined;
  if (byFolds === byDates) {
    return [
      problem(
        ['split'],
        `found ${byFolds ? 'both folds and cutoffs' : 'neither folds nor cutoffs'}; expected either folds, test_days and min_train_days, or cutoffs and test_until`,
      ),
    ];
  }
  const needed = byFolds ? (['folds', 'test_days', 'min_train_days'] as const) : (['cutoffs', 'test_until'] as const);
  const problems = needed
    .filter((key) => split[key] === undefined)
    .map((key) => problem(['split'], `the key "${key}" is missing`));
  if (split.strategy === 'rolling' && split.train_days === undefined) {
    problems.push(problem(['split'], 'the key "train_days" is missing, which strategy rolling needs'));
  }
  const { cutoffs = [], test_until: until = [] } = split;
  if (byDates && cutoffs.length !== until.length) {
    problems.push(at('test_until', `found ${until.length} dates for ${cutoffs.length} cutoffs; expected one for each`));
  }
  for (let k = 0; k < Math.min(cutoffs.length, until.length); k++) {
    const previous = until[k - 1];
    if (until[k]! <= cutoffs[k]!) {
      problems.push(
        problem(['split', 'test_until', k], `found ${until[k]}, expected a day after the cutoff ${cutoffs[k]}`),
      );
    }
    if (previous !== undefined && cutoffs[k]! < previous) {
      problems.push(
        problem(
          ['split', 'cutoffs', k],
          `found ${cutoffs[k]}, expected ${previous} or later: test windows must not overlap`,
        ),
      );
    }
  }
  return problems;
}

function sliceProblems({ value, problem }: Config<MlConfigSpec>): Problem[] {
  return (value.slices ?? []).flatMap(({ edges = [], quantiles }, i) => {
    if (edges.length > 0 && quantiles !== undefined)
      return [problem(['slices', i], 'found both edges and quantiles, expected one of them')];
    const descending = edges.some((edge, k) => k > 0 && edge <= edges[k - 1]!);
    return descending
      ? [problem(['slices', i, 'edges'], `found ${JSON.stringify(edges)}, expected ascending numbers`)]
      : [];
  });
}

function normalise(spec: MlConfigSpec): MlConfig {
  const { split, card } = spec;
  const common = {
    gapDays: split.gap_days ?? 0,
    minPositives: split.min_positives,
    minTrainDays: split.min_train_days ?? 1,
    trainDays: split.strategy === 'rolling' ? split.train_days : undefined,
  };
  return {
    name: spec.name,
    modelVersion: spec.model_version,
    title: spec.title,
    label: { column: spec.label.column, horizonDays: spec.label.horizon_days, definition: spec.label.definition },
    everyDays: spec.sample.every_days,
    population: spec.population ?? [],
    split: split.cutoffs
      ? {
          ...common,
          kind: 'cutoffs',
          windows: split.cutoffs.map((cutoff, k) => ({ cutoff, testUntil: split.test_until![k]! })),
        }
      : { ...common, kind: 'folds', folds: split.folds!, testDays: split.test_days! },
    rareLevelShare: spec.encoding?.rare_level_share ?? 0.01,
    l2: spec.penalty.l2,
    bootstrap: { draws: spec.bootstrap.draws, seed: spec.bootstrap.seed, level: spec.bootstrap.level ?? 0.95 },
    threshold: { benefit: spec.threshold.benefit, cost: spec.threshold.cost, currency: spec.threshold.currency },
    slices: spec.slices ?? [],
    recencyFeature: spec.recency_feature,
    owner: spec.owner,
    card: {
      intendedUse: card.intended_use,
      users: card.users,
      outOfScope: card.out_of_scope,
      factors: card.factors ?? '',
      ethicalConsiderations: card.ethical_considerations,
      caveats: card.caveats,
      expiryDays: card.expiry_days,
      retrainWhen: card.retrain_when,
      license: card.license ?? '',
    },
  };
}
