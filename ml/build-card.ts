import { join } from 'node:path';
import { packageRoot, readJson, sha256 } from '../core/files.ts';
import { targetName } from '../warehouse/target.ts';
import { type Estimates, TOP_SHARES } from './assess.ts';
import { isoDay } from './calendar.ts';
import {
  CARD_VERSION,
  type Card,
  type CardEstimate,
  type Ceiling,
  type FoldReport,
  type ProfitCell,
  type ScoreMetrics,
} from './card.ts';
import type { Truth } from './ceiling.ts';
import type { Filter, MlConfig } from './config.ts';
import { type FoldOutcome, type OutOfFold, PROBABILITIES, SCORE_TITLES, type ScoreName } from './cross-validate.ts';
import type { FinalFit } from './final-fit.ts';
import type { LeakageCheck } from './leakage.ts';
import type { LearningRows } from './learning-rows.ts';
import type { LearningTables } from './learning-tables.ts';
import { calibration, calibrationLine } from './metrics/calibration.ts';
import { brierParts } from './metrics/probability.ts';
import { expectedProfit, profitThreshold } from './metrics/profit.ts';
import { featureHash } from './model.ts';
import { power } from './power.ts';
import { MIN_SLICE_POSITIVES, MIN_SLICE_ROWS, slices } from './slices.ts';
import type { Fold } from './split.ts';

/** Everything that a card is made of. */
export interface CardInput {
  readonly id: string;
  readonly cardVersion: string;
  readonly dataset: string;
  readonly synthetic: boolean;
  readonly trainedAt: Date;
  readonly config: MlConfig;
  readonly configFile: string;
  readonly configHash: string;
  readonly dataHash: string;
  readonly graphHash: string;
  readonly commit: string;
  readonly tables: LearningTables;
  readonly data: LearningRows;
  readonly folds: readonly Fold[];
  readonly outcomes: readonly FoldOutcome[];
  readonly tested: OutOfFold;
  readonly estimates: Estimates;
  /** The truth of the test rows, or why it is not known. */
  readonly truth: Truth | string;
  readonly final: FinalFit;
  readonly leakage: readonly LeakageCheck[];
}

