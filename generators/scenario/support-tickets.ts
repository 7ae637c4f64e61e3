import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

/** `support_tickets:` of a scenario: what becomes of the tickets that users open. */
export interface SupportTicketsSpec {
  readonly severities?: Shares;
  /** By severity. */
  readonly median_hours_to_resolve?: Readonly<Record<string, number>>;
  readonly spread?: number;
  readonly csat?: {
    readonly answer_rate?: number;
    readonly after_one_day?: number;
    readonly drop_per_doubling?: number;
    readonly spread?: number;
  };
}

export interface SupportTickets {
  readonly severities: Weighted;
  /** In the order of the severities. */
  readonly medianHours: readonly number[];
  /** Standard deviation of the log of the hours to resolve. */
  readonly spread: number;
  readonly csat: {
    /** Share of resolved tickets whose user answers the survey. */
    readonly answerRate: number;
    /** Mean score, from 1 to 5, of a ticket that took 24 hours. */
    readonly afterOneDay: number;
    /** What each doubling of the hours takes off the score. */
    readonly dropPerDoubling: number;
    /** Standard deviation of a score around its mean. */
    readonly spread: number;
  };
}

const SEVERITIES: Shares = { low: 0.42, normal: 0.37, high: 0.16, urgent: 0.05 };
const HOURS: Readonly<Record<string, number>> = { low: 40, normal: 26, high: 12, urgent: 5 };

export function normaliseSupportTickets(spec: SupportTicketsSpec): SupportTickets {
  const severities = weighted(spec.severities ?? SEVERITIES);
  const hours = spec.median_hours_to_resolve ?? HOURS;
  return {
    severities,
    medianHours: severities.values.map((severity) => hours[severity]!),
    spread: spec.spread ?? 0.8,
    csat: {
      answerRate: spec.csat?.answer_rate ?? 0.55,
      afterOneDay: spec.csat?.after_one_day ?? 3.6,
      dropPerDoubling: spec.csat?.drop_per_doubling ?? 0.4,
      spread: spec.csat?.spread ?? 0.7,
    },
  };
}

export function checkSupportTickets({ support_tickets: spec }: ScenarioSpec, { shares, known, report }: Checks): void {
  if (!spec) return;
  if (spec.severities) shares(['support_tickets', 'severities'], spec.severities);
  const severities = Object.keys(spec.severities ?? SEVERITIES);
  const hours = spec.median_hours_to_resolve ?? HOURS;
  const path = ['support_tickets', 'median_hours_to_resolve'];
  for (const name of Object.keys(spec.median_hours_to_resolve ?? {}))
    known([...path, name], name, severities, 'severity');
  const missing = severities.filter((severity) => hours[severity] === undefined);
  if (missing.length > 0)
    report(
      spec.median_hours_to_resolve ? path : ['support_tickets', 'severities'],
      `no median_hours_to_resolve for ${missing.join(', ')}; each severity needs one`,
    );
}
