import { hashText, mix } from '../../core/keyed.ts';

/** Events of one user on one day have numbers below this. */
export const MOST_EVENTS = 1 << 20;

/** The second word of an event's key, below 2^32: days are below 4096. The first is the number of the user. */
export const eventKey = (day: number, index: number): number => ((day << 20) | index) >>> 0;

export const dayOfKey = (key: number): number => key >>> 20;

/** Gives the two halves of an event's id. */
export interface EventIds {
  high: number;
  low: number;
  /** Leaves the id in `high` and `low`, as signed 32-bit integers: nothing is allocated for an event. */
  of(user: number, key: number): void;
}

/** The id that `of` has left, in hexadecimal. */
export const idText = ({ high, low }: EventIds): string => hex(high) + hex(low);

const HEX = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'));
const hex = (word: number): string => HEX[word >>> 16]! + HEX[word & 0xffff]!;

const ROUNDS = 4;

/**
 * A bijection on 64 bits that looks like chance: a Feistel network (Luby and Rackoff 1988) over the key of an event. Two events never
 * share an id, and nothing has to be remembered or counted for that. Its rounds need no inverse.
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
      a ^= mix(b ^ k0);
      b ^= mix(a ^ k1);
      a ^= mix(b ^ k2);
      b ^= mix(a ^ k3);
      ids.high = a;
      ids.low = b;
    },
  };
  return ids;
}
