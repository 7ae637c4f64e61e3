import type { Profile } from '../people.ts';
import type { WorldDay } from '../source.ts';
import type { User } from '../world.ts';

/** An account that has at least one user with a subscription on the day. */
export interface ActiveAccount {
  readonly id: string;
  /** Country of the account: that of its first user, for good. */
  readonly country: string;
  /** Its active users, by number. */
  readonly users: readonly User[];
}

/** The users of a day's signups, the earliest first: who comes first founds the account. */
export const bySignup = (today: WorldDay): Profile[] =>
  today.signups
    .map((user) => today.person(user))
    .sort((a, b) => a.createdMs - b.createdMs)
    .map(({ profile }) => profile);

/** Knows the accounts; to be asked once a day, in order. */
export function accountBook(): (today: WorldDay) => ActiveAccount[] {
  const countries = new Map<string, string>();
  return (today) => {
    for (const { account_id, country } of bySignup(today))
      if (!countries.has(account_id)) countries.set(account_id, country);
    const active = new Map<string, { id: string; country: string; users: User[] }>();
    for (const { user } of today.userDays) {
      const id = today.person(user).profile.account_id;
      const account = active.get(id);
      if (account) account.users.push(user);
      else active.set(id, { id, country: countries.get(id)!, users: [user] });
    }
    return [...active.values()];
  };
}
