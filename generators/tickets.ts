import type { Random } from '../core/random.ts';
import type { Scenario } from './scenario.ts';
import { timeOfDay } from './time-of-day.ts';

/** What becomes of a ticket. */
export interface TicketFate {
  /** Milliseconds since midnight. */
  readonly openedMs: number;
  /** Index into the severities of the scenario. */
  readonly severity: number;
  /** From the opening to the answer. */
  readonly hours: number;
}

const DAY_HOURS = 24;
const DAY_MS = 86_400_000;
/** A subscriber remembers 28 days; an answer that takes longer than the rest of them comes on the last. */
const LONGEST_HOURS = 26 * DAY_HOURS;

/**
 * Draws when a ticket is opened, how grave it is and how long the answer takes: log-normal around the median of its severity.
 *
 * The life of the world and the file of the tickets ask this with the same luck (`ticketLuck`), so the driver `open_tickets` counts what
 * the file shows.
 */
export function ticketFate(scenario: Scenario, luck: Random): TicketFate {
  const { severities, medianHours, spread } = scenario.supportTickets!;
  const openedMs = timeOfDay(scenario, luck);
  const severity = luck.pick([...severities.values.keys()], severities.weights);
  const hours = Math.min(LONGEST_HOURS, medianHours[severity]! * Math.exp(spread * luck.normal()));
  return { openedMs, severity, hours };
}

/** Midnights that the ticket sees open. */
export const nightsOpen = ({ openedMs, hours }: TicketFate): number =>
  Math.floor(openedMs / DAY_MS + hours / DAY_HOURS);
