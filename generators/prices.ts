import type { Scenario } from './scenario.ts';

/** Price of a plan on a day, in US dollars a month; `plan` is an index into `scenario.plans`. */
export function priceOn(
  { plans, priceChanges }: Pick<Scenario, 'plans' | 'priceChanges'>,
  plan: number,
  day: number,
): number {
  let price = plans[plan]!.priceUsdMonth;
  for (const change of priceChanges) if (day >= change.day && change.plans.includes(plan)) price *= change.factor;
  return Math.round(price * 100) / 100;
}
