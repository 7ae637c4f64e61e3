import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Money, USD } from './money.ts';

const DAY_MS = 86_400_000;

/** The tables of `configs/reference/` that prices need. */
export interface Reference {
  /** Currency by country (ISO 3166 alpha-2); empty where a country has none. */
  readonly currencies: ReadonlyMap<string, string>;
  /** US dollars for one unit, by date (YYYY-MM-DD) and currency. */
  readonly rates: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** First and last date of the rates. */
  readonly from: string;
  readonly to: string;
}

/** Reads `countries.csv` and `fx_rates.csv`; both are plain CSV without quotes, see the README beside them. */
export function readReference(folder: string): Reference {
  const [, ...countries] = table(join(folder, 'countries.csv'));
  const [header = [], ...days] = table(join(folder, 'fx_rates.csv'));
  const dates = days.map(([date]) => date!).sort();
  return {
    currencies: new Map(countries.map(([country, , currency]) => [country!, currency!])),
    rates: new Map(
      days.map(([date, ...values]) => [
        date!,
        new Map(values.map((value, index) => [header[index + 1]!, Number(value)])),
      ]),
    ),
    from: dates[0]!,
    to: dates.at(-1)!,
  };
}

/** The part of the reference that a scenario needs. Countries whose currency has no rate are billed in US dollars. */
export function moneyOf(reference: Reference, countries: readonly string[], startDate: string, days: number): Money {
  const start = Date.parse(`${startDate}T00:00:00Z`);
  const dates = Array.from({ length: days }, (_, day) => new Date(start + day * DAY_MS).toISOString().slice(0, 10));
  const known = reference.rates.get(reference.from)!;
  const currencies = Object.fromEntries(
    countries.map((country) => {
      const currency = reference.currencies.get(country) ?? USD;
      return [country, known.has(currency) ? currency : USD];
    }),
  );
  const used = [...new Set(Object.values(currencies))].filter((currency) => currency !== USD);
  return {
    currencies,
    usdPerUnit: Object.fromEntries(
      used.map((currency) => [currency, dates.map((date) => reference.rates.get(date)!.get(currency)!)]),
    ),
  };
}

const table = (file: string): string[][] =>
  readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));
