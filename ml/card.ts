import type { Estimate } from './bootstrap.ts';
import type { ScoreName } from './cross-validate.ts';
import type { Coefficient } from './final-fit.ts';
import type { LeakageCheck } from './leakage.ts';
import type { Feature } from './learning-tables.ts';
import type { CalibrationBin, CalibrationLine } from './metrics/calibration.ts';
import type { BrierParts } from './metrics/probability.ts';
import type { Power } from './power.ts';
import type { Slice } from './slices.ts';

export const CARD_VERSION = 1;

/** A number with its interval, as the card keeps it. */
export type CardEstimate = Pick<Estimate, 'value' | 'low' | 'high' | 'standardError' | 'skipped'>;

export interface ScoreMetrics {
  readonly rocAuc: CardEstimate;
  readonly averagePrecision: CardEstimate;
  /** Average precision divided by the base rate of the same rows. */
  readonly averagePrecisionLift: CardEstimate;
}

export interface ScoreReport {
  readonly score: ScoreName;
  readonly title: string;
  readonly pooled: ScoreMetrics;
  readonly meanOverFolds: ScoreMetrics;
  /** Null for scores that are no probabilities. */
  readonly logLoss: CardEstimate | null;
  readonly brier: CardEstimate | null;
  /** Model minus this score, paired, pooled and as mean over folds; null for the model itself. */
  readonly difference: {
    readonly rocAuc: CardEstimate;
    readonly averagePrecision: CardEstimate;
    readonly meanRocAuc: CardEstimate;
  } | null;
}

export interface FoldReport {
  readonly number: number;
  /** Dates; ranges include both ends. */
  readonly cutoff: string;
  readonly trainFrom: string;
  readonly trainTo: string;
  readonly testFrom: string;
  readonly testTo: string;
  readonly trainRows: number;
  readonly trainPositives: number;
  readonly testRows: number;
  readonly testPositives: number;
  readonly testBaseRate: number | null;
  /** Why it could not be evaluated; null when it was. */
  readonly notEvaluable: string | null;
  /** Null for folds that were not evaluated. */
  readonly model: ScoreMetrics | null;
  readonly recency: ScoreMetrics | null;
  readonly iterations: number | null;
  /** What `ml-logistic-regression` made of the same part: sample, distance to the optimum, largest difference of a probability to ours. */
  readonly reference: {
    readonly rows: number;
    readonly steps: number;
    readonly gradient: number;
    readonly converged: boolean;
    readonly largestDifference: number | null;
  } | null;
}

export interface ProfitCell {
  readonly benefit: number;
  readonly cost: number;
  readonly threshold: number;
  readonly contacted: number;
  readonly contactedPositives: number;
  readonly profitPerThousand: number;
  readonly profitPerThousandContactingAll: number;
}

export interface Ceiling {
  readonly rows: number;
  readonly positives: number;
  readonly baseRate: number;
  readonly model: ScoreMetrics;
  readonly truth: ScoreMetrics;
  /** (AUC - 1/2) of the model divided by that of the truth. */
  readonly shareRocAuc: CardEstimate;
  /** (AP - base rate) of the model divided by that of the truth. */
  readonly shareAveragePrecision: CardEstimate;
}

/**
 * The model card: one object from which card.json, card.md and card.html are made, so that words and numbers cannot differ. Sections
 * follow Mitchell et al. (2019), Model Cards for Model Reporting. Every key is always there; what is not known is null or empty and is
 * shown as missing.
 */
export interface Card {
  readonly version: typeof CARD_VERSION;
  readonly details: {
    readonly id: string;
    readonly title: string;
    readonly modelVersion: number;
    readonly cardVersion: string;
    /** `synthetic`, `synthetic-janus`, `oulad`. */
    readonly dataset: string;
    readonly synthetic: boolean;
    readonly owner: string;
    readonly trainedAt: string;
    readonly expiresAt: string;
    readonly algorithm: string;
    readonly license: string;
  };
  readonly headline: {
    readonly baseRate: number;
    readonly rocAuc: CardEstimate;
    readonly averagePrecision: CardEstimate;
    readonly averagePrecisionLift: CardEstimate;
    /** ROC AUC of the model minus that of the recency rule. */
    readonly differenceToRecency: CardEstimate;
    /** Of average precision; null where the ceiling is not known. */
    readonly shareOfAchievable: CardEstimate | null;
    readonly shareOfAchievableRocAuc: CardEstimate | null;
    readonly scope: string;
  };
  readonly intendedUse: { readonly use: string; readonly users: string; readonly outOfScope: readonly string[] };
  readonly label: {
    readonly definition: string;
    readonly column: string;
    readonly horizonDays: number;
    readonly gapDays: number;
    readonly everyDays: number;
    /** Filters in words. */
    readonly population: readonly string[];
  };
  readonly factors: { readonly text: string; readonly suppression: string; readonly slices: readonly Slice[] };
  readonly metrics: {
    readonly intervalMethod: string;
    readonly definitions: readonly { readonly name: string; readonly meaning: string }[];
  };
  readonly evaluationData: {
    readonly rows: number;
    readonly users: number;
    readonly positives: number;
    readonly baseRate: number;
    readonly from: string;
    readonly to: string;
    readonly strategy: string;
    readonly folds: readonly FoldReport[];
    readonly foldsNotEvaluable: number;
  };
  readonly trainingData: {
    readonly featuresTable: string;
    readonly labelsTable: string;
    readonly rows: number;
    readonly users: number;
    readonly positives: number;
    readonly from: string;
    readonly to: string;
    readonly dataEnd: string;
    readonly lineage: readonly string[];
    readonly features: readonly Feature[];
    readonly unavailable: readonly Feature[];
    readonly constantColumns: readonly string[];
  };
  readonly quantitative: {
    readonly scores: readonly ScoreReport[];
    readonly top: readonly {
      readonly share: number;
      readonly precision: CardEstimate;
      readonly recall: CardEstimate;
      readonly lift: CardEstimate;
    }[];
    readonly stability: {
      readonly meanRocAuc: number;
      readonly sdRocAuc: number | null;
      readonly minRocAuc: number;
      /** Change of the ROC AUC from one fold to the next, least squares. */
      readonly slopeRocAuc: number | null;
    };
    readonly calibration: {
      readonly bins: readonly CalibrationBin[];
      readonly expectedError: CardEstimate;
      readonly maximumError: number;
      readonly line: CalibrationLine | null;
      readonly brierParts: BrierParts;
    };
    readonly threshold: {
      readonly value: number;
      readonly benefit: number;
      readonly cost: number;
      readonly currency: string;
      readonly profitPerThousand: CardEstimate;
      readonly grid: readonly ProfitCell[];
    };
    /** Null where it is not known; `ceilingNote` says why, or how it was made. */
    readonly ceiling: Ceiling | null;
    readonly ceilingNote: string;
    readonly coefficients: readonly Coefficient[];
  };
  readonly power: Power;
  readonly leakage: readonly LeakageCheck[];
  readonly ethicalConsiderations: readonly string[];
  readonly caveats: readonly string[];
  readonly maintenance: { readonly retrainWhen: string; readonly expiryDays: number; readonly driftBins: null };
  readonly reproducibility: {
    readonly seed: number;
    readonly draws: number;
    readonly level: number;
    readonly l2: number;
    readonly iterations: number;
    readonly gradient: number;
    readonly configFile: string;
    readonly configHash: string;
    readonly dataHash: string;
    readonly featureHash: string;
    readonly graphHash: string;
    readonly commit: string;
    readonly tidemark: string;
    readonly node: string;
  };
}
