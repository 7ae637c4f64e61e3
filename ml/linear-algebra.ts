/**
 * Cholesky factor of a symmetric positive definite matrix, in place. Only the lower triangle is read and written.
 *
 * @param a q x q, row-major.
 * @returns -1, or the index of the first column that is a linear combination of the columns before it (relative pivot below 1e-13).
 */
export function cholesky(a: Float64Array, q: number): number {
  for (let j = 0; j < q; j++) {
    const diagonal = a[j * q + j]!;
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= a[j * q + k]! ** 2;
    if (!(pivot > 1e-13 * diagonal)) return j;
    const root = Math.sqrt(pivot);
    a[j * q + j] = root;
    for (let i = j + 1; i < q; i++) {
      let sum = a[i * q + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * q + k]! * a[j * q + k]!;
      a[i * q + j] = sum / root;
    }
  }
  return -1;
}

/** Solves L L' x = b in place, L as {@link cholesky} leaves it. */
export function choleskySolve(l: Float64Array, b: Float64Array, q: number): void {
  for (let i = 0; i < q; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * q + k]! * b[k]!;
    b[i] = sum / l[i * q + i]!;
  }
  for (let i = q - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < q; k++) sum -= l[k * q + i]! * b[k]!;
    b[i] = sum / l[i * q + i]!;
  }
}

/** The full inverse of a symmetric positive definite matrix (lower triangle read), or undefined when it is singular. */
export function inverse(a: Float64Array, q: number): Float64Array | undefined {
  const l = a.slice();
  if (cholesky(l, q) >= 0) return undefined;
  const result = new Float64Array(q * q);
  const column = new Float64Array(q);
  for (let j = 0; j < q; j++) {
    column.fill(0);
    column[j] = 1;
    choleskySolve(l, column, q);
    for (let i = 0; i < q; i++) result[i * q + j] = column[i]!;
  }
  return result;
}

/** Largest eigenvalue of X'X by power iteration, X row-major with p columns; relative accuracy about 1e-6. */
export function largestGramEigenvalue(x: Float64Array, p: number): number {
  const n = x.length / p;
  let v = new Float64Array(p).fill(1 / Math.sqrt(p));
  let value = 0;
  for (let iteration = 0; iteration < 500; iteration++) {
    const next = new Float64Array(p);
    for (let i = 0; i < n; i++) {
      let dot = 0;
      for (let j = 0; j < p; j++) dot += x[i * p + j]! * v[j]!;
      for (let j = 0; j < p; j++) next[j] = next[j]! + dot * x[i * p + j]!;
    }
    const norm = Math.hypot(...next);
    if (norm === 0) return 0;
    v = next.map((element) => element / norm);
    if (Math.abs(norm - value) <= 1e-6 * norm) return norm;
    value = norm;
  }
  return value;
}
