import { keyed } from '../core/keyed.ts';
import { random } from '../core/random.ts';
import type { Calendar } from './calendar.ts';
import { companyName, fullName } from './names.ts';
import type { Scenario } from './scenario.ts';
import { timeOfDay } from './time-of-day.ts';
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

/** A profile with what the other files need to know of the person. Times are milliseconds since the start of day 0. */
export interface Person {
  readonly profile: Profile;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Where a user comes from: what never changes of a person, and needs no name. */
export interface Origin {
  /** Number of the account, from 0. */
  readonly account: number;
  /** Milliseconds of the signup since the start of day 0. */
  readonly createdMs: number;
  readonly channel: string;
  readonly country: string;
  /** At the signup. */
  readonly role: string;
}

export interface People {
  /** The person behind a new user; call once a user, in the order of their numbers. */
  signUp(user: User): Person;
  /** As above, for a person who changed something on this day, or undefined: most days nothing changes. */
  change(person: Person, number: number, day: number): Person | undefined;
}

export const userId = (number: number): string => `u${String(number + 1).padStart(6, '0')}`;
export const accountId = (number: number): string => `a${String(number + 1).padStart(6, '0')}`;
/** The number behind an {@link accountId}. */
export const accountNumber = (id: string): number => Number(id.slice(1)) - 1;

/** Share of the day's changes that are a change of role; the rest is a new name. */
const ROLE_CHANGES = 0.8;
const DAY_MS = 86_400_000;

/** Country, role and time of signup, from streams that the world does not use. No names, which take a hundred times as long. */
export function origins(scenario: Scenario): (user: User) => Origin {
  return ({ number, account, signupDay, traits }) => {
    const stream = random(scenario.seed, 'profile', number);
    return {
      account,
      createdMs: signupDay * DAY_MS + timeOfDay(scenario, stream),
      channel: scenario.signupChannels.values[traits.channel]!,
      country: stream.pick(scenario.countries.values, scenario.countries.weights),
      role: stream.pick(scenario.roles.values, scenario.roles.weights),
    };
  };
}

/**
 * Names, companies and addresses.
 *
 * The company of an account gives the domain of its users' addresses; the domains end in `.example`, which nobody can own (RFC 2606).
 */
export function people(scenario: Scenario, calendar: Calendar): People {
  const originOf = origins(scenario);
  const changes = keyed(scenario.seed, 'profile_changes');
  let account = -1;
  let domain = '';

  return {
    signUp(user) {
      const { number } = user;
      const origin = originOf(user);
      if (origin.account !== account) {
        account = origin.account;
        domain = `${slug(companyName(scenario.seed, account))}-${account + 1}.example`;
      }
      const name = fullName(scenario.seed, number);
      const created = calendar.timestamp(origin.createdMs);
      const profile: Profile = {
        user_id: userId(number),
        account_id: accountId(account),
        email: `${slug(name)}.${number + 1}@${domain}`,
        full_name: name,
        created_ts: created,
        signup_channel: origin.channel,
        country: origin.country,
        role: origin.role,
        updated_ts: created,
      };
      return { profile, createdMs: origin.createdMs, updatedMs: origin.createdMs };
    },

    change(person, number, day) {
      if (changes.uniform(number, day) >= scenario.profileChangeRate) return undefined;
      const { profile } = person;
      const stream = random(scenario.seed, 'profile_change', number, day);
      const updatedMs = day * DAY_MS + timeOfDay(scenario, stream);
      // A file has one row a user, and the first one is that of the signup.
      if (day * DAY_MS <= person.createdMs) return undefined;
      const otherRoles = scenario.roles.values.filter((role) => role !== profile.role);
      const changesRole = stream.chance(ROLE_CHANGES) && otherRoles.length > 0;
      const changed = changesRole
        ? { role: otherRoles[stream.int(otherRoles.length)]! }
        : { full_name: fullName(scenario.seed, number, day) };
      return {
        ...person,
        updatedMs,
        profile: { ...profile, ...changed, updated_ts: calendar.timestamp(updatedMs) },
      };
    },
  };
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.|\.$/g, '');
