import { count, duration, plural } from '../../core/format.ts';
import { layerAnchor } from '../anchors.ts';
import type { Headline } from '../card-headline.ts';
import type { Card } from '../cards.ts';
import { drawLayers } from '../graph-svg.ts';
import { type Html, html } from '../html.ts';
import type { Layer } from '../layers.ts';
import { countStates, type Node, STATES, type State, worstFirst } from '../nodes.ts';
import type { Site } from '../site.ts';
import { framed } from './frame.ts';
import { inline, kindName, nodeLink, prose, stateBadge, stateCell, stateClass, time } from './parts.ts';
import { column, numberColumn, rowsCell, table, timeCell } from './tables.ts';

/** Above this many models a picture of all edges says nothing any more; the layers stand as lists. */
const LARGEST_GRAPH = 150;
const ATTENTION = 10;

export function indexPage(site: Site): string {
  const { layers, models } = site;
  const main = html`<h1>${site.title}</h1>
${site.summary !== undefined && html`<div class="lead">${prose(site.summary)}</div>`}
${runSummary(site)}
${attention(site)}
${cards(site)}
<section aria-labelledby="models"><h2 id="models">Models</h2>
${models.length === 0 && html`<p class="quiet">The project has no models.</p>`}
${models.length > LARGEST_GRAPH ? layerTable(layers) : models.length > 0 && picture(layers)}
${layers.map(layerSection)}
</section>
${unitTests(site.tests)}
${models.length > 0 && models.length <= LARGEST_GRAPH && html`<script src="assets/graph.js" defer></script>`}`;
  return framed(site, { title: site.title, root: '', section: 'Overview', main });
}

function runSummary({ record, models, assertions }: Site): Html {
  const nodes = [...models, ...assertions];
  const state = record.status.toLowerCase() as State;
  const made = models.filter((node) => node.state === 'successful').length;
  const tried = models.filter(
    (node) => node.result !== undefined && node.state !== 'disabled' && node.state !== 'source',
  ).length;
  const held = assertions.filter((node) => node.state === 'successful').length;
  const checked = assertions.filter((node) => ['successful', 'failed', 'warned'].includes(node.state)).length;
  const older = nodes.filter(({ result }) => result?.fromRun !== undefined).length;
  const rows = models.reduce((sum, node) => sum + (node.state === 'successful' ? (node.result?.rows ?? 0) : 0), 0);
  return html`<section aria-labelledby="last-run"><h2 id="last-run">Last run</h2>
<p>${stateBadge(state)} ${time(record.startedAt)}, ${duration(record.milliseconds)} on ${record.engine} ${record.engineVersion}. <a href="run.html">Run ${record.runId}</a></p>
<dl class="tiles">
<div><dt>models made</dt><dd>${count(made)} <small>of ${count(tried)}</small></dd></div>
<div><dt>assertions hold</dt><dd><a href="assertions.html">${count(held)} <small>of ${count(checked)}</small></a></dd></div>
<div><dt>rows in them</dt><dd>${count(rows)}</dd></div>
</dl>
${older > 0 && html`<p class="quiet">${plural(older, 'result')} ${older === 1 ? 'is' : 'are'} from earlier runs: this one did not have the action, or nothing had changed.</p>`}
${nodes.length > 0 && stateTable(nodes)}
</section>`;
}

/** Actions by kind and state. */
function stateTable(nodes: readonly Node[]): Html {
  const kinds = [...new Set(nodes.map((node) => kindName(node.action)))].sort();
  const states = STATES.filter((state) => nodes.some((node) => node.state === state));
  const rows = kinds.map((kind) => {
    const of = nodes.filter((node) => kindName(node.action) === kind);
    const cells = states.map((state) => of.filter((node) => node.state === state).length);
    return html`<tr><th scope="row">${kind}</th>${cells.map((n) => html`<td class="number">${n === 0 ? '–' : count(n)}</td>`)}<td class="number">${count(of.length)}</td></tr>\n`;
  });
  const head = states.map((state) => html`<th scope="col" class="number">${stateBadge(state)}</th>`);
  return html`<details class="compact"><summary>${plural(nodes.length, 'action')} by kind and state</summary>${table('Actions by kind and state', [column('Kind'), ...head, numberColumn('All')], rows)}</details>`;
}

/** What went wrong, the worst first: the first thing that a reader of a failed run wants. */
function attention({ nodes }: Site): Html | false {
  const bad = worstFirst(
    nodes.filter((node) => ['failed', 'killed', 'warned', 'skipped', 'cancelled'].includes(node.state)),
  );
  if (bad.length === 0) return false;
  const items = bad
    .slice(0, ATTENTION)
    .map(
      (node) =>
        html`<li>${stateBadge(node.state)} ${nodeLink(node, '')}${node.reason !== undefined && html`<br><span class="quiet clamp">${node.reason}</span>`}</li>\n`,
    );
  return html`<section aria-labelledby="attention"><h2 id="attention">Needs attention</h2>
<ul class="attention">${items}</ul>
${bad.length > ATTENTION && html`<p><a href="run.html#errors">${count(bad.length - ATTENTION)} more on the page of the run</a></p>`}</section>`;
}

