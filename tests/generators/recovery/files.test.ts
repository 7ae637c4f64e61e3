import { beforeAll, expect, test } from 'vitest';
import { type EventRow, events, type Patch, sandbox } from '../worlds.ts';
import { type Estimate, missed, vague } from './intervals.ts';

/** The tiny scenario with one of its rules of dirt. */
const ONLY_LATE: Patch = {
  'dirt.duplicate_events': undefined,
  'dirt.null_users': undefined,
  'dirt.malformed_lines': undefined,
};

const HOUR_MS = 3_600_000;
/** The last days are left out: their late events may arrive after the end. */
const SETTLED_BEFORE = '2026-02-05';

let rows: EventRow[];
beforeAll(async () => {
  const world = sandbox({ ...ONLY_LATE, drift: undefined }, { keep: true });
  await world.generate({ overrides: { users: 400, days: 40, eventsPerDay: 3500 } });
  rows = events(world.workspace.rawDir).filter(({ event_ts }) => event_ts < SETTLED_BEFORE);
  world.remove();
});

/** The delay of each event in hours. */
const delays = () => rows.map((row) => (Date.parse(row.received_ts) - Date.parse(row.event_ts)) / HOUR_MS);

const proportion = (name: string, truth: number, hits: number, n: number): Estimate => ({
  name,
  truth,
  estimate: hits / n,
  error: Math.sqrt((truth * (1 - truth)) / n),
});

test('types of usage events, by their weights', () => {
  const weights = {
    page_view: 40,
    feature_used: 24,
    login: 16,
    api_call: 9,
    report_exported: 5,
    integration_synced: 4,
    invite_sent: 2,
  };
  const usage = rows.filter(({ event_type }) => event_type in weights);
  const estimates = Object.entries(weights).map(([type, weight]) =>
    proportion(type, weight / 100, usage.filter(({ event_type }) => event_type === type).length, usage.length),
  );
  expect(missed(estimates)).toEqual([]);
  expect(vague(estimates)).toEqual([]);
});

test('the share of late events', () => {
  const late = delays().filter((delay) => delay > 1);
  expect(missed([proportion('late', 0.04, late.length, rows.length)])).toEqual([]);
});

test('the mixture of delays, by maximum likelihood: share and means of its parts', () => {
  const late = delays().filter((delay) => delay > 1);
  expect(late.length).toBeGreaterThan(3000);
  /** Density of an exponential from `min` on with this mean, cut at `max`. */
  const part = (x: number, min: number, mean: number, max: number) => {
    const scale = mean - min;
    // The usual delay of a minute at most comes on top.
    if (x < min || x > max + 0.02) return 0;
    return Math.exp(-(x - min) / scale) / scale / (1 - Math.exp(-(max - min) / scale));
  };
  const logLikelihood = ([share, short, long]: readonly number[]) =>
    late.reduce(
      (sum, x) => sum + Math.log(share! * part(x, 1.5, short!, 30) + (1 - share!) * part(x, 24, long!, 120)),
      0,
    );

  const truth = [0.7, 7, 60];
  const bounds = [
    [0.3, 0.95],
    [3, 20],
    [30, 110],
  ] as const;
  let best: readonly number[] = bounds.map(([low, high]) => (low + high) / 2);
  for (let round = 0; round < 8; round++) {
    for (const [index, [low, high]] of bounds.entries()) {
      const along = (x: number) => logLikelihood(best.with(index, x));
      best = best.with(index, maximum(along, low, high));
    }
  }
  // Wilks: twice the fall of the log-likelihood is chi-squared with three degrees of freedom; 16.27 is its 99.9 % quantile.
  expect(2 * (logLikelihood(best) - logLikelihood(truth))).toBeLessThan(16.27);
  expect(best.map((value, index) => Math.abs(value / truth[index]! - 1) < 0.1)).toEqual([true, true, true]);
});

/** Golden-section search. */
function maximum(of: (x: number) => number, low: number, high: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [c, d] = [b - golden * (b - a), a + golden * (b - a)];
  let [fc, fd] = [of(c), of(d)];
  for (let i = 0; i < 24; i++) {
    if (fc > fd) {
      [b, d, fd] = [d, c, fc];
      c = b - golden * (b - a);
      fc = of(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + golden * (b - a);
      fd = of(d);
    }
  }
  return (a + b) / 2;
}
