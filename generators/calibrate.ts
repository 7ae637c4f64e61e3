import type { Calendar } from './calendar.ts';
import type { Scenario } from './scenario.ts';
import { createWorld } from './world.ts';

const TOLERANCE = 0.005;
const PILOTS = 6;

/**
 * The scale of usage at which the world has `eventsPerDay` events on the mean day, within 0.5 % where six pilots reach that.
 *
 * Effects and experiments are left out: a world with an outage has the users and the luck of the one without, so that the difference between
 * the two is the outage. Usage moves churn and churn moves the number of users, so the scale is found by living the world without writing it (a pilot takes a
 * small part of the time that writing takes). The streams are those of the world itself: the last pilot has exactly its events.
 */
export function calibrate(scenario: Scenario, calendar: Calendar): number {
  const usual = withoutEffects(scenario);
  let scale = scenario.eventsPerDay / scenario.openingUsers;
  const wanted = scenario.eventsPerDay * scenario.days;
  for (let pilot = 0; pilot < PILOTS; pilot++) {
    const world = createWorld(usual, calendar, scale);
    let usage = 0;
    let incidents = 0;
    for (let day = 0; day < scenario.days; day++) {
      for (const userDay of world.next().userDays) {
        usage += userDay.usage;
        incidents += userDay.tickets + userDay.failures;
      }
    }
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
