/** Milliseconds always, microseconds only when there are any: `2026-03-01T10:15:00.000Z`, `2026-03-01T10:15:00.000001Z`. */
export function isoTimestamp(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((micros - rest) / 1000n)).toISOString();
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}
