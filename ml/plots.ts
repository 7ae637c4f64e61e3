import type { Card } from './card.ts';

const WIDTH = 560;

/** Line drawings in `currentColor`, so that one file suits light and dark pages. The numbers of each stand in a table of the card. */
export interface Plot {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

export function plots(card: Card): Plot[] {
  return [calibrationPlot(card), foldsPlot(card), coefficientsPlot(card)];
}

/** An SVG that stands alone: outside of a page it has to choose its colour itself. */
export const standalone = ({ svg }: Plot): string =>
  svg.replace('>', '><style>svg{color:#1c2733}@media(prefers-color-scheme:dark){svg{color:#e4e9ee}}</style>');

function calibrationPlot({ quantitative: { calibration } }: Card): Plot {
  const { bins } = calibration;
  const top = niceTop(
    Math.max(...bins.map(({ observedHigh, meanPredicted }) => Math.max(observedHigh, meanPredicted)), 0.001),
  );
  const [left, right, upper, lower] = [56, WIDTH - 16, 16, 300];
  const x = scale(0, top, left, right);
  const y = scale(0, top, lower, upper);
  const ticks = steps(0, top);
  const body = [
    ...ticks.map((t) => grid(left, right, y(t)) + text(left - 8, y(t) + 4, percent(t, top), 'end')),
    ...ticks.map((t) => text(x(t), lower + 18, percent(t, top), 'middle')),
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(top)}" y2="${y(top)}" stroke="currentColor" stroke-dasharray="4 4" opacity=".5"/>`,
    ...bins.map((bin) => interval(x(bin.meanPredicted), y(bin.observedLow), x(bin.meanPredicted), y(bin.observedHigh))),
    ...bins.map((bin) => dot(x(bin.meanPredicted), y(bin.observedRate))),
    text((left + right) / 2, lower + 38, 'predicted', 'middle'),
    `<text x="14" y="${(upper + lower) / 2}" transform="rotate(-90 14 ${(upper + lower) / 2})" text-anchor="middle">observed</text>`,
  ];
  return frame(
    'calibration',
    'Calibration: observed rate against predicted probability, by tenths of the rows',
    lower + 48,
    body,
  );
}

function foldsPlot({ evaluationData: { folds } }: Card): Plot {
  const known = folds.flatMap((fold) =>
    fold.model ? [fold.model.rocAuc, ...(fold.recency ? [fold.recency.rocAuc] : [])] : [],
  );
  const low = Math.min(0.5, ...known.map((estimate) => estimate.low ?? estimate.value ?? 0.5));
  const high = Math.max(0.6, ...known.map((estimate) => estimate.high ?? estimate.value ?? 0.5));
  const [from, to] = [Math.floor(low * 20) / 20, Math.ceil(high * 20) / 20];
  const [left, right, upper, lower] = [56, WIDTH - 16, 16, 250];
  const y = scale(from, to, lower, upper);
  const x = (k: number) => left + ((k + 0.5) * (right - left)) / folds.length;
  const mark = (
    k: number,
    shift: number,
    estimate: { value: number | null; low: number | null; high: number | null } | undefined,
    hollow: boolean,
  ) =>
    estimate?.value == null
      ? ''
      : interval(x(k) + shift, y(estimate.low ?? estimate.value), x(k) + shift, y(estimate.high ?? estimate.value)) +
        dot(x(k) + shift, y(estimate.value), hollow);
  const body = [
    ...steps(from, to).map((t) => grid(left, right, y(t)) + text(left - 8, y(t) + 4, t.toFixed(2), 'end')),
    ...folds.map((fold, k) =>
      fold.model
        ? mark(k, -7, fold.model.rocAuc, false) + mark(k, 7, fold.recency?.rocAuc, true)
        : text(x(k), (upper + lower) / 2, 'not evaluable', 'middle'),
    ),
    ...folds.map((fold, k) => text(x(k), lower + 18, fold.testTo, 'middle')),
    text((left + right) / 2, lower + 38, 'last test day; filled: model, hollow: recency rule', 'middle'),
  ];
  return frame('folds', 'ROC AUC by fold with intervals', lower + 48, body);
}

const SHOWN = 20;

function coefficientsPlot({ quantitative: { coefficients } }: Card): Plot {
  const all = coefficients.filter(({ transform }) => transform !== 'intercept');
  const shown = [...all].sort((a, b) => Math.abs(b.standardised) - Math.abs(a.standardised)).slice(0, SHOWN);
  const reach = niceTop(
    Math.max(
      0.01,
      ...shown.flatMap(({ low, high, standardised }) => [low ?? standardised, high ?? standardised].map(Math.abs)),
    ),
  );
  const [left, right, upper, row] = [210, WIDTH - 16, 8, 20];
  const lower = upper + shown.length * row + 4;
  const x = scale(-reach, reach, left, right);
  const body = [
    `<line x1="${x(0)}" y1="${upper}" x2="${x(0)}" y2="${lower}" stroke="currentColor" opacity=".5"/>`,
    ...shown.map((coefficient, k) => {
      const y = upper + (k + 0.5) * row;
      const { low, high, standardised, name } = coefficient;
      return (
        text(left - 10, y + 4, name.length > 28 ? `${name.slice(0, 27)}…` : name, 'end') +
        interval(x(low ?? standardised), y, x(high ?? standardised), y) +
        dot(x(standardised), y)
      );
    }),
    ...[-reach, -reach / 2, 0, reach / 2, reach].map((t) =>
      text(x(t), lower + 16, String(Number(t.toPrecision(3))), 'middle'),
    ),
    text((left + right) / 2, lower + 36, 'log-odds for one standard deviation', 'middle'),
  ];
  const title =
    all.length > SHOWN
      ? `The ${SHOWN} largest of ${all.length} standardised coefficients with intervals`
      : 'Standardised coefficients with intervals';
  return frame('coefficients', title, lower + 46, body);
}

function frame(name: string, title: string, height: number, body: readonly string[]): Plot {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="currentColor"><title>${escapeXml(title)}</title>${body.join('')}</svg>`;
  return { name, title, svg };
}

const scale = (from: number, to: number, low: number, high: number) => (value: number) =>
  round(low + ((value - from) / (to - from)) * (high - low));
const round = (value: number) => Math.round(value * 10) / 10;
const grid = (x1: number, x2: number, y: number) =>
  `<line x1="${x1}" y1="${y}" x2="${x2}" y2="${y}" stroke="currentColor" opacity=".15"/>`;
const text = (x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end') =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
const interval = (x1: number, y1: number, x2: number, y2: number) =>
  `<line x1="${round(x1)}" y1="${y1}" x2="${round(x2)}" y2="${y2}" stroke="currentColor" stroke-width="1.5" opacity=".7"/>`;
const dot = (x: number, y: number, hollow = false) =>
  `<circle cx="${round(x)}" cy="${y}" r="4"${hollow ? ' fill="none" stroke="currentColor" stroke-width="1.5"' : ''}/>`;
const percent = (value: number, top: number) => `${(100 * value).toFixed(top < 0.05 ? 1 : 0)} %`;
const escapeXml = (content: string) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** 1, 2 or 5 times a power of ten at or above the value. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Number(([1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-9))! * power).toPrecision(12));
}

/** Five or six round ticks from one end to the other. */
function steps(from: number, to: number): number[] {
  const step = niceTop((to - from) / 5);
  return Array.from({ length: Math.floor((to - from) / step + 1e-6) + 1 }, (_, k) => from + k * step);
}
