import { isCalendarDate } from '../../core/config.ts';
import { whereWellFormed } from '../../core/malformed.ts';
import type { Checks } from './checks.ts';

/** What a user writes at the top of a scenario. */
export interface HeaderSpec {
  readonly version: 1;
  /** The first sentence says what the world is, the rest what one should see downstream. */
  readonly description: string;
  readonly seed: number;
  /** YYYY-MM-DD. */
  readonly start_date: string;
  /** Either this or `end_date`. */
  readonly days?: number;
  /** YYYY-MM-DD, the last day itself. */
  readonly end_date?: string;
}

export interface Header {
  readonly seed: number;
  readonly startDate: string;
  readonly days: number;
}

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 3650;

/** Days of the scenario, both ends included; below 1 when it ends before it starts. */
export const daysOf = ({ start_date, end_date, days }: HeaderSpec): number =>
  days ?? Math.round((Date.parse(end_date ?? start_date) - Date.parse(start_date)) / DAY_MS) + 1;

export function checkHeader({ start_date, end_date, days }: HeaderSpec, { report }: Checks): void {
  if (days === undefined && end_date === undefined) report([], 'the key "days" is missing (or "end_date")');
  if (end_date === undefined || !isCalendarDate(end_date)) return;
  const span = daysOf({ start_date, end_date } as HeaderSpec);
  if (days !== undefined)
    report(['end_date'], 'stands beside days; remove one of the two (in a file that extends: `days: null`)');
  else if (span < 1) report(['end_date'], `found ${end_date}, expected no day before the start_date ${start_date}`);
  else if (span > LONGEST_DAYS) report(['end_date'], `found ${span} days, expected at most ${LONGEST_DAYS}`);
}

/** Days against which the other sections can be held: as many as there may be when the header itself is impossible. */
export const checkableDays = (spec: HeaderSpec): number =>
  whereWellFormed(() => {
    const days = spec.days === undefined && spec.end_date === undefined ? 0 : Number(daysOf(spec));
    return days < 1 ? LONGEST_DAYS : days;
  }) ?? LONGEST_DAYS;

export const normaliseHeader = (spec: HeaderSpec): Header => ({
  seed: spec.seed,
  startDate: spec.start_date,
  days: daysOf(spec),
});
