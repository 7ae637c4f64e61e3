/**
 * Draws by key instead of by order. The number that belongs to a key is a pure function of seed, labels and key: asking for one record,
 * or one day, gives what asking for all of them gives, and no draw can move another.
 */
export interface Keyed {
  /** Uniform in [0, 1), 32 bits of resolution, for a key of two integers (each taken modulo 2^32). */
  uniform(a: number, b: number): number;
  /** 32 uniform bits as an unsigned integer, for the same key. */
  bits(a: number, b: number): number;
}

const SPREAD = 0x9e3779b1;

/** Luck of its own for the labels under the seed. */
export function keyed(seed: number, ...labels: (string | number)[]): Keyed {
  const salt = saltOf(seed, labels);
  const other = otherSalt(salt);
  // Two rounds of a 32-bit finaliser, one a word of the key: the salt enters both, so two labels share nothing.
  const bits = (a: number, b: number) => mix(mix(a ^ salt) + Math.imul(b ^ other, SPREAD)) >>> 0;
  return { bits, uniform: (a, b) => bits(a, b) / 4294967296 };
}

/** An event of chance: it befalls the keys whose draw under the labels is below `rate`, in [0, 1]. */
export interface Chance {
  readonly seed: number;
  readonly labels: readonly (string | number)[];
  readonly rate: number;
}

/** Several chances, asked at once for many keys that share their first word: at less than half the cost of asking each for each key. */
export interface Chances {
  /** Sets the first word of the keys. */
  aim(a: number): void;
  /** Which of the chances befall the key, as bits in their order. */
  at(b: number): number;
}

/** At most 31 chances. A chance befalls a key exactly when `keyed(seed, ...labels).uniform(a, b) < rate`. */
export function chances(all: readonly Chance[]): Chances {
  const salts = Int32Array.from(all, ({ seed, labels }) => saltOf(seed, labels));
  const others = salts.map(otherSalt);
  const starts = new Int32Array(all.length);
  // Draws and limits are compared as signed integers: an unsigned one above 2^31 would be allocated on the heap.
  const last = Int32Array.from(all, ({ rate }) => Math.max(0, Math.ceil(rate * 2 ** 32) - 1) - 2 ** 31);
  const possible = all.reduce((bits, { rate }, i) => (rate > 0 ? bits | (1 << i) : bits), 0);
  return {
    aim(a) {
      for (let i = 0; i < starts.length; i++) starts[i] = mix(a ^ salts[i]!);
    },
    at(b) {
      let hits = 0;
      for (let i = 0; i < starts.length; i++) {
        const draw = mix(starts[i]! + Math.imul(b ^ others[i]!, SPREAD));
        if ((draw ^ -0x80000000) <= last[i]!) hits |= 1 << i;
      }
      return hits & possible;
    },
  };
}

const saltOf = (seed: number, labels: readonly (string | number)[]): number => hashText(labels.join('\u001f'), seed);
const otherSalt = (salt: number): number => mix(salt ^ 0x9e3779b9);

/** A 32-bit hash of a text (FNV-1a with a finaliser), to make a key of an identifier. */
export function hashText(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** A bijection on 32 bits in which each input bit moves each output bit with probability near one half (Mueller, hash-prospector, lowbias32). */
export function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
