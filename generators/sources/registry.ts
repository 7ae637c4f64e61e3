import type { Calendar } from '../calendar.ts';
import type { Scenario } from '../scenario.ts';
import type { Source } from '../source.ts';
import { accountsSource } from './accounts.ts';
import { billingSource } from './billing.ts';
import { candidatesSource } from './candidates.ts';
import { exposuresSource } from './exposures.ts';
import { market } from './market.ts';
import { orderPaymentsSource } from './order-payments.ts';
import { ordersSource } from './orders.ts';
import { paymentsSource } from './payments.ts';
import { productsSource } from './products.ts';
import { supportTicketsSource } from './support-tickets.ts';
import { touchesSource } from './touches.ts';
import { transactionsSource } from './transactions.ts';
import { usersSource } from './users.ts';

/** The sources of a scenario beside the events, in the order of the ledger. A source whose section is missing does not exist. */
export function makeSources(scenario: Scenario, calendar: Calendar): Source[] {
  const { accounts, payments, supportTickets, touches, marketplace, transactions, candidates, money } = scenario;
  const sources: Source[] = [usersSource(), billingSource()];
  if (accounts) sources.push(accountsSource(scenario, calendar, accounts));
  if (payments && money) sources.push(paymentsSource(scenario, calendar, payments, money));
  if (supportTickets) sources.push(supportTicketsSource(scenario, calendar, supportTickets));
  if (touches) sources.push(touchesSource(scenario, calendar, touches));
  if (scenario.experiments.length > 0) sources.push(exposuresSource(scenario, calendar));
  if (marketplace && money) {
    const shared = market(scenario, calendar, marketplace, money);
    sources.push(productsSource(shared), ordersSource(shared), orderPaymentsSource(shared));
  }
  if (transactions && money) sources.push(transactionsSource(scenario, calendar, transactions, money));
  if (candidates) sources.push(candidatesSource(scenario, candidates));
  return sources;
}
