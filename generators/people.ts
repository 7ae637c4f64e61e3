import { faker } from '@faker-js/faker/locale/en';
import { type Random, random } from '../core/random.ts';
import type { Calendar } from './calendar.ts';
import { accountId, companyName } from './companies.ts';
import type { Scenario } from './scenario.ts';
import type { User } from './world.ts';

/** A user's row in `users/<day>.jsonl`, keys in the order of the file. */
export interface Profile {
  readonly user_id: string;
  readonly account_id: string;
  readonly email: string;
  readonly full_name: string;
  readonly created_ts: string;
  readonly signup_channel: string;
  readonly country: string;
  readonly role: string;
  readonly updated_ts: string;
}

/** A profile with what the other files need to know of the person. */
export interface Person {
  readonly profile: Profile;
  /** Milliseconds of the signup since the start of day 0. */
  readonly createdMs: number;
}

export interface People {
  /** The person behind a new user; call once a user, in the order of their numbers. */
  signUp(user: User): Person;
  /** As above, for a person who changed something on this day, or undefined: most days nothing changes. */
  change(person: Person, day: number): Person | undefined;
}

export const userId = (number: number): string => `u${String(number + 1).padStart(6, '0')}`;

/** Share of the day's changes that are a change of role; the rest is a new name. */
const ROLE_CHANGES = 0.8;
const DAY_MS = 86_400_000;

/**
 * Names, companies, countries and roles, from streams that the world does not use.
 *
 * Neighbouring users share an account, whose company gives the domain of their addresses; the domains end in `.example`, which nobody
 * can own (RFC 2606). Faker is seeded anew for each entity, so its shared instance carries nothing over.
 */
export function people(scenario: Scenario, calendar: Calendar): People {
  const changes = random(scenario.seed, 'profile_changes');
  let account = -1;
  let domain = '';

  const fullName = (...seed: number[]) => {
    faker.seed([scenario.seed, ...seed]);
    return `${faker.person.firstName()} ${faker.person.lastName()}`;
  };

  return {
    signUp({ number, signupDay }) {
      const stream = random(scenario.seed, 'profile', number);
      if (account < 0 || stream.chance(1 / scenario.meanAccountUsers)) {
        account++;
        domain = `${slug(companyName(scenario.seed, account))}-${account + 1}.example`;
      }
      const name = fullName(number, 1);
      const createdMs = signupDay * DAY_MS + timeOfDay(scenario, stream);
      const created = calendar.timestamp(createdMs);
      const profile: Profile = {
        user_id: userId(number),
        account_id: accountId(account),
        email: `${slug(name)}.${number + 1}@${domain}`,
        full_name: name,
        created_ts: created,
        signup_channel: stream.pick(scenario.signupChannels.values, scenario.signupChannels.weights),
        country: stream.pick(scenario.countries.values, scenario.countries.weights),
        role: stream.pick(scenario.roles.values, scenario.roles.weights),
        updated_ts: created,
      };
      return { profile, createdMs };
    },

    change(person, day) {
      if (!changes.chance(scenario.profileChangeRate)) return undefined;
      const { profile } = person;
      const atMs = day * DAY_MS + timeOfDay(scenario, changes);
      const otherRoles = scenario.roles.values.filter((role) => role !== profile.role);
      const changesRole = changes.chance(ROLE_CHANGES) && otherRoles.length > 0;
      // An account's first change can fall on the day it was made, but not before it was made.
      if (atMs <= person.createdMs) return undefined;
      const changed = changesRole
        ? { role: otherRoles[changes.int(otherRoles.length)]! }
        : { full_name: fullName(changes.int(2 ** 31), 2) };
      return { ...person, profile: { ...profile, ...changed, updated_ts: calendar.timestamp(atMs) } };
    },
  };
}

/** Milliseconds since midnight, by the hours of the scenario. */
export function timeOfDay(scenario: Scenario, stream: Random): number {
  const hour = stream.pick(HOURS, scenario.hourWeights);
  return hour * 3_600_000 + stream.int(3_600_000);
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.|\.$/g, '');
