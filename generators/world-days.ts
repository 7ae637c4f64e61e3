import type { Calendar } from './calendar.ts';
import { type Person, people } from './people.ts';
import type { Scenario } from './scenario.ts';
import type { WorldDay } from './source.ts';
import type { Day, World } from './world.ts';

/** Turns the days of a world, in their order, into what the sources look at: the persons behind the users are made and changed here. */
export function worldDays(scenario: Scenario, calendar: Calendar, { users }: World): (day: Day) => WorldDay {
  const directory = people(scenario, calendar);
  const persons: Person[] = [];
  return (today) => {
    const { day, signups, userDays } = today;
    for (const user of signups) persons[user.number] = directory.signUp(user);
    for (const { user } of userDays) {
      const changed = directory.change(persons[user.number]!, user.number, day);
      if (changed) persons[user.number] = changed;
    }
    return { ...today, date: calendar.date(day), users, person: (user) => persons[user.number]! };
  };
}
