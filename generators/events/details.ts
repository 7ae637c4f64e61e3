import { keyed, mix } from '../../core/keyed.ts';
import type { Scenario } from '../scenario.ts';
import type { UserDay } from '../world.ts';
import type { Actors } from './actors.ts';
import { MOST_EVENTS } from './ids.ts';
import { exponentialMs, picker } from './laws.ts';

/** The events of one user-day in columns, by their number on the day; filled anew by each draw. */
export interface Details {
  /** Milliseconds since midnight. */
  happened: Int32Array;
  /** Milliseconds from the event to its receipt when nothing delays it. */
  delay: Int32Array;
  /** Four times the number of the session, plus the number of the device. */
  session: Int32Array;
  /** Index into {@link eventTypes}. */
  type: Uint16Array;
  /** Milliseconds. */
  duration: Int32Array;
  /** @param first how many to draw; by default all. */
  draw(userDay: UserDay, day: number, first?: number): void;
}

/** Incidents first, then usage in the order of the scenario. */
export const eventTypes = (scenario: Scenario): readonly string[] => [...INCIDENTS, ...scenario.usage.values];

const INCIDENTS = ['ticket_opened', 'payment_failed'];
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MEAN_GAP_MS = 90_000;
const MEAN_DURATION_MS = 4000;
const MEAN_DELAY_MS = 1500;
const SHORTEST_DELAY_MS = 20;
/** Of an event that nothing delays. */
export const LONGEST_DELAY_MS = 60_000;
/** From the signup to the first session of its day. */
const MEAN_ONBOARDING_MS = 30 * 60_000;
/** Draws an event; each session has three more, counted down from -1. */
const DRAWS = 6;

/**
 * Gives the counts of the world their times, sessions, devices and types.
 *
 * The world counts usage as one Poisson number; types are drawn here by weight, which is the same law as a Poisson number for each type.
 * Every draw is a function of user, day and place, so that a user-day can be drawn alone.
 */
export function eventDetails(scenario: Scenario, actors: Actors): Details {
  const { drift, hourWeights, sessionEvents } = scenario;
  const salt = keyed(scenario.seed, 'events');
  const step = keyed(scenario.seed, 'events', 'step');
  const hour = picker(hourWeights);
  const usageBefore = picker(scenario.usage.weights);
  const usageAfter = drift?.usage ? picker(drift.usage.weights) : usageBefore;
  const gapMs = exponentialMs(MEAN_GAP_MS);
  const durationMs = exponentialMs(MEAN_DURATION_MS);
  const delayMs = exponentialMs(MEAN_DELAY_MS);
  const onboardingMs = exponentialMs(MEAN_ONBOARDING_MS);
  // The probability that an event begins a session, on the scale of a signed integer.
  const newSession = Math.ceil(2 ** 32 / (1 + sessionEvents)) - 1 - 2 ** 31;

  const details: Details = {
    happened: new Int32Array(256),
    delay: new Int32Array(256),
    session: new Int32Array(256),
    type: new Uint16Array(256),
    duration: new Int32Array(256),

    draw({ user: { number }, usage, tickets, failures }, day, first = usage + tickets + failures) {
      const total = usage + tickets + failures;
      if (total >= MOST_EVENTS) throw new Error(`user ${number} has ${total} events on day ${day}`);
      if (total > details.happened.length) grow(details, total);
      const { happened, delay, session, type, duration } = details;
      // A sequence of hashes with a start and a step of its own for each user-day: one multiplication and one mixing a draw.
      const from = salt.bits(number, day);
      const by = step.bits(number, day) | 1;
      const usageType = drift && day >= drift.day ? usageAfter : usageBefore;
      const signedUpMs = Math.max(-1, actors.createdMs[number]! - day * DAY_MS);
      const devices = actors.devices[number]!;

      // Incidents fall on random places among the usage, so they are no mark of the end of a day.
      let leftTickets = tickets;
      let leftFailures = failures;
      let current = -1;
      let mark = 0;
      let atMs = 0;
      for (let i = 0; i < first; i++) {
        const n = DRAWS * i;
        if (i === 0 || (draw(from, by, n) ^ -0x80000000) <= newSession) {
          current++;
          const place = -3 * current;
          atMs = hour(draw(from, by, place - 1)) * HOUR_MS + ((draw(from, by, place - 2) >>> 0) % HOUR_MS);
          mark = 4 * current + ((draw(from, by, place - 3) >>> 0) % devices);
          // The day of the signup: some time between it and midnight, most often soon.
          if (atMs <= signedUpMs)
            atMs = Math.min(DAY_MS - 1, signedUpMs + 1000 + onboardingMs(draw(from, by, place - 2)));
        } else {
          atMs += 1 + gapMs(draw(from, by, n + 4));
          // A session lies within a day: what would pass midnight is mirrored at it.
          if (atMs >= DAY_MS) atMs = Math.max(signedUpMs + 1, 2 * DAY_MS - 1 - atMs);
        }
        const incidents = leftTickets + leftFailures;
        const slot = incidents === 0 ? 0 : (draw(from, by, n + 5) >>> 0) % (total - i);
        if (slot >= incidents) type[i] = INCIDENTS.length + usageType(draw(from, by, n + 1));
        else if (slot < leftTickets) {
          type[i] = 0;
          leftTickets--;
        } else {
          type[i] = 1;
          leftFailures--;
        }
        happened[i] = atMs;
        session[i] = mark;
        duration[i] = durationMs(draw(from, by, n + 2));
        delay[i] = Math.min(LONGEST_DELAY_MS, SHORTEST_DELAY_MS + delayMs(draw(from, by, n + 3)));
      }
    },
  };
  return details;
}

/** Draw number n of a user-day: 32 uniform bits as a signed integer. */
const draw = (from: number, by: number, n: number): number => mix((from + Math.imul(by, n)) | 0);

function grow(details: Details, least: number): void {
  const length = Math.max(least, 2 * details.happened.length);
  details.happened = new Int32Array(length);
  details.delay = new Int32Array(length);
  details.session = new Int32Array(length);
  details.type = new Uint16Array(length);
  details.duration = new Int32Array(length);
}
