import { duration, plural } from '../../core/format.ts';
import type { ActionResult } from '../../runner/record.ts';
import { runAnchor } from '../anchors.ts';
import { type Html, html } from '../html.ts';
import type { Node, State } from '../nodes.ts';
import type { Site } from '../site.ts';
import { framed } from './frame.ts';
import { nodeLink, sqlBlock, stateBadge, time } from './parts.ts';
import { column, numberColumn, rowsCell, table } from './tables.ts';

const SLOWEST = 5;

/** An action of the record with the node that it belongs to, if the graph still has it. */
interface Entry {
  readonly result: ActionResult;
  readonly node: Node | undefined;
  readonly state: State;
}

export function runPage(site: Site): string {
  const { record, graph } = site;
  const nodes = new Map(site.nodes.map((node) => [node.name, node]));
  const entries = record.actions.map((result): Entry => {
    const node = nodes.get(result.name);
    return { result, node, state: node?.state ?? (result.status.toLowerCase() as State) };
  });
  const main = html`<h1>Run ${record.runId}</h1>
<p>${stateBadge(record.status.toLowerCase() as State)} Started ${time(record.startedAt)}, took ${duration(record.milliseconds)}.</p>
${record.status === 'KILLED' && html`<p class="notice">This run ended with no word: its process was killed, or the machine stopped. Every table is the old one or the new one; <code>tidemark run --resume</code> goes on with it.</p>`}
${record.reason !== undefined && html`<pre class="message">${record.reason}</pre>`}
${record.graphHash !== graph.hash && html`<p class="notice">The project has changed since this run: descriptions and SQL on this site are newer than the states and rows.</p>`}
<dl class="facts">
<div><dt>Engine</dt><dd>${record.engine} ${record.engineVersion}</dd></div>
<div><dt>Selection</dt><dd>${selection(site)}</dd></div>
<div><dt>Compiled with</dt><dd>@dataform/core ${graph.dataformCoreVersion}</dd></div>
<div><dt>Graph</dt><dd><code>${record.graphHash.slice(0, 12)}</code></dd></div>
${Object.entries(graph.projectConfig.vars).map(([name, value]) => html`<div><dt>Variable ${name}</dt><dd><code>${value}</code></dd></div>\n`)}
</dl>
${errors(entries)}
${slowest(entries)}
<section class="actions" aria-labelledby="actions"><h2 id="actions">Actions</h2>
${entries.length === 0 ? html`<p class="quiet">The run had no actions.</p>` : actions(entries, record.milliseconds)}</section>`;
  return framed(site, { title: `Run ${record.runId}`, root: '', section: 'Run', main });
}

function selection({ record }: Site): string {
  const { actions, tags, includeDependencies, includeDependents, fullRefresh } = record.selection;
  const parts = [
    actions.length > 0 && `actions ${actions.join(', ')}`,
    tags.length > 0 && `tags ${tags.join(', ')}`,
    includeDependencies && 'with dependencies',
    includeDependents && 'with dependents',
  ].filter((part) => part !== false);
  return `${parts.length > 0 ? parts.join(', ') : 'everything'}${fullRefresh ? '; full refresh' : ''}`;
}

const entryLink = ({ result, node }: Entry): Html =>
  node ? nodeLink(node, '') : html`${result.name} <span class="quiet">(no longer in the project)</span>`;

function errors(entries: readonly Entry[]): Html {
  const bad = ['failed', 'killed', 'warned'].flatMap((wanted) => entries.filter(({ state }) => state === wanted));
  return html`<section aria-labelledby="errors"><h2 id="errors">Errors and warnings</h2>
${bad.length === 0 && html`<p class="quiet">None.</p>`}
${bad.map(
  (entry) => html`<article class="problem"><h3>${stateBadge(entry.state)} ${entryLink(entry)}</h3>
<p class="quiet">${entry.result.fileName}</p>
${messages(entry.result).map((message) => html`<pre class="message">${message}</pre>`)}
${entry.result.tasks
  .filter((task) => task.status === 'FAILED')
  .map(
    (task) =>
      html`<details><summary>The statement that failed</summary>${sqlBlock(task.sql, 'Failed statement')}</details>`,
  )}</article>
`,
)}</section>`;
}

/** The reason and what the tasks say, each text once. */
function messages({ reason, tasks }: ActionResult): string[] {
  const texts = [reason, ...tasks.map((task) => task.errorMessage)].filter(
    (text) => text !== undefined && text.trim() !== '',
  );
  const different = [...new Set(texts as string[])];
  return different.filter((text) => !different.some((other) => other !== text && other.includes(text)));
}

function slowest(entries: readonly Entry[]): Html | false {
  const slow = entries
    .filter(({ result }) => result.milliseconds > 0 && result.fromRun === undefined)
    .sort((a, b) => b.result.milliseconds - a.result.milliseconds);
  if (slow.length === 0) return false;
  return html`<section aria-labelledby="slowest"><h2 id="slowest">Slowest</h2>
<ol>${slow.slice(0, SLOWEST).map((entry) => html`<li>${entryLink(entry)} ${duration(entry.result.milliseconds)}</li>\n`)}</ol></section>`;
}

function actions(entries: readonly Entry[], total: number): Html {
  const head = [
    column('Action'),
    column('State'),
    numberColumn('Rows'),
    numberColumn('Time'),
    column('When in the run'),
    column('Note'),
  ];
  return table(
    `${plural(entries.length, 'action')} in the order of the graph`,
    head,
    entries.map((entry) => {
      const { result, state } = entry;
      const took = result.startedAt === undefined || result.fromRun !== undefined ? '–' : duration(result.milliseconds);
      const note =
        state === 'failed' || state === 'killed' || state === 'warned'
          ? html`<a href="#errors">see above</a>`
          : result.fromRun === undefined
            ? (entry.node?.reason ?? result.reason)
            : `result of run ${result.fromRun}`;
      return html`<tr${entry.node && html` id="${runAnchor(entry.node)}"`}><th scope="row">${entryLink(entry)}</th><td>${stateBadge(state)}</td>${rowsCell(result.rows)}<td class="number">${took}</td><td>${bar(result, total)}</td><td class="text">${note}</td></tr>\n`;
    }),
  );
}

/** A bar from the start of the action to its end, on the length of the run. The column beside it says the same in numbers. */
function bar({ startedAt, milliseconds, fromRun }: ActionResult, total: number): Html | false {
  if (startedAt === undefined || fromRun !== undefined || total <= 0) return false;
  const share = (n: number) => (100 * Math.min(1, Math.max(0, n / total))).toFixed(2);
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect x="${share(startedAt)}" width="${Math.max(0.6, Number(share(milliseconds)))}" height="8"/></svg>`;
}
