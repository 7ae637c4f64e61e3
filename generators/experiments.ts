import { keyed } from '../core/keyed.ts';
import type { Experiment } from './scenario/experiments.ts';
import { indexOf } from './scenario/shares.ts';
import type { Scenario } from './scenario.ts';
import type { Traits } from './subscriber.ts';

/** What decides whether and in which arm a user is. */
export type Subject = Pick<Traits, 'firstDay' | 'channel'> & { readonly number: number };

/**
 * Index of the arm of a user, or -1 for a user who can never be part of the experiment. The arm belongs to the user, not to an event or a
 * day: it is drawn by key.
 */
export function experimentArm({ seed }: Pick<Scenario, 'seed'>, experiment: Experiment, user: Subject): number {
  if (!experiment.channels.includes(user.channel)) return -1;
  if (experiment.newUsersOnly && (user.firstDay < experiment.from || user.firstDay > experiment.to)) return -1;
  return indexOf(experiment.arms, keyed(seed, 'experiment', experiment.name).uniform(user.number, 0));
}

/** True on the days on which a user of this plan meets the experiment: the day of the exposure is the first such day. */
export const isExposed = (experiment: Experiment, plan: number, day: number): boolean =>
  day >= experiment.from && day <= experiment.to && experiment.plans.includes(plan);

/** The arms of a user in all experiments as one number, by which tables are indexed; below {@link cohortCount}. */
export function cohortOf(scenario: Pick<Scenario, 'seed' | 'experiments'>, user: Subject): number {
  let cohort = 0;
  for (const experiment of scenario.experiments)
    cohort = cohort * (experiment.arms.values.length + 1) + experimentArm(scenario, experiment, user) + 1;
  return cohort;
}

export const cohortCount = ({ experiments }: Pick<Scenario, 'experiments'>): number =>
  experiments.reduce((product, { arms }) => product * (arms.values.length + 1), 1);

/** Factors of the experiments for a user of the cohort: on the odds of cancelling and on the usage, both 1 outside of them. */
export function experimentEffect(
  { experiments }: Pick<Scenario, 'experiments'>,
  cohort: number,
  plan: number,
  day: number,
): { readonly churnOdds: number; readonly usage: number } {
  let churnOdds = 1;
  let usage = 1;
  let rest = cohort;
  for (const experiment of experiments.toReversed()) {
    const arms = experiment.arms.values.length + 1;
    const effect = experiment.effects[(rest % arms) - 1];
    rest = Math.floor(rest / arms);
    if (!effect || !isExposed(experiment, plan, day)) continue;
    churnOdds *= Math.exp(effect.churnLogOdds);
    usage *= effect.usage;
  }
  return { churnOdds, usage };
}
