import { count, percent, plural } from '../../core/format.ts';
import { type Criticality, type QualityCounts, type QualityReport, rejectedShare } from '../../core/quality-report.ts';
import { type Html, html } from '../html.ts';
import { drawTrend } from '../quality-trend.ts';
import { reasonWords } from '../reason-words.ts';
import type { Site } from '../site.ts';
import { framed } from './frame.ts';
import { time } from './parts.ts';
import { column, numberColumn, table } from './tables.ts';

/** The page of the documentation site on the last batch that was reported on. */
export function qualityPage(site: Site, report: QualityReport): string {
  const rejects = new Map(site.models.map((node) => [node.name, node.href]));
  const main = qualityMain(report, (source) => rejects.get(`silver.rejects_${source}`));
  return framed(site, { title: 'Quality', root: '', section: 'Quality', main });
}

/** What a batch brought and what was wrong with it. `modelOf` gives the page of the rejects of a source, where there is one. */
export function qualityMain(report: QualityReport, modelOf: (source: string) => string | undefined): Html {
  const { batchId, dataset, loadedAt, reportedAt, criticality, counts, unjudged } = report;
  return html`<h1>Quality of batch ${batchId}</h1>
<p>${levelBadge(criticality)} ${dataset}, loaded ${time(loadedAt)}, judged ${time(reportedAt)}.</p>
${unjudged.length > 0 && html`<p class="notice warned"><strong>Not judged yet:</strong> ${unjudged.join(', ')}. <code>tidemark run</code> gives their rows a verdict.</p>`}
${tiles(counts)}
${sources(report, modelOf)}
${reasons(report)}
${files(report)}
${samples(report)}
${trend(report)}`;
}

/** The level as a word; the colour only repeats it. */
const levelBadge = (level: Criticality): Html =>
  html`<span class="state level-${level}">${level === 'none' ? 'nothing rejected' : level}</span>`;

const share = (n: number, of: number): string => percent(of === 0 ? 0 : n / of);

function tiles(counts: QualityCounts): Html {
  const { rows, records, accepted, rejected, duplicates, duplicatesAtLoad, flagged, late } = counts;
  const all: (readonly [string, number, string | undefined])[] = [
    ['rows read', rows, records === rows - duplicatesAtLoad ? undefined : `made ${plural(records, 'record')}`],
    ['accepted', accepted, share(accepted, records)],
    ['rejected', rejected, share(rejected, records)],
    ['duplicates', duplicates + duplicatesAtLoad, `${count(duplicatesAtLoad)} at load`],
    ['flagged', flagged, share(flagged, accepted)],
    ['late', late, share(late, accepted)],
  ];
  return html`<dl class="tiles">${all.map(([name, n, beside]) => html`<div><dt>${name}</dt><dd>${count(n)}${beside !== undefined && html` <small>${beside}</small>`}</dd></div>\n`)}</dl>`;
}

const numbers = (counts: QualityCounts): Html =>
  html`${[
    count(counts.rows),
    count(counts.records),
    count(counts.accepted),
    count(counts.rejected),
    percent(rejectedShare(counts)),
    count(counts.duplicates + counts.duplicatesAtLoad),
    count(counts.flagged),
    count(counts.late),
  ].map((text) => html`<td class="number">${text}</td>`)}`;

const NUMBERS = ['Rows', 'Records', 'Accepted', 'Rejected', 'Share', 'Duplicates', 'Flagged', 'Late'].map(numberColumn);

function sources(report: QualityReport, modelOf: (source: string) => string | undefined): Html {
  const rows = report.sources.map(({ source, owner, criticality, counts }) => {
    const href = modelOf(source);
    const name = href === undefined ? source : html`<a href="${href}">${source}</a>`;
    return html`<tr><th scope="row">${name}</th><td>${levelBadge(criticality)}</td>${numbers(counts)}<td>${owner}</td></tr>\n`;
  });
  return html`<section aria-labelledby="sources"><h2 id="sources">Sources</h2>
${table('Sources of the batch', [column('Source'), column('Criticality'), ...NUMBERS, column('Owner')], rows)}</section>`;
}

