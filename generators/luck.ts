import { keyed } from '../core/keyed.ts';
import { type Random, random } from '../core/random.ts';

/** What the life of a user draws on a day. Each lane has luck of its own, so a law that is switched off moves no draw of another. */
export const LANE = {
  noise: 0,
  decline: 1,
  usage: 2,
  usageTail: 3,
  tickets: 4,
  ticketsTail: 5,
  failures: 6,
  failuresTail: 7,
  cancel: 8,
  planChange: 9,
  firstNoise: 10,
  firstNoiseTail: 11,
  firstPlan: 12,
  return: 13,
  returnDays: 14,
} as const;

export type Lane = (typeof LANE)[keyof typeof LANE];

export interface Luck {
  /** Uniform in [0, 1). */
  of(lane: Lane): number;
  /** What becomes of the ticket with this index among those that the user opens on this day. */
  ticket(index: number): Random;
}

export interface DailyLuck extends Luck {
  turnTo(user: number, day: number): void;
}

/** The luck of the world by user and day. Nothing is drawn in sequence, so no day and no user needs a state. */
export function dailyLuck(seed: number): DailyLuck {
  const lanes = Object.keys(LANE).map((lane) => keyed(seed, 'life', lane));
  const at = { user: 0, day: 0 };
  return {
    turnTo(user, day) {
      at.user = user;
      at.day = day;
    },
    of: (lane) => lanes[lane]!.uniform(at.user, at.day),
    ticket: (index) => ticketLuck(seed, at.user, at.day, index),
  };
}

/** Luck of a possible life, in sequence: nobody asks for it twice. */
export const streamLuck = (stream: Random): Luck => ({ of: stream.next, ticket: () => stream });

export const ticketLuck = (seed: number, user: number, day: number, index: number): Random =>
  random(seed, 'support_tickets', user, day, index);
