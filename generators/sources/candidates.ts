import { type Random, random } from '../../core/random.ts';
import type { Candidates } from '../scenario/candidates.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source } from '../source.ts';
import { SOURCE_COLUMNS } from './columns.ts';

const CITIES = 120;
const SIZES = ['<10', '10/49', '50-99', '100-500', '500-999', '1000-4999', '5000-9999', '10000+'];
const SIZE_WEIGHTS = [10, 11, 23, 19, 7, 10, 4, 16];
const TYPES = ['Pvt Ltd', 'Funded Startup', 'Public Sector', 'Early Stage Startup', 'NGO', 'Other'];
const TYPE_WEIGHTS = [75, 8, 7, 5, 4, 1];
const LEVELS = ['Graduate', 'Masters', 'High School', 'Phd', 'Primary School'];
const LEVEL_WEIGHTS = [62, 23, 11, 2, 2];
const MAJORS = ['STEM', 'Humanities', 'Other', 'Business Degree', 'Arts', 'No Major'];
const MAJOR_WEIGHTS = [88, 4, 2.5, 2.2, 1.7, 1.6];
const COURSES = ['no_enrollment', 'Full time course', 'Part time course'];
const COURSE_WEIGHTS = [74, 20, 6];
const GENDERS = ['Male', 'Female', 'Other'];
const GENDER_WEIGHTS = [90, 8.5, 1.5];

/**
 * People who enrol in a training, in a batch a day, and whether they look for a new job: `target` is 1 with the probability that a logistic
 * law gives. The columns and their categories, with their odd spellings, are those of a public data set; the people are not.
 *
 * Who has no employer has neither company column, and looks for a job more often: to drop rows with gaps is to move the base rate.
 */
export function candidatesSource({ seed }: Scenario, section: Candidates): Source {
  let next = 1;
  let truth: Rec[] = [];

  const enrol = (id: number): { record: Rec; probability: number } => {
    const stream = random(seed, 'candidates', id);
    const city = cityOf(seed, stream);
    const hasRelevantExperience = stream.chance(0.72);
    const course = stream.pick(COURSES, COURSE_WEIGHTS);
    const level = stream.pick(LEVELS, LEVEL_WEIGHTS);
    const years = Math.min(25, Math.floor(stream.exponential(hasRelevantExperience ? 11 : 5)));
    const isEmployed = !stream.chance(section.noEmployerRate);
    const hours = Math.min(336, 1 + Math.floor(stream.exponential(65)));
    const drivers = {
      city_development_index: city.index,
      has_relevant_experience: Number(hasRelevantExperience),
      full_time_course: Number(course === 'Full time course'),
      log_experience_years: Math.log1p(years),
      no_employer: Number(!isEmployed),
      graduate: Number(level === 'Graduate'),
      log_training_hours: Math.log1p(hours),
    };
    let logOdds = section.intercept;
    for (const [driver, value] of Object.entries(drivers))
      logOdds += section.drivers[driver as keyof typeof drivers] * value;
    const probability = 1 / (1 + Math.exp(-logOdds));
    const target = stream.chance(probability) ? 1 : 0;

    const schooled = level !== 'High School' && level !== 'Primary School';
    const whole: Rec = {
      enrollee_id: id,
      city: city.name,
      city_development_index: city.index,
      gender: stream.pick(GENDERS, GENDER_WEIGHTS),
      relevent_experience: `${hasRelevantExperience ? 'Has' : 'No'} relevent experience`,
      enrolled_university: course,
      education_level: level,
      major_discipline: schooled ? stream.pick(MAJORS, MAJOR_WEIGHTS) : null,
      experience: years < 1 ? '<1' : years > 20 ? '>20' : String(years),
      company_size: isEmployed ? stream.pick(SIZES, SIZE_WEIGHTS) : null,
      company_type: isEmployed ? stream.pick(TYPES, TYPE_WEIGHTS) : null,
      last_new_job: lastNewJob(years, stream),
      training_hours: hours,
      target,
    };
    // Gaps have a stream of their own: another rate of one leaves the people as they are.
    const gaps = random(seed, 'candidates', 'gaps', id);
    const missing = Object.entries(section.missing).filter(([, rate]) => gaps.chance(rate));
    return { record: { ...whole, ...Object.fromEntries(missing.map(([column]) => [column, null])) }, probability };
  };

  return {
    name: 'candidates',
    format: 'csv',
    columns: SOURCE_COLUMNS.candidates,
    id: ({ enrollee_id }) => String(enrollee_id),
    next({ day }) {
      const count = random(seed, 'candidates', 'batch', day).poisson(section.perDay);
      const batch = Array.from({ length: count }, () => enrol(next++));
      truth = batch.map(({ record, probability }) => ({
        enrollee_id: record.enrollee_id!,
        p_target: Number(probability.toFixed(8)),
      }));
      return batch.map(({ record }) => record);
    },
    truth: { file: 'candidate_probability.csv', columns: ['enrollee_id', 'p_target'], rows: () => truth },
  };
}

/** Few cities have most of the people. The index of a city is its own, from .45 to .95, and large ones are more developed. */
function cityOf(seed: number, stream: Random): { name: string; index: number } {
  const rank = Math.floor(CITIES * stream.next() ** 3);
  const luck = random(seed, 'candidates', 'city', rank);
  const index = Math.min(0.949, Math.max(0.448, 0.92 - 0.3 * (rank / CITIES) ** 0.5 + 0.09 * luck.normal()));
  return { name: `city_${rank + 1}`, index: Number(index.toFixed(3)) };
}

/** Years since the last change of job, never more than the career. */
function lastNewJob(years: number, stream: Random): string {
  if (years < 1) return 'never';
  const since = 1 + Math.floor(stream.exponential(2.2));
  return stream.chance(0.1) ? 'never' : Math.min(since, years) > 4 ? '>4' : String(Math.min(since, years));
}