function reasons({ reasons: list, sources: all }: QualityReport): Html {
  const records = new Map(all.map(({ source, counts }) => [source, counts.records]));
  const most = Math.max(1, ...list.map((reason) => reason.records));
  const rows = list.map(({ source, kind, column: name, code, records: n, files: inFiles }) => {
    const words = reasonWords(code);
    const width = Math.max(0.6, (100 * n) / most).toFixed(2);
    return html`<tr><th scope="row"><code>${name}:${code}</code>${words !== undefined && html`<br><span class="quiet">${words}</span>`}</th><td>${source}</td><td>${kind}</td><td class="number">${count(n)}</td><td class="number">${share(n, records.get(source) ?? 0)}</td><td class="number">${count(inFiles)}</td><td class="bars"><svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="8"/></svg></td></tr>\n`;
  });
  const head = [
    column('Reason'),
    column('Source'),
    column('What follows'),
    numberColumn('Records'),
    numberColumn('Share'),
    numberColumn('Files'),
    column('Compared'),
  ];
  return html`<section aria-labelledby="reasons"><h2 id="reasons">What is wrong</h2>
${
  list.length === 0
    ? html`<p class="quiet">Nothing.</p>`
    : html`<p class="quiet">A record with several reasons counts in each. Shares are of the records of the source.</p>
${table('Reasons, the most frequent first', head, rows)}`
}</section>`;
}

function files({ files: list, filesWithRejects }: QualityReport): Html {
  const rows = list.map(
    ({ source, file, criticality, counts }) =>
      html`<tr><th scope="row"><code>${file}</code></th><td>${source}</td><td>${levelBadge(criticality)}</td>${numbers(counts)}</tr>\n`,
  );
  const more = filesWithRejects - list.length;
  return html`<section aria-labelledby="files"><h2 id="files">Worst files</h2>
${list.length === 0 ? html`<p class="quiet">No file has a rejected row.</p>` : table('Files with rejected rows, the worst first', [column('File'), column('Source'), column('Criticality'), ...NUMBERS], rows)}
${more > 0 && html`<p>${plural(more, 'more file')} with rejected rows; <code>ops.quality_files</code> has them all.</p>`}</section>`;
}

function samples({ samples: list }: QualityReport): Html {
  return html`<section aria-labelledby="samples"><h2 id="samples">Samples of rejected rows</h2>
${list.length === 0 ? html`<p class="quiet">None.</p>` : html`<p class="quiet">Personal data are masked. <code>tidemark rejects --sample 20</code> shows more, and <code>tidemark rejects export --to</code> writes all of them to files.</p>`}
${list.map(
  ({
    source,
    file,
    line,
    reasons: why,
    text,
  }) => html`<article class="problem"><h3>${source}: ${why.map((code, i) => html`${i > 0 && ', '}<code>${code}</code>`)}</h3>
<p class="quiet">${file}, line ${count(line)}</p>
<pre class="message">${text}</pre></article>
`,
)}</section>`;
}

function trend({ trend: list, batchId }: QualityReport): Html {
  const rows = list.map(
    (batch) =>
      html`<tr${batch.batchId === batchId && html` aria-current="true"`}><th scope="row">${batch.batchId}</th><td>${time(batch.loadedAt)}</td><td>${levelBadge(batch.criticality)}</td>${numbers(batch.counts)}</tr>\n`,
  );
  return html`<section aria-labelledby="batches"><h2 id="batches">Batches</h2>
${list.length > 1 ? html`<figure>${drawTrend(list)}<figcaption><p>Rejected share of the records of each batch, the oldest on the left. The table says the same in numbers.</p></figcaption></figure>` : html`<p class="quiet">This is the first batch that was reported on.</p>`}
${table('Batches, the oldest first', [column('Batch'), column('Loaded'), column('Criticality'), ...NUMBERS], rows)}</section>`;
}
