import { accountId, type Person } from '../people.ts';
import type { WorldDay } from '../source.ts';
import type { User } from '../world.ts';

/** An account that has at least one user with a subscription on the day. */
export interface ActiveAccount {
  readonly number: number;
  readonly id: string;
  /** Country of the account: that of its first user, for good. */
  readonly country: string;
  /** Signup of that user, in milliseconds since the start of day 0. */
  readonly foundedMs: number;
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
  const founder = new Map<number, Person>();
  return (today) => {
    for (const [number, person] of founders(founder, today)) founder.set(number, person);
    const active = new Map<number, ActiveAccount & { users: User[] }>();
    for (const { user } of today.userDays) {
      const number = user.account;
      const account = active.get(number);
      if (account) account.users.push(user);
      else {
        const { createdMs, profile } = founder.get(number)!;
        active.set(number, {
          number,
          id: accountId(number),
          country: profile.country,
          foundedMs: createdMs,
          users: [user],
        });
      }
    }
    return [...active.values()];
  };
}