/** Assembles the card; no number is computed anywhere else on the way to a reader. */
export function buildCard(input: CardInput): Card {
  const { config, data, tested, estimates, final, truth } = input;
  const estimate = (name: string): CardEstimate => estimates.get(name)!;
  const metrics = (prefix: string): ScoreMetrics => ({
    rocAuc: estimate(`${prefix}/rocAuc`),
    averagePrecision: estimate(`${prefix}/averagePrecision`),
    averagePrecisionLift: estimate(`${prefix}/averagePrecisionLift`),
  });
  const positives = sum(data.label);
  const testPositives = sum(tested.label);
  const testDays = Int32Array.from(tested.rows, (row) => data.day[row]!);
  const model = tested.scores.get('model')!;
  const bins = calibration(tested.label, model);
  const difference = estimate('pooled/model-recency/rocAuc');
  const expires = new Date(input.trainedAt.getTime() + config.card.expiryDays * 86_400_000);
  const [first, last] = [data.day.reduce((a, b) => Math.min(a, b)), data.day.reduce((a, b) => Math.max(a, b))];
  const percent = Math.round(config.bootstrap.level * 100);

  return {
    version: CARD_VERSION,
    details: {
      id: input.id,
      title: config.title,
      modelVersion: config.modelVersion,
      cardVersion: input.cardVersion,
      dataset: input.dataset,
      synthetic: input.synthetic,
      owner: config.owner,
      trainedAt: input.trainedAt.toISOString(),
      expiresAt: expires.toISOString().slice(0, 10),
      algorithm: `Logistic regression with L2 penalty ${config.l2} on ${final.encoder.columns.length} standardised columns, fitted exactly by Newton-Cholesky.`,
      license: config.card.license,
    },
    headline: {
      baseRate: testPositives / tested.rows.length,
      ...metrics('pooled/model'),
      differenceToRecency: difference,
      shareOfAchievable: typeof truth === 'string' ? null : estimate('ceiling/share/averagePrecision'),
      shareOfAchievableRocAuc: typeof truth === 'string' ? null : estimate('ceiling/share/rocAuc'),
      scope: 'Test rows of all evaluable folds pooled; each row was scored by a model trained before it.',
    },
    intendedUse: { use: config.card.intendedUse, users: config.card.users, outOfScope: config.card.outOfScope },
    label: {
      definition: config.label.definition,
      column: `${targetName(input.tables.labels)}.${config.label.column}`,
      horizonDays: config.label.horizonDays,
      gapDays: config.split.gapDays,
      everyDays: config.everyDays,
      population: config.population.map(filterText),
    },
    factors: {
      text: config.card.factors,
      suppression: `Groups with fewer than ${MIN_SLICE_ROWS} rows or ${MIN_SLICE_POSITIVES} positives are suppressed.`,
      slices: slices(data, tested, config.slices),
    },
    metrics: { intervalMethod: intervalMethod(config, tested.groups, percent), definitions: DEFINITIONS },
    evaluationData: {
      rows: tested.rows.length,
      users: tested.groups,
      positives: testPositives,
      baseRate: testPositives / tested.rows.length,
      from: isoDay(testDays.reduce((a, b) => Math.min(a, b))),
      to: isoDay(testDays.reduce((a, b) => Math.max(a, b))),
      strategy: strategyText(config),
      folds: input.folds.map((fold) => foldReport(fold, input, metrics)),
      foldsNotEvaluable: input.folds.length - input.outcomes.length,
    },
    trainingData: {
      featuresTable: targetName(input.tables.features),
      labelsTable: targetName(input.tables.labels),
      rows: data.n,
      users: data.users.length,
      positives,
      from: isoDay(first),
      to: isoDay(last),
      dataEnd: isoDay(data.dataEnd),
      lineage: input.tables.lineage,
      features: input.tables.columns,
      unavailable: input.tables.unavailable,
      constantColumns: final.encoder.constant,
    },
    quantitative: {
      scores: [...tested.scores.keys()].map((score) => ({
        score,
        title: scoreTitle(score, input.outcomes),
        pooled: metrics(`pooled/${score}`),
        meanOverFolds: metrics(`mean/${score}`),
        logLoss: PROBABILITIES.includes(score) ? estimate(`pooled/${score}/logLoss`) : null,
        brier: PROBABILITIES.includes(score) ? estimate(`pooled/${score}/brier`) : null,
        difference: score === 'model' ? null : differenceTo(score, estimate),
      })),
      top: TOP_SHARES.map((share) => {
        const at = (metric: string) => estimate(`pooled/model/top${share * 100}/${metric}`);
        return { share, precision: at('precision'), recall: at('recall'), lift: at('lift') };
      }),
      stability: stability(input.outcomes.map(({ fold }) => estimate(`fold${fold.number}/model/rocAuc`).value!)),
      calibration: {
        bins: bins.bins,
        expectedError: estimate('pooled/model/expectedCalibrationError'),
        maximumError: bins.maximumError,
        line: calibrationLine(tested.label, model, tested.group) ?? null,
        brierParts: brierParts(tested.label, model, bins.binOfRow),
      },
      threshold: {
        value: profitThreshold(config.threshold),
        ...config.threshold,
        profitPerThousand: estimate('pooled/model/profitPerThousand'),
        grid: profitGrid(config, tested),
      },
      ceiling: typeof truth === 'string' ? null : ceiling(truth, tested, metrics, estimate),
      ceilingNote:
        typeof truth === 'string'
          ? truth
          : 'The true probability of each test row is known, as the world is synthetic: no model can rank better.',
      coefficients: final.coefficients,
    },
    power: power(
      {
        users: data.users.length,
        days: last - first + 1,
        trainingPositives: positives,
        testPositives,
        columns: final.encoder.columns.length,
      },
      estimate('pooled/model/rocAuc'),
      difference,
      percent,
    ),
    leakage: input.leakage,
    ethicalConsiderations: config.card.ethicalConsiderations,
    caveats: config.card.caveats,
    maintenance: { retrainWhen: config.card.retrainWhen, expiryDays: config.card.expiryDays, driftBins: null },
    reproducibility: {
      seed: config.bootstrap.seed,
      draws: config.bootstrap.draws,
      level: config.bootstrap.level,
      l2: config.l2,
      iterations: final.fit.iterations,
      gradient: final.fit.gradient,
      configFile: input.configFile,
      configHash: input.configHash,
      dataHash: input.dataHash,
      featureHash: featureHash(input.tables.columns),
      graphHash: input.graphHash,
      commit: input.commit,
      tidemark: readJson<{ version: string }>(join(packageRoot(), 'package.json'))!.version,
      node: process.versions.node,
    },
  };
}

/** The identity of a configuration: two with the same hash train the same model. */
export const configHash = (config: MlConfig): string => sha256(JSON.stringify(config));

const DEFINITIONS = [
  {
    name: 'ROC AUC',
    meaning: 'How often a random leaver is ranked above a random stayer; 0.5 is chance. Ties count half.',
  },
  {
    name: 'Average precision (AP)',
    meaning: 'Mean precision over the recall steps; chance is the base rate, which always stands beside it.',
  },
  { name: 'AP / base rate', meaning: 'How many times better than chance the top of the list is.' },
  { name: 'Log loss', meaning: 'Mean negative log-likelihood in nats; lower is better.' },
  { name: 'Brier score', meaning: 'Mean squared error of the probability; lower is better.' },
  {
    name: 'ECE',
    meaning: 'Mean distance between predicted and observed rate over ten bins of equal size; above 0 by noise alone.',
  },
  { name: 'Lift', meaning: 'Precision in the top of the list divided by the base rate.' },
];

function intervalMethod({ bootstrap }: MlConfig, users: number, percent: number): string {
  return `${percent} % percentile bootstrap over ${users.toLocaleString('en-US')} users (${bootstrap.draws.toLocaleString('en-US')} draws, seed ${bootstrap.seed}): users are drawn with all their rows; differences are paired. Models are not refitted, so the intervals show the chance in the test rows only. Calibration slope and coefficients: normal approximation with errors clustered by user.`;
}

