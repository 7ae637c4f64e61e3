import type { Console } from './console.ts';

export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary start, never going back: for durations. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonic: () => performance.now() };

/** A clock that stands still, for tests whose output must not depend on the day. */
export const fixedClock = (iso: string): Clock => ({ now: () => new Date(iso), monotonic: () => 0 });

/** What a program does to the world, passed in from `cli/` so that tests can pass something else. */
export interface Effects {
  readonly console: Console;
  readonly clock: Clock;
  /** Aborted by Ctrl-C or by a time limit. */
  readonly signal: AbortSignal;
}
