// Prints configs/reference/fx_rates.csv: made-up daily exchange rates, the same ones whenever it runs.
//
//   npm run build && node scripts/fx-rates.mjs > configs/reference/fx_rates.csv
//
// The log of each rate walks around a round figure: x(d + 1) = PULL * x(d) + STEP * e, with e standard normal. These are no quotations.
import { random } from '../dist/core/random.js';

const SEED = 20260101;
const FIRST = Date.UTC(2025, 0, 1);
const LAST = Date.UTC(2027, 11, 31);
const DAY_MS = 86_400_000;
/** A deviation halves in about eleven weeks. */
const PULL = 1 - 1 / 110;
/** About 6 % a year, as large currencies move. */
const STEP = 0.004;
/** US dollars for one unit. */
const LEVELS = {
  AUD: 0.65,
  BRL: 0.18,
  CAD: 0.72,
  CHF: 1.15,
  EUR: 1.1,
  GBP: 1.3,
  INR: 0.0117,
  JPY: 0.0067,
  MXN: 0.054,
  SEK: 0.1,
};

const walks = Object.entries(LEVELS).map(([currency, level]) => ({ level, x: 0, luck: random(SEED, 'fx', currency) }));
const lines = [['rate_date', ...Object.keys(LEVELS)].join(',')];
for (let time = FIRST; time <= LAST; time += DAY_MS) {
  const rates = walks.map((walk) => {
    walk.x = PULL * walk.x + STEP * walk.luck.normal();
    return Number((walk.level * Math.exp(walk.x)).toPrecision(5));
  });
  lines.push([new Date(time).toISOString().slice(0, 10), ...rates].join(','));
}
process.stdout.write(`${lines.join('\n')}\n`);
