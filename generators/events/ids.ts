import { hashText } from '../../core/keyed.ts';

/** Events of one user on one day have numbers below this. */
export const MOST_EVENTS = 1 << 20;

/** The second word of an event's key, below 2^32: days are below 4096. The first is the number of the user. */
export const eventKey = (day: number, index: number): number => ((day << 20) | index) >>> 0;

export const dayOfKey = (key: number): number => key >>> 20;

/** Gives the two halves of an event's id. */
export interface EventIds {
  high: number;
  low: number;
  /** Leaves the id in `high` and `low`, as unsigned 32-bit integers: no object is made for an event. */
  of(user: number, key: number): void;
}

const ROUNDS = 4;

/**
 * A bijection on 64 bits that looks like chance: a Feistel network (Luby and Rackoff 1988) over the key of an event. Two events never
 * share an id, and nothing has to be remembered or counted for that.
 */
export function eventIds(seed: number): EventIds {
  const [k0, k1, k2, k3] = Array.from({ length: ROUNDS }, (_, round) => hashText(`event_id ${round}`, seed)) as [
    number,
    number,
    number,
    number,
  ];
  const ids: EventIds = {
    high: 0,
    low: 0,
    of(user, key) {
      let a = user | 0;
      let b = key | 0;
      a ^= round(b ^ k0);
      b ^= round(a ^ k1);
      a ^= round(b ^ k2);
      b ^= round(a ^ k3);
      ids.high = a >>> 0;
      ids.low = b >>> 0;
    },
  };
  return ids;
}

/** Needs no inverse: the network is a bijection whatever this does. */
function round(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
