import { random } from '../core/random.ts';
import type { DelaySpec } from './scenario/dirt.ts';
import type { Scenario } from './scenario.ts';

export type FaultKind = 'late' | 'duplicate' | 'null_user' | 'malformed';

/** What befalls an event on its way. */
export interface Transport {
  /** Milliseconds from the event to its receipt. */
  readonly delayMs: number;
  readonly isLate: boolean;
  /** Milliseconds after the receipt at which the same bytes arrive again; undefined for most. */
  readonly duplicateMs: number | undefined;
  readonly hasNullUser: boolean;
  /** Share of the line that is left of it; undefined for most. */
  readonly keep: number | undefined;
}

const MEAN_NORMAL_DELAY_MS = 1500;
const LONGEST_NORMAL_DELAY_MS = 60_000;
const MEAN_RESEND_MS = 20_000;
const HOUR_MS = 3_600_000;

/**
 * Draws what befalls the events, which must come in the order in which they were made.
 *
 * Each rule draws from a stream of its own, the same number of times whatever the others decide: switching a rule off changes the rows
 * that it touched, and no other.
 */
export function dirt(scenario: Scenario): () => Transport {
  const { late, duplicate, nullUser, malformed } = scenario.dirt;
  const streams = {
    normal: random(scenario.seed, 'dirt', 'normal_delay'),
    late: random(scenario.seed, 'dirt', 'late'),
    duplicate: random(scenario.seed, 'dirt', 'duplicate'),
    nullUser: random(scenario.seed, 'dirt', 'null_user'),
    malformed: random(scenario.seed, 'dirt', 'malformed'),
  };
  const shares = late.delays.map((delay) => delay.share);
  return () => {
    const normalMs = Math.min(
      LONGEST_NORMAL_DELAY_MS,
      20 + Math.floor(streams.normal.exponential(MEAN_NORMAL_DELAY_MS)),
    );
    const isLate = streams.late.chance(late.rate);
    return {
      delayMs: isLate ? lateness(streams.late.pick(late.delays, shares), streams.late.next()) : normalMs,
      isLate,
      duplicateMs: streams.duplicate.chance(duplicate)
        ? Math.floor(streams.duplicate.exponential(MEAN_RESEND_MS))
        : undefined,
      hasNullUser: streams.nullUser.chance(nullUser),
      keep: streams.malformed.chance(malformed) ? 0.1 + 0.85 * streams.malformed.next() : undefined,
    };
  };
}

/** Milliseconds: the minimum plus an exponential, cut at the maximum by inversion so that no heap piles up there. */
function lateness({ min_hours: min, mean_hours: mean, max_hours: max }: DelaySpec, u: number): number {
  const scale = mean - min;
  const reach = 1 - Math.exp(-(max - min) / scale);
  return Math.floor((min - scale * Math.log(1 - u * reach)) * HOUR_MS);
}
