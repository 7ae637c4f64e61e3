import { accountId, type Person } from '../people.ts';
import type { WorldDay } from '../source.ts';
import type { User } from '../world.ts';

/** An account that has at least one user with a subscription on the day. */
export interface ActiveAccount {
  readonly number: number;
  readonly id: string;
  /** Country of the account: that of its first user, for good. */
  readonly country: string;
  /** Its active users, by number. */
  readonly users: readonly User[];
}

/** The accounts that the signups of a day found, with the first of their users: the one who signed up earliest. */
export function founders(known: ReadonlyMap<number, unknown>, today: WorldDay): Map<number, Person> {
  const found = new Map<number, Person>();
  for (const user of today.signups) {
    if (known.has(user.account)) continue;
    const person = today.person(user);
    const first = found.get(user.account);
    if (!first || person.createdMs < first.createdMs) found.set(user.account, person);
  }
  return found;
}

/** Knows the accounts; to be asked once a day, in order. */
export function accountBook(): (today: WorldDay) => ActiveAccount[] {
  const countries = new Map<number, string>();
  return (today) => {
    for (const [number, { profile }] of founders(countries, today)) countries.set(number, profile.country);
    const active = new Map<number, { number: number; id: string; country: string; users: User[] }>();
    for (const { user } of today.userDays) {
      const number = user.account;
      const account = active.get(number);
      if (account) account.users.push(user);
      else active.set(number, { number, id: accountId(number), country: countries.get(number)!, users: [user] });
    }
    return [...active.values()];
  };
}
