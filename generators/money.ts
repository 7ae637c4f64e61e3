/** Which currency a country pays in, and what a unit of it is worth on a day. Plain JSON, so that it counts for the fingerprint. */
export interface Money {
  /** By country of the scenario; US dollars where no rate is known. */
  readonly currencies: Readonly<Record<string, string>>;
  /** US dollars for one unit, by currency and day; the US dollar is not among them. */
  readonly usdPerUnit: Readonly<Record<string, readonly number[]>>;
}

export const USD = 'USD';

/** Currencies without a smaller unit (ISO 4217). */
const WHOLE = new Set(['JPY', 'KRW', 'VND', 'CLP', 'ISK', 'UGX', 'XAF', 'XOF', 'XPF', 'PYG', 'RWF']);

export const currencyOf = (money: Money, country: string): string => money.currencies[country] ?? USD;

/** An amount as people pay it: cents, or whole units where there are none. */
export function rounded(amount: number, currency: string): number {
  return WHOLE.has(currency) ? Math.round(amount) : Math.round(100 * amount) / 100;
}

/** An amount in US dollars at the rate of the day; days after the last known one take its rate. */
export function fromUsd(money: Money, usd: number, currency: string, day: number): number {
  const rates = money.usdPerUnit[currency];
  if (!rates) return rounded(usd, currency);
  return rounded(usd / rates[Math.min(day, rates.length - 1)]!, currency);
}

/** A price of the list: the dollars at the rate of the first day, so that a price does not move with every rate. */
export const listPrice = (money: Money, usd: number, currency: string): number => fromUsd(money, usd, currency, 0);