function cards({ cards: list, builtAt }: Site): Html {
  return html`<section aria-labelledby="cards"><h2 id="cards">Model cards</h2>
${list.length === 0 && html`<p class="quiet">No model has been trained on this data set yet.</p>`}
${list.length > 0 && html`<ul class="cards">${list.map((card) => cardItem(card, builtAt))}</ul>`}</section>`;
}

function cardItem({ model, page, summary }: Card, today: Date): Html {
  const { title, trainedAt, expiresAt, headline = [], statement, leaks = [] } = summary ?? {};
  const expired = expiresAt !== undefined && expiresAt < today.toISOString().slice(0, 10);
  return html`<li><h3><a href="${page}">${title ?? model}</a></h3>
<p class="quiet">${title !== undefined && `${model}, `}${trainedAt === undefined ? 'the numbers of this card cannot be read' : html`trained ${time(trainedAt)}`}</p>
${expired && html`<p class="notice warned"><strong>Expired</strong> on ${expiresAt}.</p>`}
${leaks.map(({ name, status }) => html`<p class="notice ${status === 'failed' ? 'failed' : 'warned'}"><strong>Leakage check ${status === 'failed' ? 'failed' : 'warns'}:</strong> ${name}</p>`)}
${headline.length > 0 && html`<dl class="tiles small">${headline.map(tile)}</dl>`}
${statement !== undefined && html`<p>${statement}</p>`}</li>
`;
}

const tile = ({ label, value, beside }: Headline): Html =>
  html`<div><dt>${label}${beside !== undefined && html`<br>${beside}`}</dt><dd>${value}</dd></div>\n`;

function picture(layers: readonly Layer[]): Html {
  const shown = layers.flatMap(({ nodes }) => nodes);
  return html`<figure><a class="skip" href="#${layerAnchor(layers[0]!.schema)}">Skip the picture; the tables hold the same</a>
${drawLayers(layers, '')}
<figcaption><p>${countStates(shown).map(([state, n]) => html`${stateBadge(state)} ${count(n)}${' \u2002'}`)} In the corner of a model: assertions on it that failed (<span class="node-mark state-failed">✗</span>) or warned (<span class="node-mark state-warned">!</span>).</p>
<p>Layers from left to right; a line runs from what is read to what reads it.</p></figcaption></figure>`;
}

/** The picture's place in a large project: layers with their states and what they read. */
function layerTable(layers: readonly Layer[]): Html {
  const layerOf = new Map(layers.flatMap(({ schema, nodes }) => nodes.map((node) => [node, schema] as const)));
  const rows = layers.map(({ schema, nodes }) => {
    const reads = new Set(nodes.flatMap((node) => node.upstream.map((other) => layerOf.get(other)!)));
    const read = layers.filter((layer) => layer.schema !== schema && reads.has(layer.schema));
    const links = read.map(
      (layer, i) => html`${i > 0 && ', '}<a href="#${layerAnchor(layer.schema)}">${layer.schema}</a>`,
    );
    return html`<tr><th scope="row"><a href="#${layerAnchor(schema)}">${schema}</a></th><td class="number">${count(nodes.length)}</td><td>${countStates(nodes).map(([state, n]) => html`${stateBadge(state)} ${count(n)} `)}</td><td>${links.length > 0 ? links : '–'}</td></tr>\n`;
  });
  return table('Layers', [column('Layer'), numberColumn('Models'), column('States'), column('Reads from')], rows);
}

function layerSection({ schema, nodes }: Layer): Html {
  const head = [
    column('Model'),
    column('Kind'),
    column('State'),
    numberColumn('Rows'),
    numberColumn('Time'),
    column('Assertions'),
    column('Description'),
  ];
  return html`<section class="layer" aria-labelledby="${layerAnchor(schema)}"><h3 id="${layerAnchor(schema)}">${schema}</h3>
${table(`Models of ${schema}`, head, nodes.map(modelRow))}</section>
`;
}

function modelRow(node: Node): Html {
  return html`<tr class="${stateClass(node.state)}"><th scope="row"><a href="${node.href}">${node.action.target.name}</a></th><td>${kindName(node.action)}</td>${stateCell(node)}${rowsCell(node.result?.rows)}${timeCell(node)}<td>${assertionSummary(node)}</td><td class="text">${node.state === 'disabled' && node.reason !== undefined && html`<strong>Disabled:</strong> ${inline(node.reason)} `}${inline(firstSentence(node.action.description))}</td></tr>
`;
}

function unitTests(tests: readonly Node[]): Html | false {
  if (tests.length === 0) return false;
  return html`<section aria-labelledby="tests"><h2 id="tests">Unit tests</h2>
<p class="quiet">They compare a query with expected rows and are no part of a run.</p>
<ul class="names">${tests.map((node) => html`<li><a href="${node.href}">${node.action.target.name}</a> ${inline(firstSentence(node.action.description))}</li>\n`)}</ul></section>`;
}

function assertionSummary({ assertions }: Node): Html | string {
  if (assertions.length === 0) return '–';
  const bad = countStates(assertions).filter(([state]) => state !== 'successful');
  if (bad.length === 0) return `${count(assertions.length)} hold`;
  return html`${bad.map(([state, n]) => html`${stateBadge(state)} ${count(n)} `)}of ${count(assertions.length)}`;
}

const firstSentence = (text: string): string => /^.*?[.!?](?=\s)/s.exec(text.trim())?.[0] ?? text.trim();
