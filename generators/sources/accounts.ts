import { keyed } from '../../core/keyed.ts';
import { type Random, random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import { companyName } from '../names.ts';
import { accountId } from '../people.ts';
import type { Accounts } from '../scenario/accounts.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source } from '../source.ts';
import { timeOfDay } from '../time-of-day.ts';
import { founders } from './account-book.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';

const DAY_MS = 86_400_000;
/** Share of the changes that are a step in size; the rest is a new name or another industry. */
const [GROWS, SHRINKS, RENAMED] = [0.55, 0.15, 0.2];

interface Account {
  record: Rec;
  size: number;
}

/**
 * Companies: a row when the first user of an account signs up, and one for each change of it.
 *
 * The country is that of the first user, and the name that of the domain in the users' addresses, until the company renames itself.
 */
export function accountsSource(scenario: Scenario, calendar: Calendar, section: Accounts): Source {
  const { seed } = scenario;
  const { industries, sizes, enterpriseSizes } = section;
  const luck = keyed(seed, 'accounts', 'change');
  const accounts = new Map<number, Account>();

  const found = (number: number, country: string, created: string): Account => {
    const stream = random(seed, 'accounts', number);
    const size = stream.pick([...sizes.values.keys()], sizes.weights);
    const record = {
      account_id: accountId(number),
      company_name: companyName(seed, number),
      industry: stream.pick(industries.values, industries.weights),
      company_size: sizes.values[size]!,
      country,
      is_enterprise: enterpriseSizes.includes(sizes.values[size]!),
      created_ts: created,
      updated_ts: created,
    };
    return { record, size };
  };

  const change = (account: Account, number: number, day: number, stream: Random): Account | undefined => {
    const updated_ts = calendar.timestamp(day * DAY_MS + timeOfDay(scenario, stream));
    const kind = stream.next();
    const { record } = account;
    if (kind < GROWS + SHRINKS) {
      const size = account.size + (kind < GROWS ? 1 : -1);
      if (size < 0 || size >= sizes.values.length) return undefined;
      const company_size = sizes.values[size]!;
      const is_enterprise = enterpriseSizes.includes(company_size);
      return { size, record: { ...record, company_size, is_enterprise, updated_ts } };
    }
    if (kind < GROWS + SHRINKS + RENAMED) {
      // Numbers above those of accounts: a name that no account begins with.
      const company_name = companyName(seed, 2 ** 31 + number * 4096 + day);
      return { ...account, record: { ...record, company_name, updated_ts } };
    }
    const others = industries.values.filter((industry) => industry !== record.industry);
    if (others.length === 0) return undefined;
    return { ...account, record: { ...record, industry: others[stream.int(others.length)]!, updated_ts } };
  };

  return {
    name: 'accounts',
    format: 'jsonl',
    columns: SOURCE_COLUMNS.accounts,
    id: ({ account_id, updated_ts }) => `${account_id}@${updated_ts}`,
    next(today) {
      const rows: Rec[] = [];
      for (const [number, account] of accounts) {
        if (luck.uniform(number, today.day) >= section.changeRate) continue;
        const changed = change(account, number, today.day, random(seed, 'accounts', 'change', number, today.day));
        if (!changed) continue;
        accounts.set(number, changed);
        rows.push(changed.record);
      }
      for (const [number, { profile }] of founders(accounts, today)) {
        const account = found(number, profile.country, profile.created_ts);
        accounts.set(number, account);
        rows.push(account.record);
      }
      return byTime(rows, 'updated_ts');
    },
  };
}
