import type { Calendar } from './calendar.ts';
import type { Scenario } from './scenario.ts';
import { createWorld } from './world.ts';

const TOLERANCE = 0.005;
export const PILOTS = 6;

/** The part of the users that one of several calibrations which run at the same time lives. */
export interface Share {
  isLived(user: number): boolean;
  /** Adds up what all of them counted in a pilot. */
  together(usage: number, incidents: number): { readonly usage: number; readonly incidents: number };
}

const EVERYBODY: Share = { isLived: () => true, together: (usage, incidents) => ({ usage, incidents }) };

/**
 * The scale of usage at which the world has `eventsPerDay` events on the mean day, within 0.5 % where six pilots reach that.
 *
 * Effects and experiments are left out: a world with an outage has the users and the luck of the one without, so that the difference between
 * the two is the outage. Usage moves churn and churn moves the number of users, so the scale is found by living the world without writing it (a pilot takes a
 * small part of the time that writing takes). The streams are those of the world itself: the last pilot has exactly its events.
 *
 * @param share users live on their own, so several threads can live a part of them each and find the same scale.
 */
export function calibrate(scenario: Scenario, calendar: Calendar, share = EVERYBODY): number {
  const usual = withoutEffects(scenario);
  let scale = scenario.eventsPerDay / scenario.openingUsers;
  const wanted = scenario.eventsPerDay * scenario.days;
  for (let pilot = 0; pilot < PILOTS; pilot++) {
    const world = createWorld(usual, calendar, scale, share.isLived);
    const lived = { usage: 0, incidents: 0 };
    for (let day = 0; day < scenario.days; day++) {
      for (const userDay of world.next().userDays) {
        lived.usage += userDay.usage;
        lived.incidents += userDay.tickets + userDay.failures;
      }
    }
    const { usage, incidents } = share.together(lived.usage, lived.incidents);
    if (Math.abs(usage + incidents - wanted) <= TOLERANCE * wanted) break;
    scale *= Math.max(1, wanted - incidents) / Math.max(1, usage);
  }
  return scale;
}

const withoutEffects = (scenario: Scenario): Scenario => ({
  ...scenario,
  seasons: [],
  monthEnd: { days: 0, usage: 1 },
  priceChanges: [],
  experiments: [],
});
