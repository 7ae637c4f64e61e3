import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

export interface IncidentSpec {
  readonly rate: number;
  readonly user_spread: number;
  readonly plans?: readonly string[];
}

export interface EventsSpec {
  readonly per_day: number;
  /** Relative weights by event type. */
  readonly usage: Readonly<Record<string, number>>;
  readonly incidents: { readonly ticket_opened: IncidentSpec; readonly payment_failed: IncidentSpec };
  readonly session_events: number;
  readonly hour_weights: readonly number[];
  readonly app_channels: Shares;
}

export interface Incident {
  /** Mean number per user-day. */
  readonly rate: number;
  /** Standard deviation over users of the log of their own factor, whose mean is 1. */
  readonly userSpread: number;
}

export interface Events {
  /** Of a mean day, before the effects. */
  readonly eventsPerDay: number;
  readonly usage: Weighted;
  readonly tickets: Incident;
  readonly paymentFailures: Incident;
  readonly sessionEvents: number;
  readonly hourWeights: readonly number[];
  readonly appChannels: Weighted;
}

/** Events of a mean user-day. The keenest users have some ten times as many, and the key of an event holds a million. */
const MOST_EACH = 10_000;

export function checkEvents(
  { events, plans, population }: ScenarioSpec,
  { report, shares, known, each, all }: Checks,
): void {
  const isPositive = (weight: number) => weight > 0;
  all(
    () => {
      const mean = events.per_day / population.opening_users;
      if (mean > MOST_EACH)
        report(
          ['events', 'per_day'],
          `found ${events.per_day}, which is ${Math.round(mean)} a day for each of the ${population.opening_users} opening users; expected at most ${MOST_EACH}`,
        );
    },
    () =>
      each(events.incidents, (name, { plans: some = [] }) => {
        for (const [index, id] of some.entries())
          known(['events', 'incidents', name, 'plans', index], id, Object.keys(plans), 'plan');
      }),
    () => {
      const incidents = Object.keys(events.incidents);
      for (const name of Object.keys(events.usage).filter((type) => incidents.includes(type)))
        report(['events', 'usage', name], `${name} is an incident; it has a rate of its own below events.incidents`);
    },
    () => {
      if (!Object.values(events.usage).some(isPositive))
        report(['events', 'usage'], 'all weights are 0, expected one above 0');
    },
    () => {
      if (!events.hour_weights.some(isPositive))
        report(['events', 'hour_weights'], 'all weights are 0, expected one above 0');
    },
    () => shares(['events', 'app_channels'], events.app_channels),
  );
}

export function normaliseEvents({ events }: ScenarioSpec): Events {
  const { ticket_opened, payment_failed } = events.incidents;
  const incident = ({ rate, user_spread }: IncidentSpec): Incident => ({ rate, userSpread: user_spread });
  return {
    eventsPerDay: events.per_day,
    usage: weighted(events.usage),
    tickets: incident(ticket_opened),
    paymentFailures: incident(payment_failed),
    sessionEvents: events.session_events,
    hourWeights: events.hour_weights,
    appChannels: weighted(events.app_channels),
  };
}
