import type { Problem } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Shares } from '../scenario-spec.ts';

/** Takes a problem at a place below a section of the scenario. */
export type Report = (path: readonly (string | number)[], message: string, more?: Partial<Problem>) => void;

/** Shares by name have to sum to one. */
export function checkShares(report: Report, path: readonly (string | number)[], shares: Shares): void {
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) report(path, `the shares sum to ${Number(sum.toFixed(6))}, expected 1`);
}

/** A name has to be one of those that the scenario has; `what` says what they are. */
export function checkKnown(
  report: Report,
  path: readonly (string | number)[],
  name: string,
  names: readonly string[],
  what: string,
): void {
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const message = `"${name}" is no ${what} of this scenario; expected one of ${names.join(', ')}.`;
  report(path, message, near === undefined ? {} : { nearest: near });
}
