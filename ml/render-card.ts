import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { packageRoot } from '../core/files.ts';
import type { Card, CardEstimate } from './card.ts';
import { plots } from './plots.ts';

const MISSING = 'missing';

/** Numbers for people. Both renderings use these, so they round alike; an absent value is the word "missing". */
export const FORMATS = {
  fixed: (value: unknown, digits: number) => (typeof value === 'number' ? minus(value.toFixed(digits)) : MISSING),
  /** Significant digits: for rates that may be small. */
  sig: (value: unknown, digits: number) => (typeof value === 'number' ? minus(significant(value, digits)) : MISSING),
  percent: (value: unknown, digits: number) =>
    typeof value === 'number' ? `${minus((100 * value).toFixed(digits))} %` : MISSING,
  count: (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en-US') : MISSING),
  tiny: (value: unknown) => (typeof value === 'number' ? value.toExponential(1) : MISSING),
  text: (value: unknown) => (value === '' || value === null || value === undefined ? MISSING : String(value)),
  yesno: (value: unknown) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : MISSING),
  estimate: (value: unknown, digits: number) => interval(value, (number) => number.toFixed(digits)),
  estimateSig: (value: unknown, digits: number) => interval(value, (number) => significant(number, digits)),
  estimatePercent: (value: unknown, digits: number) => {
    const shown = interval(value, (number) => (100 * number).toFixed(digits));
    return shown === MISSING ? MISSING : `${shown} %`;
  },
} as const;

function interval(estimate: unknown, show: (value: number) => string): string {
  const { value, low, high } = (estimate ?? {}) as Partial<CardEstimate>;
  if (typeof value !== 'number') return MISSING;
  if (typeof low !== 'number' || typeof high !== 'number') return `${minus(show(value))} (interval ${MISSING})`;
  return `${minus(show(value))} (${minus(show(low))} to ${minus(show(high))})`;
}

const significant = (value: number, digits: number) =>
  value === 0 ? '0' : Math.abs(value) >= 10 ** digits ? value.toFixed(0) : noExponent(value, digits);
const noExponent = (value: number, digits: number) =>
  value.toFixed(Math.min(12, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))))));
/** A true minus sign, and no minus before a zero. */
const minus = (text: string) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '−'));

/** The card as `md` or `html`; the HTML file needs nothing beside it. */
export function renderCard(card: Card, format: 'md' | 'html'): string {
  const handlebars = Handlebars.create();
  for (const [name, helper] of Object.entries(FORMATS)) {
    handlebars.registerHelper(name, (...args: unknown[]) =>
      (helper as (...all: unknown[]) => string)(...args.slice(0, -1)),
    );
  }
  handlebars.registerHelper('same', (a: unknown, b: unknown) => a === b);
  // A pipe or a line break would end the cell of a Markdown table.
  handlebars.registerHelper('cell', (value: unknown) =>
    FORMATS.text(value).replaceAll('|', '\\|').replace(/\s+/g, ' '),
  );
  const template = readFileSync(join(packageRoot(), 'ml', 'templates', `card.${format}.hbs`), 'utf8');
  const render = handlebars.compile(template, { strict: true, noEscape: format === 'md' });
  const drawn = Object.fromEntries(plots(card).map((plot) => [plot.name, plot]));
  return render({ ...card, plots: drawn });
}
