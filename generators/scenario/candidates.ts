/** What moves the log-odds of looking for a new job. */
export const CANDIDATE_DRIVERS = [
  'city_development_index',
  'has_relevant_experience',
  'full_time_course',
  'log_experience_years',
  'no_employer',
  'graduate',
  'log_training_hours',
] as const;
export type CandidateDriver = (typeof CANDIDATE_DRIVERS)[number];

/** Columns that can be missing for no reason. Company columns are missing for people without an employer, too. */
export const CANDIDATE_GAPS = [
  'gender',
  'enrolled_university',
  'education_level',
  'major_discipline',
  'experience',
  'company_size',
  'company_type',
  'last_new_job',
] as const;
export type CandidateGap = (typeof CANDIDATE_GAPS)[number];

/** `candidates:` of a scenario: people who enrol in a training and may look for a new job. */
export interface CandidatesSpec {
  readonly per_day?: number;
  readonly intercept?: number;
  /** Log-odds a unit of each driver. */
  readonly drivers?: Readonly<Partial<Record<CandidateDriver, number>>>;
  readonly no_employer_rate?: number;
  /** Probability by column. */
  readonly missing?: Readonly<Partial<Record<CandidateGap, number>>>;
}

export interface Candidates {
  readonly perDay: number;
  readonly intercept: number;
  readonly drivers: Readonly<Record<CandidateDriver, number>>;
  readonly noEmployerRate: number;
  readonly missing: Readonly<Record<CandidateGap, number>>;
}

/** About one in four, as the public data set has it; a developed city and a long career keep people where they are. */
const INTERCEPT = 2.9;
const DRIVERS: Record<CandidateDriver, number> = {
  city_development_index: -5,
  has_relevant_experience: -0.4,
  full_time_course: 0.35,
  log_experience_years: -0.25,
  no_employer: 1.5,
  graduate: 0.4,
  log_training_hours: -0.05,
};
/**
 * With these, the shares of empty cells are those of the training part of "HR Analytics: Job Change of Data Scientists" (Kaggle): company
 * columns are empty for people without an employer besides, majors for people who never studied.
 */
const MISSING: Record<CandidateGap, number> = {
  gender: 0.235,
  enrolled_university: 0.02,
  education_level: 0.024,
  major_discipline: 0.02,
  experience: 0.003,
  company_size: 0.1,
  company_type: 0.11,
  last_new_job: 0.022,
};

export function normaliseCandidates(spec: CandidatesSpec): Candidates {
  return {
    perDay: spec.per_day ?? 100,
    intercept: spec.intercept ?? INTERCEPT,
    drivers: { ...DRIVERS, ...spec.drivers },
    noEmployerRate: spec.no_employer_rate ?? 0.235,
    missing: { ...MISSING, ...spec.missing },
  };
}
