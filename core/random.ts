/**
 * Seeded randomness. A stream is named by a seed and a path of labels, so that one rule can draw without moving the draws of another,
 * and the same names give the same numbers on every machine.
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** Poisson with the given mean; exact inversion below 30, rounded normal above. */
  poisson(mean: number): number;
  /** Exponential with the given mean. */
  exponential(mean: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /** One of the values by weight; `weights` need not sum to one. */
  pick<T>(values: readonly T[], weights?: readonly number[]): T;
}

/** FNV-1a over the labels, with a separator so that ("ab","c") and ("a","bc") differ. */
function hashLabels(seed: number, labels: readonly (string | number)[]): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (const label of labels) {
    const text = String(label);
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
    h = Math.imul(h ^ 0x1f, 0x01000193) >>> 0;
  }
  return h >>> 0;
}

/**
 * A stream of its own for the labels under the seed.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand 0.9x: passes PractRand to 16 TB), seeded through splitmix-style mixing and
 * warmed up by 12 draws as its author advises.
 */
export function random(seed: number, ...labels: (string | number)[]): Random {
  const mixed = hashLabels(seed, labels);
  // In an object and kept to 32-bit integers: captured variables, and integers above 2^31, would be allocated anew at every draw.
  const s = {
    a: mixed | 0,
    b: Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b),
    c: Math.imul(seed ^ 0x9e3779b9, 0xc2b2ae35),
    counter: 1,
  };
  const next = (): number => {
    const t = (((s.a + s.b) | 0) + s.counter) | 0;
    s.counter = (s.counter + 1) | 0;
    s.a = s.b ^ (s.b >>> 9);
    s.b = (s.c + (s.c << 3)) | 0;
    s.c = (((s.c << 21) | (s.c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();

  const normal = () => {
    // Box-Muller without the cached second value: a stream stays a plain function of its draws.
    const u = 1 - next();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * next());
  };
  return {
    next,
    int: (n) => Math.floor(next() * n),
    normal,
    poisson(mean) {
      if (mean <= 0) return 0;
      if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
      const u = next();
      // exp(-m) >= 1 - m: most draws of a rare event need no exponential.
      if (u < 1 - mean) return 0;
      let k = 0;
      let p = Math.exp(-mean);
      let cumulative = p;
      while (u > cumulative && k < 1000) {
        k++;
        p *= mean / k;
        cumulative += p;
      }
      return k;
    },
    exponential: (mean) => -mean * Math.log(1 - next()),
    chance: (p) => next() < p,
    pick(values, weights) {
      if (!weights) return values[Math.floor(next() * values.length)]!;
      let total = 0;
      for (const weight of weights) total += weight;
      let u = next() * total;
      for (let i = 0; i < values.length; i++) {
        u -= weights[i]!;
        if (u < 0) return values[i]!;
      }
      return values[values.length - 1]!;
    },
  };
}
