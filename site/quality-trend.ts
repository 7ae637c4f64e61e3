import { percent } from '../core/format.ts';
import { type QualityReport, rejectedShare } from '../core/quality-report.ts';
import { type Html, html } from './html.ts';

const WIDTH = 26;
const GAP = 6;
const HEIGHT = 120;
const LABEL = 52;

/** A bar a batch, as high as the rejected share of its records; the axis begins at zero and ends at a round share. */
export function drawTrend(batches: QualityReport['trend']): Html {
  const top = roundedUp(Math.max(...batches.map(({ counts }) => rejectedShare(counts))));
  const width = LABEL + batches.length * (WIDTH + GAP);
  const bars = batches.map(({ batchId, counts, criticality }, i) => {
    const share = rejectedShare(counts);
    // What is more than nothing can be seen.
    const height = share === 0 ? 0 : Math.max(1.5, (HEIGHT * share) / top);
    const x = LABEL + i * (WIDTH + GAP);
    return html`<rect class="level-${criticality}" x="${x}" y="${(8 + HEIGHT - height).toFixed(1)}" width="${WIDTH}" height="${height.toFixed(1)}"><title>${batchId}: ${percent(share)} rejected</title></rect>`;
  });
  return html`<div class="graph" role="region" aria-label="Rejected share by batch" tabindex="0"><svg class="trend" viewBox="0 0 ${width} ${HEIGHT + 18}" width="${width}" height="${HEIGHT + 18}" style="--smallest:${width}px" role="img" aria-label="Rejected share by batch, highest ${percent(Math.max(...batches.map(({ counts }) => rejectedShare(counts))))}">
<text class="node-meta" x="${LABEL - 8}" y="14" text-anchor="end">${percent(top)}</text><text class="node-meta" x="${LABEL - 8}" y="${HEIGHT + 12}" text-anchor="end">0 %</text>
<path class="axis" d="M${LABEL - 4} 8h${width - LABEL}M${LABEL - 4} ${HEIGHT + 8.5}h${width - LABEL}"/>
${bars}</svg></div>`;
}

/** The next of 1, 2, 5 times a power of ten, at most 1. */
function roundedUp(share: number): number {
  if (share === 0) return 0.01;
  const power = 10 ** Math.floor(Math.log10(share));
  return Math.min(1, (([1, 2, 5].find((step) => step * power >= share) ?? 10) * power) as number);
}
