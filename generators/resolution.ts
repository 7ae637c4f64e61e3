import type { Random } from '../core/random.ts';
import type { SupportTickets } from './scenario/support-tickets.ts';

const LONGEST_HOURS = 90 * 24;

/** How bad a ticket is, as an index into the severities, and how long it takes. */
export interface Resolution {
  readonly severity: number;
  /** From opening to resolution: log-normal around the median of the severity. */
  readonly hours: number;
}

/** Draws what becomes of one ticket; the life of the world and the source go through this with the same luck. */
export function drawResolution({ severities, medianHours, spread }: SupportTickets, stream: Random): Resolution {
  let severity = 0;
  for (let u = stream.next() - severities.weights[0]!; u >= 0 && severity < severities.weights.length - 1; )
    u -= severities.weights[++severity]!;
  return { severity, hours: Math.min(LONGEST_HOURS, medianHours[severity]! * Math.exp(spread * stream.normal())) };
}
