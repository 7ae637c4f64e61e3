import { userId } from '../people.ts';
import type { Source } from '../source.ts';
import { SOURCE_COLUMNS } from './columns.ts';

/** A row for each change of a subscription, by user number. */
export function billingSource(): Source {
  return {
    name: 'billing',
    format: 'csv',
    columns: SOURCE_COLUMNS.billing,
    id: (record) => String(record.user_id),
    next: ({ date, billing }) =>
      billing.map(({ user, event, planId }) => ({
        billing_date: date,
        user_id: userId(user.number),
        event,
        plan_id: planId,
      })),
  };
}
