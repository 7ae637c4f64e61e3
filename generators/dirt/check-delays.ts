import type { Config } from '../../core/config.ts';
import type { Problem } from '../../core/errors.ts';
import type { DelaySpec } from '../scenario-spec.ts';

/** A mixture of delays that no record can have. */
export function checkDelays(
  config: Config<unknown>,
  path: readonly (string | number)[],
  delays: readonly DelaySpec[],
): Problem[] {
  const problems: Problem[] = [];
  const sum = delays.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6)
    problems.push(config.problem(path, `the shares sum to ${Number(sum.toFixed(6))}, expected 1`));
  delays.forEach(({ min_hours: min, mean_hours: mean, max_hours: max }, index) => {
    if (mean <= min)
      problems.push(
        config.problem([...path, index, 'mean_hours'], `found ${mean}, expected more than min_hours (${min})`),
      );
    if (max <= mean)
      problems.push(
        config.problem([...path, index, 'max_hours'], `found ${max}, expected more than mean_hours (${mean})`),
      );
  });
  return problems;
}
