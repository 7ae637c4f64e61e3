import type { WholeWorld } from '../world-record.ts';

/** A number of two worlds; `unit` says what it counts. */
export interface Measure {
  readonly name: string;
  readonly a: number;
  readonly b: number;
  /** `share` in [0, 1], anything else a count or a rate. */
  readonly kind: 'count' | 'share';
}

/** Rows by source, rates of the world, and faults by kind: what the records of two worlds say. Faults are per row of all files. */
export function measures(a: WholeWorld, b: WholeWorld): Measure[] {
  const both = (names: (world: WholeWorld) => object) => [
    ...new Set([...Object.keys(names(a)), ...Object.keys(names(b))]),
  ];
  const measure = (name: string, of: (world: WholeWorld) => number, kind: Measure['kind'] = 'count'): Measure => ({
    name,
    a: of(a),
    b: of(b),
    kind,
  });
  return [
    measure('users', ({ counts }) => counts.users),
    measure('active on the last day', ({ counts }) => counts.activeOnLastDay),
    measure('events a day', ({ rates }) => rates.eventsPerDay),
    measure('cancels', ({ counts }) => counts.cancels),
    measure('churn in 30 days', ({ rates }) => rates.churnPer30Days, 'share'),
    ...both(({ counts }) => counts.rows).map((source) =>
      measure(`rows of ${source}`, ({ counts }) => counts.rows[source] ?? 0),
    ),
    ...both(({ counts }) => counts.faults).map((kind) =>
      measure(`faults: ${kind}`, ({ counts }) => counts.faults[kind] ?? 0),
    ),
  ];
}
