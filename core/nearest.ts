import { distance } from 'fastest-levenshtein';

/** The candidate nearest to `name`, or undefined when none is near enough to be a misspelling of it. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  return nearestFew(name, candidates, 1)[0];
}

/** Up to `limit` candidates that could be meant by `name`, nearest first; a part of a candidate counts as near. */
export function nearestFew(name: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = name.toLowerCase();
  const scored: [number, string][] = [];
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const edits = distance(wanted, other);
    if (edits <= Math.max(1, Math.ceil(wanted.length / 3))) scored.push([edits, candidate]);
    else if (wanted.length > 3 && other.includes(wanted)) scored.push([edits, candidate]);
  }
  scored.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return scored.slice(0, limit).map(([, candidate]) => candidate);
}
