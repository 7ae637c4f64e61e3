import { keyed } from '../../core/keyed.ts';
import { type Random, random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import type { Marketplace } from '../scenario/marketplace.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec } from '../source.ts';
import { DAY_MS } from './moment.ts';

interface Product {
  readonly id: string;
  usd: number;
  readonly record: Rec;
}

/** The products and their prices; what sells well is decided by rank. */
export interface Catalogue {
  /** Rows of the products that are new or have a new price from this day on; once a day, in order. */
  next(day: number): Rec[];
  pick(stream: Random): Product;
}

/** Orders of the product of rank r are proportional to 1 / r^POPULARITY. */
const POPULARITY = 0.8;
/** Standard deviation of the log of a price's change. */
const CHANGE = 0.12;

export function catalogue({ seed }: Scenario, calendar: Calendar, { products: section }: Marketplace): Catalogue {
  const luck = keyed(seed, 'products', 'change');
  const all = Array.from({ length: section.count }, (_, index): Product => {
    const stream = random(seed, 'products', index);
    const category = stream.pick(section.categories.values, section.categories.weights);
    const id = `p${String(index + 1).padStart(5, '0')}`;
    const sku = `${category.slice(0, 3).toUpperCase()}-${stream
      .int(36 ** 4)
      .toString(36)
      .toUpperCase()
      .padStart(4, '0')}-${index + 1}`;
    const usd = price(section.medianUsd * Math.exp(section.spread * stream.normal()));
    const updated_ts = calendar.timestamp(0);
    return { id, usd, record: { product_id: id, sku, category, price: usd, updated_ts } };
  });
  let total = 0;
  const upTo = all.map((_, index) => {
    total += (index + 1) ** -POPULARITY;
    return total;
  });

  return {
    next(day) {
      if (day === 0) return all.map(({ record }) => record);
      return all.flatMap((product, index) => {
        if (luck.uniform(index, day) >= section.priceChangeRate) return [];
        const usd = price(product.usd * Math.exp(CHANGE * random(seed, 'products', 'change', index, day).normal()));
        if (usd === product.usd) return [];
        product.usd = usd;
        return [{ ...product.record, price: usd, updated_ts: calendar.timestamp(day * DAY_MS) }];
      });
    },
    pick(stream) {
      const u = stream.next() * total;
      let [low, high] = [0, all.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (upTo[middle]! > u) high = middle;
        else low = middle + 1;
      }
      return all[low]!;
    },
  };
}

/** At least a dollar, in cents. */
const price = (usd: number): number => Math.max(1, Math.round(100 * usd) / 100);
