import type { Share } from '../calibrate.ts';

/** One of the workers who find the scale of the usage together. */
export interface Team {
  readonly size: number;
  /** Of this worker, from 0. */
  readonly index: number;
  /** Shared by all of them. */
  readonly memory: SharedArrayBuffer;
}

/** Usage and incidents. */
const COUNTS = 2;

/** @param rounds how often the workers put their counts together at most. */
export const teamMemory = (size: number, rounds: number): SharedArrayBuffer =>
  new SharedArrayBuffer(rounds * (COUNTS * size * Float64Array.BYTES_PER_ELEMENT + 2 * Int32Array.BYTES_PER_ELEMENT));

/**
 * The share of a worker: every so-manieth user. Counts are whole numbers, so their sum does not depend on who counted what. Whoever is
 * first waits for the others, and blocks its thread.
 */
export function shareOf({ size, index, memory }: Team): Share {
  const width = COUNTS * size;
  const rounds = memory.byteLength / (width * Float64Array.BYTES_PER_ELEMENT + 2 * Int32Array.BYTES_PER_ELEMENT);
  const counts = new Float64Array(memory, 0, rounds * width);
  const ready = new Int32Array(memory, counts.byteLength, rounds);
  let round = -1;
  return {
    isLived: (user) => user % size === index,
    together(usage, incidents) {
      round++;
      const first = round * width;
      counts[first + COUNTS * index] = usage;
      counts[first + COUNTS * index + 1] = incidents;
      Atomics.add(ready, round, 1);
      Atomics.notify(ready, round);
      for (let there = Atomics.load(ready, round); there < size; there = Atomics.load(ready, round))
        Atomics.wait(ready, round, there);
      const all = { usage: 0, incidents: 0 };
      for (let at = first; at < first + width; at += COUNTS) {
        all.usage += counts[at]!;
        all.incidents += counts[at + 1]!;
      }
      return all;
    },
  };
}
