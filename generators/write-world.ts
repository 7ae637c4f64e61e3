import { calendar } from './calendar.ts';
import { calibrate } from './calibrate.ts';
import { type WrittenFile, writeFile } from './day-files.ts';
import { eventFeed } from './event-feed.ts';
import { type Person, people, userId } from './people.ts';
import { windowProbabilities } from './rollouts.ts';
import type { Scenario } from './scenario.ts';
import { truth } from './truth.ts';
import { createWorld, type User } from './world.ts';
import type { WorldCounts, WorldRates } from './world-record.ts';

/** How far the generation is; `done` and `total` count days. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Events that have happened so far. */
  readonly events: number;
}

export interface WrittenWorld {
  readonly counts: WorldCounts;
  readonly rates: WorldRates;
  readonly rawFiles: WrittenFile[];
  readonly truthFiles: WrittenFile[];
}

/** Days between two rows of a user in the window truth, counted back from the last day. */
const WINDOW_EVERY_DAYS = 7;

/**
 * Lives a world day by day and writes its files below the two folders, which must be empty.
 *
 * Memory holds the users and the events under way, whatever the number of days. `betweenDays` is awaited once a day and may throw to stop.
 */
export async function writeWorld(
  scenario: Scenario,
  rawDir: string,
  truthDir: string,
  betweenDays: (progress: Progress) => Promise<void>,
): Promise<WrittenWorld> {
  const days = calendar(scenario.startDate, scenario.days);
  const usageScale = calibrate(scenario, days);
  const world = createWorld(scenario, days, usageScale);
  const directory = people(scenario, days);
  const feed = eventFeed(scenario, days);
  const persons: Person[] = [];
  const rawFiles: WrittenFile[] = [];
  const rows = { users: 0, events: 0, billing: 0 };
  const faults: Record<string, number> = {};
  const counts = { userDays: 0, events: 0, starts: 0, cancels: 0 };
  let active: User[] = [];

  const truthFiles = truth(truthDir);
  try {
    for (let day = 0; day < scenario.days; day++) {
      const date = days.date(day);
      const { signups, userDays, billing } = world.next();

      const changed: Person[] = [];
      const keep = (number: number, person: Person) => {
        persons[number] = person;
        changed.push(person);
      };
      for (const user of signups) keep(user.number, directory.signUp(user));
      for (const { user } of userDays) {
        const person = directory.change(persons[user.number]!, user.number, day);
        if (person) keep(user.number, person);
      }
      rows.users += changed.length;
      rawFiles.push(
        writeFile(rawDir, `users/${date}.jsonl`, changed.map(({ profile }) => `${JSON.stringify(profile)}\n`).join('')),
      );

      for (const userDay of userDays) counts.events += feed.send(userDay, day, persons[userDay.user.number]!);
      counts.userDays += userDays.length;
      const received = feed.receive(day);
      const eventFile = `events/${date}.jsonl`;
      rows.events += received.lines;
      rawFiles.push(writeFile(rawDir, eventFile, received.bytes));

      const lines = billing.map(({ user, event, planId }) => `${date},${userId(user.number)},${event},${planId}\n`);
      rows.billing += lines.length;
      rawFiles.push(writeFile(rawDir, `billing/${date}.csv`, `billing_date,user_id,event,plan_id\n${lines.join('')}`));
      for (const { event } of billing) {
        if (event === 'start') counts.starts++;
        if (event === 'cancel') counts.cancels++;
      }

      active = world.users.filter((user) => user.subscriber !== undefined);
      truthFiles.probabilities(date, active);
      truthFiles.faults('events', eventFile, received.faults);
      for (const { kind } of received.faults) faults[kind] = (faults[kind] ?? 0) + 1;
      if (day === scenario.drift?.day && scenario.drift.uiVariant) {
        truthFiles.newField('events', eventFile, 'ui_variant');
        faults.new_field = 1;
      }
      if ((scenario.days - 1 - day) % WINDOW_EVERY_DAYS === 0) {
        const subscribers = active.map((user) => user.subscriber!);
        truthFiles.windows(date, active, windowProbabilities(scenario, world.dynamics, subscribers, day));
      }
      await betweenDays({ done: day + 1, total: scenario.days, events: counts.events });
    }
  } catch (error) {
    truthFiles.abandon();
    throw error;
  }
  return {
    counts: { ...counts, users: world.users.length, activeOnLastDay: active.length, rows, faults },
    rates: {
      eventsPerDay: counts.events / scenario.days,
      churnPer30Days: (30 * counts.cancels) / Math.max(1, counts.userDays),
      usageScale,
    },
    rawFiles,
    truthFiles: truthFiles.finish(),
  };
}
