import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../core/files.ts';
import { fromUsd } from '../../../generators/money.ts';
import { readReference } from '../../../generators/reference.ts';
import { run } from '../../support/project.ts';
import { type Patch, tiny } from '../worlds.ts';

const REFERENCE = join(packageRoot(), 'configs', 'reference');

/** The problems of the tiny scenario with these changes, without their places. */
function problemsOf(patch: Patch): string[] {
  try {
    tiny(patch);
    return [];
  } catch (error) {
    return (error as { problems: { message: string }[] }).problems.map(({ message }) => message);
  }
}

test('what no source can be made of is refused, all at once, with its place', () => {
  let text = '';
  try {
    tiny({
      accounts: { industries: { software: 0.5 }, enterprise_sizes: ['huge'] },
      payments: { tax_rates: { FR: 0.2 } },
      support_tickets: { severities: { low: 0.5, grave: 0.5 } },
      touches: { channels: { papers: { campaigns: { none: 0 } } } },
      marketplace: { orders: { skew: { top_accounts: 0.5, order_share: 0.2 } } },
      transactions: { categories: { rent: 0.9 } },
    });
  } catch (error) {
    text = (error as Error).message;
  }
  expect(text.replace(/^ {2}The message says.*\n?/gm, '').replace(/tiny\.yaml:\d+:\d+/g, 'tiny.yaml')).toBe(
    `CONFIG_INVALID tiny.yaml
  accounts.industries: the shares sum to 0.5, expected 1
CONFIG_INVALID tiny.yaml
  accounts.enterprise_sizes.0: "huge" is no company size of this scenario; expected one of 1-10, 11-50, 51-200, 201-1000, 1001+.
CONFIG_INVALID tiny.yaml
  payments.tax_rates.FR: "FR" is no country of this scenario; expected one of US, GB, DE.
CONFIG_INVALID tiny.yaml
  support_tickets.severities: no median_hours_to_resolve for grave; each severity needs one
CONFIG_INVALID tiny.yaml
  touches.channels.papers: "papers" is no signup channel of this scenario; expected one of organic, paid_search.
CONFIG_INVALID tiny.yaml
  touches.channels.papers.campaigns: all weights are 0, expected one above 0
CONFIG_INVALID tiny.yaml
  marketplace.orders.skew.order_share: found 0.2, expected at least top_accounts (0.5): the top makes no less than its part
CONFIG_INVALID tiny.yaml
  transactions.categories: the shares sum to 0.9, expected 1
`,
  );
});

test.each([
  [{ payments: { refund_rate: 1.5 } }, 'payments.refund_rate: found 1.5, expected a number <= 1'],
  [{ candidates: { drivers: { shoe_size: 1 } } }, /^candidates\.drivers\.shoe_size: unknown key; known here: city_dev/],
  [
    { marketplace: { products: { median_usd: -3 } } },
    'marketplace.products.median_usd: found -3, expected a number > 0',
  ],
  [{ touches: { mean_before_signup: 0.5 } }, 'touches.mean_before_signup: found 0.5, expected a number >= 1'],
] as const)('%j is refused by the schema', (patch, message) => {
  expect(problemsOf(patch)).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
});

describe('prices in the currency of a country', () => {
  test('need a country that exists, and rates for the days', () => {
    const countries = { 'population.countries': { US: 0.5, ZZ: 0.5 }, payments: { tax_rates: {} } };
    expect(problemsOf({ ...countries, start_date: '2027-12-01' })).toEqual(
      [
        'the days 2027-12-01 to 2028-02-28 have no exchange rates; configs/reference/fx_rates.csv covers 2025-01-01 to 2027-12-31',
        '"ZZ" is no country of configs/reference/countries.csv (ISO 3166 alpha-2), and payments need its currency',
      ].map((text, index) => `${index === 0 ? 'start_date' : 'population.countries.ZZ'}: ${text}`),
    );
    const free: Patch = { payments: undefined, marketplace: undefined, transactions: undefined };
    expect(problemsOf({ ...free, start_date: '2027-12-01' })).toEqual([]);
  });

  test('are those of the rates; without a rate they are in dollars', () => {
    const { money } = tiny({
      'population.countries': { US: 0.4, DE: 0.3, JP: 0.2, KE: 0.1 },
      payments: { tax_rates: {} },
    });
    expect(money!.currencies).toEqual({ US: 'USD', DE: 'EUR', JP: 'JPY', KE: 'USD' });
    const rates = readReference(REFERENCE).rates.get('2026-01-11')!;
    expect(fromUsd(money!, 49, 'EUR', 10)).toBe(Math.round(4900 / rates.get('EUR')!) / 100);
    expect(fromUsd(money!, 49, 'JPY', 10)).toBe(Math.round(49 / rates.get('JPY')!));
    expect(fromUsd(money!, 49, 'USD', 10)).toBe(49);
  });
});

describe('the reference data', () => {
  const { currencies, rates, from, to } = readReference(REFERENCE);

  test('has every country once, with a currency that exists', () => {
    const lines = readFileSync(join(REFERENCE, 'countries.csv'), 'utf8').trimEnd().split('\n').slice(1);
    expect(lines.length).toBe(249);
    expect(currencies.size).toBe(249);
    expect(lines.map((line) => line.slice(0, 2)).toSorted()).toEqual(lines.map((line) => line.slice(0, 2)));
    const known = new Set(Intl.supportedValuesOf('currency'));
    expect([...currencies].filter(([country, currency]) => country !== 'AQ' && !known.has(currency))).toEqual([]);
  });

  test('has a rate for each day without a gap, none of them negative or wild', () => {
    expect([from, to, rates.size]).toEqual(['2025-01-01', '2027-12-31', 1095]);
    const euro = [...rates.values()].map((day) => day.get('EUR')!);
    const steps = euro.slice(1).map((rate, index) => Math.abs(Math.log(rate / euro[index]!)));
    expect(Math.max(...steps)).toBeLessThan(0.02);
    expect([...rates.values()].every((day) => [...day.values()].every((rate) => rate > 0))).toBe(true);
  });

  test('is what its script prints', async () => {
    const { stdout } = await run(process.execPath, [join(packageRoot(), 'scripts', 'fx-rates.mjs')], packageRoot());
    expect(stdout).toBe(readFileSync(join(REFERENCE, 'fx_rates.csv'), 'utf8'));
  });
});
