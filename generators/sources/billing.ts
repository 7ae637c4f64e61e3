import { userId } from '../people.ts';
import type { Source } from '../source.ts';

/** A row for each change of a subscription, by user number. */
export function billingSource(): Source {
  return {
    name: 'billing',
    format: 'csv',
    columns: ['billing_date', 'user_id', 'event', 'plan_id'],
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
