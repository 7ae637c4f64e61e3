import { keyed } from '../core/keyed.ts';
import { random } from '../core/random.ts';
import { cohortOf } from './experiments.ts';
import { indexOf } from './scenario/shares.ts';
import type { Scenario } from './scenario.ts';
import { drawProneness, type Traits } from './subscriber.ts';

/** A user who signs up, and for good: the number, the account and all that they bring with them. */
export interface Arrival {
  readonly number: number;
  /** Number of the account, from 0; neighbouring users share one until its seats are taken. */
  readonly account: number;
  readonly traits: Traits;
}

/** The users who sign up, day by day from day 0. */
export function arrivals(scenario: Scenario): (day: number) => Arrival[] {
  const { seed, signupChannels, campaigns } = scenario;
  const channelLuck = keyed(seed, 'signup_channel');
  const seatLuck = keyed(seed, 'seats');
  let users = 0;
  let account = -1;
  let seats = 0;
  let taken = 0;

  const arrive = (day: number, campaign: number): Arrival => {
    const number = users++;
    if (taken === seats) {
      account++;
      seats = seatsOf(scenario, seatLuck.uniform(account, 0));
      taken = 0;
    }
    taken++;
    const organic = indexOf(signupChannels, channelLuck.uniform(number, 0));
    const channel = campaign < 0 ? organic : campaigns[campaign]!.channel;
    const cohort = cohortOf(scenario, { number, firstDay: day, channel });
    const traits = {
      firstDay: day,
      ...drawProneness(scenario, random(seed, 'traits', number)),
      seats,
      channel,
      campaign,
      cohort,
    };
    return { number, account, traits };
  };

  return (day) => {
    const usual = usualSignups(scenario, day);
    const arrived = Array.from({ length: usual.count }, () => arrive(day, -1));
    campaigns.forEach(({ name, from, to, extra }, campaign) => {
      if (day < from || day > to) return;
      const count = random(seed, 'campaign', name, day).poisson(extra * usual.mean);
      for (let i = 0; i < count; i++) arrived.push(arrive(day, campaign));
    });
    return arrived;
  };
}

/** The opening users come evenly over the opening days, so that they do not all have one tenure; then a Poisson number each day. */
function usualSignups(scenario: Scenario, day: number): { readonly mean: number; readonly count: number } {
  const { seed, openingUsers, openingDays, signupsPerDay, dailyGrowth } = scenario;
  if (day < openingDays) {
    const until = (n: number) => Math.floor((openingUsers * n) / openingDays);
    return { mean: openingUsers / openingDays, count: until(day + 1) - until(day) };
  }
  const mean = signupsPerDay * dailyGrowth ** (day - openingDays);
  return { mean, count: random(seed, 'arrivals', day).poisson(mean) };
}

/** Geometric, with the mean of the scenario. */
function seatsOf({ meanAccountUsers }: Scenario, u: number): number {
  if (meanAccountUsers <= 1) return 1;
  return 1 + Math.floor(Math.log(1 - u) / Math.log(1 - 1 / meanAccountUsers));
}
