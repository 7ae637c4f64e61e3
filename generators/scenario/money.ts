import type { Money } from '../money.ts';
import { moneyOf, readReference } from '../reference.ts';
import type { ScenarioSpec } from '../scenario.ts';
import type { Checks } from './checks.ts';

const DAY_MS = 86_400_000;

/** Whether a section has prices that people pay in the currency of their country. */
export const needsMoney = ({ payments, marketplace, transactions }: ScenarioSpec): boolean =>
  payments !== undefined || marketplace !== undefined || transactions !== undefined;

/** The currencies and rates of the scenario's countries and days; undefined when a country is none or a day has no rate. */
export function resolveMoney(
  { population, start_date }: ScenarioSpec,
  days: number,
  referenceDir: string,
  { report }: Checks,
): Money | undefined {
  const reference = readReference(referenceDir);
  const countries = Object.keys(population.countries);
  const strangers = countries.filter((country) => !reference.currencies.has(country));
  for (const country of strangers)
    report(
      ['population', 'countries', country],
      `"${country}" is no country of configs/reference/countries.csv (ISO 3166 alpha-2), and payments need its currency`,
    );
  const endDate = new Date(Date.parse(start_date) + (days - 1) * DAY_MS).toISOString().slice(0, 10);
  const isCovered = start_date >= reference.from && endDate <= reference.to;
  if (!isCovered)
    report(
      ['start_date'],
      `the days ${start_date} to ${endDate} have no exchange rates; configs/reference/fx_rates.csv covers ${reference.from} to ${reference.to}`,
    );
  return strangers.length === 0 && isCovered ? moneyOf(reference, countries, start_date, days) : undefined;
}
