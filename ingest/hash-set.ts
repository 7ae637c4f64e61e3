/** Tells of hashes whether one may have been there before, by 64 of their bits. */
export interface HashSet {
  /** @param hash hexadecimal, of 16 digits at least. */
  add(hash: string): void;
  /** False: all hashes are different. True also when there were too many to remember, or two agree in those bits only. */
  mayRepeat(): boolean;
}

const SLOTS = 1 << 16;
/** 128 MB. */
const MOST_SLOTS = 1 << 24;
const FULL = 0.75;

/**
 * Open addressing; two words a slot, of which both are zero in an empty one. A hash of which they are has no place, and counts as a repetition.
 *
 * @param digits of a hash that are looked at, 16 at most.
 */
export function hashSet(digits = 16, mostSlots = MOST_SLOTS): HashSet {
  let slots = SLOTS;
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
    slots *= 2;
    table = new Uint32Array(2 * slots);
    size = 0;
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0 || old[i + 1] !== 0) insert(old[i]!, old[i + 1]!);
  };

  return {
    add(hash) {
      if (repeats) return;
      const high = word(hash, 0, Math.min(8, digits));
      const low = word(hash, 8, Math.max(8, digits));
      if (high === 0 && low === 0) repeats = true;
      else insert(high, low);
      if (size > FULL * slots) grow();
      if (repeats) table = new Uint32Array(0);
    },
    mayRepeat: () => repeats,
  };
}

/** A word of 32 bits from the digits of a stretch. */
function word(hash: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = hash.charCodeAt(i);
    // '0' to '9' are 48 to 57, 'a' to 'f' 97 to 102.
    value = (value << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return value >>> 0;
}
