import type { Calendar } from '../calendar.ts';
import type { Scenario } from '../scenario.ts';
import type { Source } from '../source.ts';
import { billingSource } from './billing.ts';
import { usersSource } from './users.ts';

/** The sources of a scenario beside the events, in the order of the ledger. A source whose section is missing does not exist. */
export function makeSources(_scenario: Scenario, _calendar: Calendar): Source[] {
  return [usersSource(), billingSource()];
}
