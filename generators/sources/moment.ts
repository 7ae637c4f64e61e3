import type { Random } from '../../core/random.ts';
import type { Person } from '../people.ts';
import type { Scenario } from '../scenario.ts';
import { timeOfDay } from '../time-of-day.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** A moment of the day at which a person does something, in milliseconds since the start of day 0: by the hours of the scenario, and after the signup. */
export function momentOf(scenario: Scenario, stream: Random, day: number, { createdMs }: Person): number {
  const atMs = day * DAY_MS + timeOfDay(scenario, stream);
  if (atMs > createdMs) return atMs;
  return Math.min((day + 1) * DAY_MS - 1, createdMs + 1000 + Math.floor(stream.exponential(HOUR_MS / 2)));
}

export const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);

/** `0001-03f-0`: user, day and a running number, the end of identifiers that are the same whichever day is asked for alone. */
export const recordId = (entity: number, day: number, index: number): string =>
  `${entity.toString(36).padStart(4, '0')}-${day.toString(36).padStart(3, '0')}-${index}`;