function strategyText({ split, label }: MlConfig): string {
  const kind = split.trainDays === undefined ? 'Expanding' : `Rolling (${split.trainDays} days)`;
  const windows =
    split.kind === 'folds'
      ? `${split.folds} windows of ${split.testDays} days`
      : `${split.windows.length} windows by date`;
  return `${kind} temporal cross-validation, ${windows}: train on days up to the cutoff minus ${label.horizonDays} days of horizon and ${split.gapDays} of gap, test on the days after the cutoff.`;
}

function filterText({ column, min, max, equals }: Filter): string {
  if (equals !== undefined) return `${column} = ${equals}`;
  if (min !== undefined && max !== undefined) return `${column} from ${min} to ${max}`;
  return min !== undefined ? `${column} at least ${min}` : `${column} at most ${max}`;
}

function foldReport(
  fold: Fold,
  { outcomes, tested }: CardInput,
  metrics: (prefix: string) => ScoreMetrics,
): FoldReport {
  const outcome = outcomes.find((one) => one.fold.number === fold.number);
  const reference = outcome?.reference;
  return {
    number: fold.number,
    cutoff: isoDay(fold.cutoff),
    trainFrom: isoDay(fold.trainFrom),
    trainTo: isoDay(fold.trainTo),
    testFrom: isoDay(fold.testFrom),
    testTo: isoDay(fold.testTo),
    trainRows: fold.train.length,
    trainPositives: fold.trainPositives,
    testRows: fold.test.length,
    testPositives: fold.testPositives,
    testBaseRate: fold.test.length === 0 ? null : fold.testPositives / fold.test.length,
    notEvaluable: fold.notEvaluable ?? null,
    model: outcome ? metrics(`fold${fold.number}/model`) : null,
    recency: outcome && tested.scores.has('recency') ? metrics(`fold${fold.number}/recency`) : null,
    iterations: outcome?.fit.iterations ?? null,
    reference: reference
      ? {
          rows: reference.rows,
          steps: reference.steps,
          gradient: reference.gradient,
          converged: reference.converged,
          largestDifference: Number.isFinite(reference.largestDifference) ? reference.largestDifference : null,
        }
      : null,
  };
}

/** A baseline that stopped before its optimum says so wherever it is named. */
function scoreTitle(score: ScoreName, outcomes: readonly FoldOutcome[]): string {
  const early = score === 'reference' && outcomes.some(({ reference }) => reference && !reference.converged);
  return early ? `${SCORE_TITLES[score]}, stopped before its optimum` : SCORE_TITLES[score];
}

function differenceTo(score: ScoreName, estimate: (name: string) => CardEstimate) {
  return {
    rocAuc: estimate(`pooled/model-${score}/rocAuc`),
    averagePrecision: estimate(`pooled/model-${score}/averagePrecision`),
    meanRocAuc: estimate(`mean/model-${score}/rocAuc`),
  };
}

function stability(aucs: readonly number[]): Card['quantitative']['stability'] {
  const n = aucs.length;
  const mean = aucs.reduce((a, b) => a + b, 0) / n;
  const centre = (n - 1) / 2;
  const spread = aucs.reduce((total, _, k) => total + (k - centre) ** 2, 0);
  return {
    meanRocAuc: mean,
    sdRocAuc: n < 2 ? null : Math.sqrt(aucs.reduce((total, auc) => total + (auc - mean) ** 2, 0) / (n - 1)),
    minRocAuc: Math.min(...aucs),
    slopeRocAuc: n < 2 ? null : aucs.reduce((total, auc, k) => total + (k - centre) * auc, 0) / spread,
  };
}

function profitGrid({ threshold }: MlConfig, tested: OutOfFold): ProfitCell[] {
  const n = tested.rows.length;
  const positives = sum(tested.label);
  return [0.5, 1, 2].flatMap((b) =>
    [0.5, 1, 2].map((c) => {
      const offer = { benefit: threshold.benefit * b, cost: threshold.cost * c };
      const { profit, ...rest } = expectedProfit(tested.label, tested.scores.get('model')!, offer);
      return {
        ...offer,
        ...rest,
        profitPerThousand: (1000 * profit) / n,
        profitPerThousandContactingAll: (1000 * (offer.benefit * positives - offer.cost * n)) / n,
      };
    }),
  );
}

function ceiling(
  truth: Truth,
  tested: OutOfFold,
  metrics: (prefix: string) => ScoreMetrics,
  estimate: (name: string) => CardEstimate,
): Ceiling {
  const positives = truth.at.reduce((total, i) => total + tested.label[i]!, 0);
  return {
    rows: truth.at.length,
    positives,
    baseRate: positives / truth.at.length,
    model: metrics('ceiling/model'),
    truth: metrics('ceiling/truth'),
    shareRocAuc: estimate('ceiling/share/rocAuc'),
    shareAveragePrecision: estimate('ceiling/share/averagePrecision'),
  };
}

const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0);
