/** Tells of hashes whether one may have been there before, by 64 of their bits. */
export interface HashSet {
  /** @param digest of 8 bytes at least, a character each. */
  add(digest: string): void;
  /** False: all hashes are different. True also when there were too many to remember, or two agree in those bits only. */
  mayRepeat(): boolean;
}

const SLOTS = 1 << 17;
/** 128 MB. */
const MOST_SLOTS = 1 << 24;
const FULL = 0.75;
const GROWTH = 4;

/**
 * Open addressing; two words a slot, of which both are zero in an empty one. A hash of which they are has no place, and counts as a repetition.
 *
 * @param bytes of a digest that are looked at: 4 to 8.
 */
export function hashSet(bytes = 8, mostSlots = MOST_SLOTS): HashSet {
  let slots = Math.min(SLOTS, mostSlots);
  let table = new Uint32Array(2 * slots);
  let size = 0;
  let repeats = false;

  const insert = (high: number, low: number) => {
    let slot = low & (slots - 1);
    for (;;) {
      const one = table[2 * slot]!;
      const two = table[2 * slot + 1]!;
      if (one === 0 && two === 0) break;
      if (one === high && two === low) {
        repeats = true;
        return;
      }
      slot = (slot + 1) & (slots - 1);
    }
    table[2 * slot] = high;
    table[2 * slot + 1] = low;
    size++;
  };
  const grow = () => {
    if (slots >= mostSlots) {
      repeats = true;
      return;
    }
    const old = table;
    slots = Math.min(GROWTH * slots, mostSlots);
    table = new Uint32Array(2 * slots);
    size = 0;
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0 || old[i + 1] !== 0) insert(old[i]!, old[i + 1]!);
  };

  return {
    add(digest) {
      if (repeats) return;
      const high = word(digest, 0, bytes - 4);
      const low = word(digest, bytes - 4, bytes);
      if (high === 0 && low === 0) repeats = true;
      else insert(high, low);
      if (size > FULL * slots) grow();
      if (repeats) table = new Uint32Array(0);
    },
    mayRepeat: () => repeats,
  };
}

/** A word of 32 bits from the bytes of a stretch. */
function word(digest: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = (value << 8) | digest.charCodeAt(i);
  return value >>> 0;
}
