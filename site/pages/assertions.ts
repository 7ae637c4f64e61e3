import { count, plural } from '../../core/format.ts';
import type { AssertionAction } from '../../runner/graph.ts';
import { type Html, html } from '../html.ts';
import { countStates, type Node, worstFirst } from '../nodes.ts';
import type { Site } from '../site.ts';
import { framed } from './frame.ts';
import { fromWhen, inline, nodeLink, nodeList, notice, prose, sqlBlock, stateBadge, stateCell, tags } from './parts.ts';
import { column, numberColumn, rowsCell, table, timeCell } from './tables.ts';

export function assertionsPage(site: Site): string {
  const { assertions } = site;
  const main = html`<h1>Assertions</h1>
<p class="wide">${plural(assertions.length, 'assertion')} in the project. ${countStates(assertions).map(([state, n]) => html`${stateBadge(state)} ${count(n)} `)}</p>
${assertions.length > 0 && assertionTable('Assertions, the failed ones first', worstFirst(assertions), '')}`;
  return framed(site, { title: 'Assertions', root: '', section: 'Assertions', main });
}

/** What each assertion found when it was checked last. On the page of a model, that model is not named again. */
export function assertionTable(caption: string, assertions: readonly Node[], root: '' | '../', page?: Node): Html {
  const head = [
    column('Assertion'),
    column('Result'),
    column('Severity'),
    numberColumn('Rows found'),
    numberColumn('Time'),
    column('What it says'),
  ];
  const rows = assertions.map((node) => row(node, root, page));
  return html`<div class="assertions">${table(caption, head, rows)}</div>`;
}

function row(node: Node, root: '' | '../', page: Node | undefined): Html {
  const { action, result, state, reason } = node;
  const subjects = subjectsOf(node).filter((subject) => subject !== page);
  const on = subjects.map((subject) => html`<br><span class="quiet">on</span> ${nodeLink(subject, root)}`);
  const description = action.description.trim();
  const found = state === 'successful' ? undefined : reason;
  return html`<tr><th scope="row"><a href="${root}${node.href}">${action.target.name}</a>${on}</th>${stateCell(node)}<td>${(action as AssertionAction).severity}</td>${rowsCell(result?.rows)}${timeCell(node)}<td class="text">${description !== '' && html`<p>${inline(description)}</p>`}${found !== undefined && html`<p class="quiet clamp">${found}</p>`}${sampleTable(node)}</td></tr>
`;
}

/** The models that an assertion is about: that of its config block, else all that it reads. */
function subjectsOf(node: Node): readonly Node[] {
  const { parent } = node.action as AssertionAction;
  const own = node.upstream.filter(({ name }) => name === parent);
  return own.length > 0 ? own : node.upstream;
}

/** Some of the rows that an assertion found. */
function sampleTable({ name, result }: Node): Html | false {
  const samples = result?.samples ?? [];
  if (samples.length === 0) return false;
  const columns = [...new Set(samples.flatMap((sample) => Object.keys(sample)))];
  const rows = samples.map((sample) => html`<tr>${columns.map((key) => html`<td>${cell(sample[key])}</td>`)}</tr>\n`);
  return html`<details class="compact"><summary>${plural(samples.length, 'sample row')}</summary>${table(`Rows that ${name} found`, columns.map(column), rows)}</details>`;
}

const cell = (value: string | number | boolean | null | undefined): Html | string =>
  value === null || value === undefined ? html`<span class="quiet">null</span>` : String(value);

const ROOT = '../';

export function assertionPage(site: Site, node: Node): string {
  const action = node.action as AssertionAction;
  const when = fromWhen(node);
  const main = html`<nav class="crumbs" aria-label="Breadcrumb"><a href="../index.html">Overview</a> / <a href="../assertions.html">Assertions</a> /</nav>
<h1>${node.name}</h1>
<p>assertion ${stateBadge(node.state)}</p>
${notice(node)}
<div class="lead">${action.description.trim() === '' ? html`<p class="quiet">Not described.</p>` : prose(action.description)}</div>
<dl class="facts">
<div><dt>Severity</dt><dd>${action.severity === 'warn' ? 'warn: rows are reported, the run goes on' : 'error: one row fails the run'}</dd></div>
${node.result?.rows !== undefined && html`<div><dt>Rows found</dt><dd>${count(node.result.rows)}</dd></div>`}
${when !== undefined && html`<div><dt>Checked</dt><dd>${when}, run ${node.result?.fromRun}</dd></div>`}
${action.tags.length > 0 && html`<div><dt>Tags</dt><dd>${tags(action.tags)}</dd></div>`}
<div><dt>Source file</dt><dd><code>${action.fileName}</code></dd></div>
</dl>
${sampleTable(node)}
<section aria-labelledby="reads"><h2 id="reads">Checks</h2>${nodeList(node.upstream, ROOT, 'Reads no action of the project.')}</section>
<section aria-labelledby="sql"><h2 id="sql">Compiled SQL</h2>${sqlBlock(action.query, 'Query of the assertion')}</section>`;
  return framed(site, { title: node.name, root: ROOT, main });
}
