import { type Random, random } from '../core/random.ts';
import type { Person } from './people.ts';
import type { Weighted } from './scenario/shares.ts';
import type { Scenario } from './scenario.ts';
import { timeOfDay } from './time-of-day.ts';
import type { UserDay } from './world.ts';

/** An event as it happened, before it is sent. Times are milliseconds since the start of day 0. */
export interface Event {
  readonly id: string;
  readonly atMs: number;
  readonly sessionId: string;
  readonly deviceId: string;
  readonly type: string;
  readonly channel: string;
  readonly durationMs: number;
}

export interface EventDetails {
  /** The events of one user-day, in the order of their sessions. */
  of(userDay: UserDay, day: number, person: Person): Event[];
}

const DAY_MS = 86_400_000;
const MEAN_GAP_MS = 90_000;
const MEAN_DURATION_MS = 4000;

/**
 * Gives the counts of the world their times, sessions, devices and types.
 *
 * The world counts usage as one Poisson number; types are drawn here by weight, which is the same law as a Poisson number for each type.
 * Each user draws from a stream of their own.
 */
export function eventDetails(scenario: Scenario): EventDetails {
  const { drift } = scenario;
  const streams: Random[] = [];
  const devices: { readonly id: string; readonly channel: string }[][] = [];
  const usageBefore = cumulative(scenario.usage);
  const usageAfter = drift?.usage ? cumulative(drift.usage) : usageBefore;
  let sequence = 0;

  return {
    of({ user, usage, tickets, failures }, day, person) {
      const total = usage + tickets + failures;
      if (total === 0) return [];
      const { number } = user;
      streams[number] ??= random(scenario.seed, 'events', number);
      const stream = streams[number];
      devices[number] ??= drawDevices(scenario, number);
      const mine = devices[number];
      const law = drift && day >= drift.day ? usageAfter : usageBefore;
      const sessions = drawSessions(scenario, stream, total, day, person);

      // Incidents fall on random places among the usage, so they are no mark of the end of a day.
      let leftTickets = tickets;
      let leftFailures = failures;
      let left = total;
      const events: Event[] = [];
      for (const [index, { startMs, size }] of sessions.entries()) {
        const device = mine[stream.int(mine.length)]!;
        const sessionId = `s${number.toString(36).padStart(4, '0')}-${day.toString(36).padStart(3, '0')}-${index}`;
        const lastMs = (day + 1) * DAY_MS - 1;
        let atMs = startMs;
        for (let i = 0; i < size; i++, left--) {
          const slot = leftTickets + leftFailures > 0 ? stream.int(left) : left;
          let type: string;
          if (slot < leftTickets) {
            type = 'ticket_opened';
            leftTickets--;
          } else if (slot < leftTickets + leftFailures) {
            type = 'payment_failed';
            leftFailures--;
          } else type = draw(law, stream.next());
          events.push({
            id: eventId(sequence++),
            atMs,
            sessionId,
            deviceId: device.id,
            type,
            channel: device.channel,
            durationMs: Math.floor(stream.exponential(MEAN_DURATION_MS)),
          });
          atMs = Math.min(lastMs, atMs + 1 + Math.floor(stream.exponential(MEAN_GAP_MS)));
        }
      }
      return events;
    },
  };
}

interface Session {
  readonly startMs: number;
  readonly size: number;
}

/** Sessions by start; each holds at least one event. Nobody acts before they signed up. */
function drawSessions(scenario: Scenario, stream: Random, events: number, day: number, person: Person): Session[] {
  const n = Math.min(events, 1 + stream.poisson((events - 1) / scenario.sessionEvents));
  const sizes = new Array<number>(n).fill(1);
  for (let i = n; i < events; i++) sizes[stream.int(n)]!++;
  const starts = sizes.map(() => startTime(scenario, stream, day, person)).sort((a, b) => a - b);
  return sizes.map((size, index) => ({ startMs: starts[index]!, size }));
}

function startTime(scenario: Scenario, stream: Random, day: number, { createdMs }: Person): number {
  const atMs = day * DAY_MS + timeOfDay(scenario, stream);
  if (atMs > createdMs) return atMs;
  // The day of the signup: some time between it and midnight, most often soon.
  return Math.min((day + 1) * DAY_MS - 1, createdMs + 1000 + Math.floor(stream.exponential(30 * 60_000)));
}

function drawDevices(scenario: Scenario, user: number): { id: string; channel: string }[] {
  const stream = random(scenario.seed, 'devices', user);
  const n = 1 + stream.pick([0, 1, 2], [0.6, 0.3, 0.1]);
  return Array.from({ length: n }, (_, index) => ({
    id: `d${user.toString(36).padStart(4, '0')}-${index}`,
    channel: stream.pick(scenario.appChannels.values, scenario.appChannels.weights),
  }));
}

const HEX = Array.from({ length: 0x10000 }, (_, n) => n.toString(16).padStart(4, '0'));

/** Unique, without order: an odd multiplier and xor-shifts are bijections on 32 bits. */
function eventId(sequence: number): string {
  let x = Math.imul(sequence ^ 0x5bd1e995, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = (x ^ (x >>> 13)) >>> 0;
  return `e${HEX[x >>> 16]}${HEX[x & 0xffff]}`;
}

interface Cumulative {
  readonly values: readonly string[];
  readonly upTo: readonly number[];
}

function cumulative({ values, weights }: Weighted): Cumulative {
  return {
    values,
    upTo: weights.map((_, index) => weights.slice(0, index + 1).reduce((sum, weight) => sum + weight, 0)),
  };
}

function draw({ values, upTo }: Cumulative, u: number): string {
  let index = 0;
  while (index < values.length - 1 && u >= upTo[index]!) index++;
  return values[index]!;
}
