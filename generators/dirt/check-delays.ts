import type { Path } from '../../core/yaml-file.ts';
import type { DelaySpec } from '../scenario/dirt.ts';
import type { Report } from './check-rules.ts';

/** Reports a mixture of delays that no record can have. */
export function checkDelays(path: Path, delays: readonly DelaySpec[], report: Report): void {
  const sum = delays.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) report(path, `the shares sum to ${Number(sum.toFixed(6))}, expected 1`);
  delays.forEach(({ min_hours: min, mean_hours: mean, max_hours: max }, index) => {
    if (mean <= min) report([...path, index, 'mean_hours'], `found ${mean}, expected more than min_hours (${min})`);
    if (max <= mean) report([...path, index, 'max_hours'], `found ${max}, expected more than mean_hours (${mean})`);
  });
}
