import { keyed } from '../../core/keyed.ts';
import { poisson } from '../../core/poisson.ts';
import { type Random, random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import { currencyOf, fromUsd, type Money } from '../money.ts';
import type { Transactions } from '../scenario/transactions.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source } from '../source.ts';
import { timeOfDay } from '../time-of-day.ts';
import { accountBook } from './account-book.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import { DAY_MS, recordId } from './moment.ts';

type Anomaly = 'amount_outlier' | 'burst' | 'large_amount';

/** A planted outlier is at least this many times the usual amount of its account, and at most twice that. */
const OUTLIER_FACTOR = 12;
/** A burst has from 11 to 16 transactions in less than ten minutes. */
const [BURST_LEAST, BURST_MORE, BURST_MS] = [11, 6, 9 * 60_000];
/** US dollars: above 10,000 whatever a rate does, and no usual amount comes near. */
const [LARGE_USD, LARGE_SPAN_USD] = [10_500, 20_000];
const USUAL_MOST_USD = 4000;

/**
 * Card transactions of accounts, with three kinds of anomalies that the truth lists.
 *
 * An account has a level of its own; its amounts are log-normal around it, so that what is normal for one is an outlier for another.
 * Cards work while an account has an active user.
 */
export function transactionsSource(
  scenario: Scenario,
  calendar: Calendar,
  section: Transactions,
  money: Money,
): Source {
  const { seed, countries } = scenario;
  const { categories, anomalies } = section;
  const usual = keyed(seed, 'transactions', 'usual');
  const spare = keyed(seed, 'transactions', 'spare');
  const luck = {
    amount_outlier: keyed(seed, 'transactions', 'outlier'),
    burst: keyed(seed, 'transactions', 'burst'),
    large_amount: keyed(seed, 'transactions', 'large'),
  };
  const activeAccounts = accountBook();
  const levels: number[] = [];
  let truth: Rec[] = [];

  const levelOf = (account: number): number => {
    levels[account] ??=
      section.medianUsd * Math.exp(section.accountSpread * random(seed, 'transactions', 'level', account).normal());
    return levels[account];
  };

  return {
    name: 'transactions',
    format: 'csv',
    columns: SOURCE_COLUMNS.transactions,
    id: ({ transaction_id }) => String(transaction_id),
    next(today) {
      const { day } = today;
      const made: { record: Rec; anomaly: Anomaly | undefined }[] = [];
      for (const { number: account, id, country, foundedMs } of activeAccounts(today)) {
        const currency = currencyOf(money, country);
        let index = 0;
        const pay = (atMs: number, usd: number, stream: Random, anomaly?: Anomaly) => {
          const travels = stream.chance(section.travelRate);
          const record = {
            transaction_id: `c${recordId(account, day, index++)}`,
            account_id: id,
            ts: calendar.timestamp(atMs),
            amount: fromUsd(money, usd, currency, day),
            merchant_category: stream.pick(categories.values, categories.weights),
            location: travels ? stream.pick(countries.values) : country,
            currency,
          };
          made.push({ record, anomaly });
        };
        const normal = (stream: Random) =>
          Math.min(USUAL_MOST_USD, levelOf(account) * Math.exp(section.spread * stream.normal()));
        const earliestMs = Math.min(foundedMs + 1000, (day + 1) * DAY_MS - 1);
        const moment = (stream: Random) => Math.max(earliestMs, day * DAY_MS + timeOfDay(scenario, stream));
        const planted = (kind: Anomaly, rate: number) =>
          luck[kind].uniform(account, day) < rate ? random(seed, 'transactions', kind, account, day) : undefined;

        const count = poisson(section.perAccountDay, usual.uniform(account, day), spare.uniform(account, day));
        if (count > 0) {
          const stream = random(seed, 'transactions', account, day);
          for (let left = count; left > 0; left--) pay(moment(stream), normal(stream), stream);
        }
        const outlier = planted('amount_outlier', anomalies.outlier);
        if (outlier) {
          const usd = levelOf(account) * OUTLIER_FACTOR * (1 + outlier.next());
          pay(moment(outlier), Math.min(usd, LARGE_USD * 0.9), outlier, 'amount_outlier');
        }
        const large = planted('large_amount', anomalies.large);
        if (large) pay(moment(large), LARGE_USD + LARGE_SPAN_USD * large.next(), large, 'large_amount');
        const burst = planted('burst', anomalies.burst);
        if (burst) {
          const startMs = Math.max(earliestMs, Math.min(moment(burst), (day + 1) * DAY_MS - BURST_MS - 1));
          for (let left = BURST_LEAST + burst.int(BURST_MORE); left > 0; left--)
            pay(Math.min((day + 1) * DAY_MS - 1, startMs + burst.int(BURST_MS)), normal(burst), burst, 'burst');
        }
      }
      const rows = byTime(
        made.map(({ record }) => record),
        'ts',
      );
      const kinds = new Map(made.map(({ record, anomaly }) => [record, anomaly]));
      truth = rows.flatMap((record) => {
        const kind = kinds.get(record);
        const { transaction_id, account_id, ts } = record;
        return kind ? [{ kind, transaction_id: transaction_id!, account_id: account_id!, ts: ts! }] : [];
      });
      return rows;
    },
    truth: {
      file: 'anomalies.csv',
      columns: ['kind', 'transaction_id', 'account_id', 'ts'],
      rows: () => truth,
    },
  };
}
