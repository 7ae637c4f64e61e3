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

/** Luck of its own for the labels under the seed. */
export function keyed(seed: number, ...labels: (string | number)[]): Keyed {
  const salt = hashText(labels.join('\u001f'), seed);
  const other = mix(salt ^ 0x9e3779b9);
  // Two rounds of a 32-bit finaliser, one a word of the key: the salt enters both, so two labels share nothing.
  const bits = (a: number, b: number) => mix(mix(a ^ salt) + Math.imul(b ^ other, 0x9e3779b1)) >>> 0;
  return { bits, uniform: (a, b) => bits(a, b) / 4294967296 };
}

/** A 32-bit hash of a text (FNV-1a with a finaliser), to make a key of an identifier. */
export function hashText(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** A bijection on 32 bits in which each input bit moves each output bit with probability near one half (Mueller, hash-prospector, lowbias32). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
