import type { Problem } from '../../core/errors.ts';
import type { LayeredConfig } from '../../core/layered-config.ts';
import { whereWellFormed } from '../../core/malformed.ts';
import { nearest } from '../../core/nearest.ts';
import type { Path } from '../../core/yaml-file.ts';
import type { Shares } from './shares.ts';

/** First and last day of a window, counted from 1, the start date; both belong to it. */
export type DayWindow = readonly [first: number, last: number];

/**
 * What the sections of a scenario check beyond their schema. All problems are collected, none is thrown. A check of something malformed
 * finds nothing; the one that it is part of goes on.
 */
export interface Checks {
  report(path: Path, message: string, more?: Partial<Problem>): void;
  sumsToOne(path: Path, shares: readonly number[]): void;
  shares(path: Path, shares: Shares): void;
  /** That the name is one of those; `what` it should be, as in "plan". */
  known(path: Path, name: string, names: readonly string[], what: string): void;
  /** That a day counted from 1 lies in the scenario. A world that a flag cuts short may lose it. */
  day(path: Path, day: number): void;
  window(path: Path, window: DayWindow): void;
  /** Does the work for each entry, though some be malformed. */
  each<T>(map: Readonly<Record<string, T>> | undefined, work: (name: string, entry: T) => void): void;
  /** Does all of the work, though some of it meets something malformed. */
  all(...work: readonly (() => void)[]): void;
}

/** @param most days of the scenario or of its files, before a flag cut them, whichever is more. */
export function checks(config: LayeredConfig<unknown>, days: number, most: number): Checks & { problems: Problem[] } {
  const problems: Problem[] = [];
  const report: Checks['report'] = (path, message, more) => void problems.push(config.problem(path, message, more));
  const sumsToOne: Checks['sumsToOne'] = (path, shares) => {
    const sum = shares.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) > 1e-6) report(path, `the shares sum to ${Number(sum.toFixed(6))}, expected 1`);
  };
  const day: Checks['day'] = (path, value) => {
    const last = config.isGiven(path) ? days : most;
    if (value > last) report(path, `found ${value}, expected a day from 1 to ${last}`);
  };
  const tolerant =
    <A extends unknown[]>(check: (...args: A) => void) =>
    (...args: A): void =>
      whereWellFormed(() => check(...args));
  return {
    problems,
    report,
    sumsToOne: tolerant(sumsToOne),
    shares: tolerant((path, shares) => sumsToOne(path, Object.values(shares))),
    known: tolerant((path, name, names, what) => {
      if (names.includes(name)) return;
      const near = nearest(name, names);
      const message = `"${name}" is no ${what} of this scenario; expected one of ${names.join(', ') || 'none'}.`;
      report(path, message, near === undefined ? {} : { nearest: near });
    }),
    day: tolerant(day),
    window: tolerant((path, [first, last]) => {
      if (last < first) report(path, `the last day ${last} lies before the first day ${first}`);
      else day([...path, 1], last);
    }),
    each: tolerant((map = {}, work) => {
      for (const [name, entry] of Object.entries(map)) whereWellFormed(() => work(name, entry));
    }),
    all(...work) {
      for (const one of work) whereWellFormed(one);
    },
  };
}
