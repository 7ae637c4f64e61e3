import { beforeAll, describe, expect, test } from 'vitest';
import { CANDIDATE_GAPS, type CandidateDriver } from '../../../generators/scenario/candidates.ts';
import type { Rec, WorldDay } from '../../../generators/source.ts';
import { candidatesSource } from '../../../generators/sources/candidates.ts';
import { clusterErrors } from '../../../ml/inference.ts';
import { fitLogistic } from '../../../ml/newton.ts';
import { tiny } from '../worlds.ts';

const N = 40_000;
const LAW: Record<CandidateDriver, number> = {
  city_development_index: -4,
  has_relevant_experience: -0.5,
  full_time_course: 0.4,
  log_experience_years: -0.3,
  no_employer: 0.8,
  graduate: 0.5,
  log_training_hours: -0.1,
};
const NO_GAPS = Object.fromEntries(CANDIDATE_GAPS.map((column) => [column, 0]));

const batch = (candidates: object, days = 1): { rows: Rec[]; truth: Rec[] } => {
  const scenario = tiny({ candidates });
  const source = candidatesSource(scenario, scenario.candidates!);
  const rows: Rec[] = [];
  const truth: Rec[] = [];
  for (let day = 0; day < days; day++) {
    rows.push(...source.next({ day } as WorldDay));
    truth.push(...source.truth!.rows());
  }
  return { rows, truth };
};

describe('candidates', () => {
  let rows: Rec[];
  let truth: Rec[];
  beforeAll(() => {
    ({ rows, truth } = batch({ per_day: N, intercept: 3, drivers: LAW, missing: NO_GAPS, no_employer_rate: 0.3 }));
    expect(Math.abs(rows.length - N)).toBeLessThan(1000);
  });

  test('look for a job by the law of the scenario: a fit finds each coefficient within its interval', () => {
    const years = ({ experience }: Rec) => (experience === '<1' ? 0 : experience === '>20' ? 23 : Number(experience));
    const drivers = (row: Rec) => [
      Number(row.city_development_index),
      Number(row.relevent_experience === 'Has relevent experience'),
      Number(row.enrolled_university === 'Full time course'),
      Math.log1p(years(row)),
      Number(row.company_size === null),
      Number(row.education_level === 'Graduate'),
      Math.log1p(Number(row.training_hours)),
    ];
    const names = Object.keys(LAW) as CandidateDriver[];
    const x = Float64Array.from(rows.flatMap(drivers));
    const y = Uint8Array.from(rows, ({ target }) => Number(target));
    const fit = fitLogistic(x, y, names.length);
    const errors = clusterErrors(x, y, names.length, fit, Int32Array.from(rows.keys()));
    [3, ...names.map((name) => LAW[name])].forEach((value, j) => {
      expect(Math.abs(fit.coefficients[j]! - value), names[j - 1]).toBeLessThan(4 * errors[j]!);
    });
  });

  test('have their probability in the truth', () => {
    expect(truth.map(({ enrollee_id }) => enrollee_id)).toEqual(rows.map(({ enrollee_id }) => enrollee_id));
    const p = truth.map(({ p_target }) => Number(p_target));
    const mean = p.reduce((sum, x) => sum + x, 0) / p.length;
    const hits = rows.filter(({ target }) => target === 1).length / rows.length;
    expect(Math.abs(hits - mean)).toBeLessThan(4 * Math.sqrt((mean * (1 - mean)) / p.length));
  });
});

describe('by default', () => {
  let rows: Rec[];
  beforeAll(() => {
    ({ rows } = batch({ per_day: 4000 }, 5));
  });
  const missing = (column: string) => rows.filter((row) => row[column] === null).length / rows.length;

  test('about a quarter look for a job, and the cells are empty that are empty in the public data set', () => {
    const target = rows.filter((row) => row.target === 1).length / rows.length;
    expect(Math.abs(target - 0.249)).toBeLessThan(0.02);
    const shares = {
      gender: 0.235,
      enrolled_university: 0.02,
      education_level: 0.024,
      major_discipline: 0.147,
      experience: 0.003,
      company_size: 0.31,
      company_type: 0.32,
      last_new_job: 0.022,
      city: 0,
      training_hours: 0,
    };
    for (const [column, share] of Object.entries(shares))
      expect(Math.abs(missing(column) - share), column).toBeLessThan(0.012);
  });

  test('to drop the rows with gaps is to move the base rate', () => {
    const whole = rows.filter((row) => Object.values(row).every((cell) => cell !== null));
    const rate = (some: Rec[]) => some.filter(({ target }) => target === 1).length / some.length;
    expect(rate(rows) - rate(whole)).toBeGreaterThan(0.05);
  });

  test('another rate of gaps leaves the people as they are', () => {
    const { rows: changed } = batch({ per_day: 4000, missing: { gender: 0.9 } }, 5);
    expect(changed.map(({ gender, ...rest }) => rest)).toEqual(rows.map(({ gender, ...rest }) => rest));
    const before = new Set(rows.filter(({ gender }) => gender === null).map(({ enrollee_id }) => enrollee_id));
    const kept = changed.filter(({ gender, enrollee_id }) => gender === null || !before.has(enrollee_id!));
    expect(kept.length).toBe(changed.length);
  });
});
