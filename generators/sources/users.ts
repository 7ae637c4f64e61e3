import type { Profile } from '../people.ts';
import type { Rec, Source } from '../source.ts';
import { SOURCE_COLUMNS } from './columns.ts';

const DAY_MS = 86_400_000;

/** A row for each user who is new or changed, by the time of the change; the file of a day is what the system sent on it. */
export function usersSource(): Source {
  return {
    name: 'users',
    format: 'jsonl',
    columns: SOURCE_COLUMNS.users satisfies readonly (keyof Profile)[],
    id: (record) => String(record.user_id),
    next({ day, users, person }) {
      return users
        .map(person)
        .filter(({ updatedMs }) => updatedMs >= day * DAY_MS)
        .sort((a, b) => a.updatedMs - b.updatedMs)
        .map(({ profile }): Rec => ({ ...profile }));
    },
  };
}
