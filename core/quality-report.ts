/** How bad the rejected share of a file, a source or a batch is, the least bad first. */
export const CRITICALITIES = ['none', 'low', 'medium', 'high'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

/** Shares of rejected records, 0 to 1, from which a file counts as of that criticality. */
export interface CriticalityShares {
  readonly low: number;
  readonly medium: number;
  readonly high: number;
}

/**
 * What became of rows. Always: `rows` = rows in bronze + `duplicatesAtLoad`, and `records` = `accepted` + `rejected` + `duplicates`.
 * A row makes one record unless its contract says otherwise.
 */
export interface QualityCounts {
  /** Records and malformed lines that were read from files. */
  readonly rows: number;
  /** Rows that bronze held already. Of a file that grew all of them count in the batch that read it last. */
  readonly duplicatesAtLoad: number;
  /** Records that the contract judged. */
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Records of which another one with the same grain was received later. */
  readonly duplicates: number;
  /** Accepted records with something odd about them. */
  readonly flagged: number;
  /** Accepted records that arrived later than the contract allows. */
  readonly late: number;
}

/** Why records were rejected or flagged. A record with several reasons counts in each. */
export interface QualityReason {
  readonly source: string;
  readonly kind: 'rejected' | 'flagged';
  /** Canonical column; `line` for a line that is no record; `rule` for one between columns, whose name is the code. */
  readonly column: string;
  readonly code: string;
  readonly records: number;
  /** Files in which it occurs. */
  readonly files: number;
}

export interface QualitySample {
  readonly source: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** `column:code`. */
  readonly reasons: readonly string[];
  /** The line as it stands in the file, cut, with personal data masked. */
  readonly text: string;
}

interface Judged {
  readonly criticality: Criticality;
  readonly counts: QualityCounts;
}

/** What one load brought, as the contracts judge it: `quality_report.json`. docs/schemas/quality.schema.json describes it. */
export interface QualityReport extends Judged {
  readonly version: 1;
  /** The data set or synthetic world. */
  readonly dataset: string;
  readonly batchId: string;
  /** When the batch was loaded (UTC, ISO). */
  readonly loadedAt: string;
  /** When the verdicts were counted (UTC, ISO). */
  readonly reportedAt: string;
  /** The worst first, then in the order of `dataset.yaml`. */
  readonly sources: readonly (Judged & { readonly source: string; readonly owner: string })[];
  /** Sources with rows of this batch that have no verdict yet. */
  readonly unjudged: readonly string[];
  /** The most frequent first. */
  readonly reasons: readonly QualityReason[];
  /** The worst files, the worst first; `filesWithRejects` says how many there are in all. */
  readonly files: readonly (Judged & { readonly source: string; readonly file: string })[];
  readonly filesWithRejects: number;
  readonly samples: readonly QualitySample[];
  /** This batch and those before it, the oldest first. */
  readonly trend: readonly (Judged & { readonly batchId: string; readonly loadedAt: string })[];
}

export const QUALITY_REPORT_VERSION = 1;

export const NO_COUNTS: QualityCounts = {
  rows: 0,
  duplicatesAtLoad: 0,
  records: 0,
  accepted: 0,
  rejected: 0,
  duplicates: 0,
  flagged: 0,
  late: 0,
};

export const addCounts = (a: QualityCounts, b: QualityCounts): QualityCounts =>
  Object.fromEntries(
    Object.keys(NO_COUNTS).map((key) => [key, a[key as keyof QualityCounts] + b[key as keyof QualityCounts]]),
  ) as unknown as QualityCounts;

/** The share of rejected records, 0 to 1; 0 of none. */
export const rejectedShare = ({ rejected, records }: QualityCounts): number => (records === 0 ? 0 : rejected / records);

export function criticalityOf(counts: QualityCounts, shares: CriticalityShares): Criticality {
  if (counts.rejected === 0) return 'none';
  const share = rejectedShare(counts);
  return (['high', 'medium', 'low'] as const).find((level) => share >= shares[level]) ?? 'none';
}

export const isAtLeast = (criticality: Criticality, least: Criticality): boolean =>
  CRITICALITIES.indexOf(criticality) >= CRITICALITIES.indexOf(least);

export const worst = (criticalities: readonly Criticality[]): Criticality =>
  criticalities.reduce<Criticality>((bad, next) => (isAtLeast(next, bad) ? next : bad), 'none');
