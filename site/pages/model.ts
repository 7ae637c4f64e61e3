import { count, duration, plural } from '../../core/format.ts';
import type { Action, TableAction } from '../../runner/graph.ts';
import type { ActionResult } from '../../runner/record.ts';
import { layerAnchor, runAnchor } from '../anchors.ts';
import { drawNeighbourhood } from '../graph-svg.ts';
import { type Html, html } from '../html.ts';
import { isTest, type Node, worstFirst } from '../nodes.ts';
import type { Site } from '../site.ts';
import { assertionTable } from './assertions.ts';
import { columnsTable } from './columns.ts';
import { framed } from './frame.ts';
import {
  fromWhen,
  inline,
  jsonText,
  kindName,
  nodeList,
  notice,
  prose,
  sqlBlock,
  startOf,
  stateBadge,
  tags,
  time,
} from './parts.ts';
import { ran } from './tables.ts';

const ROOT = '../';
/** Properties that the page shows in places of their own. */
const PLACED = new Set(['grain', 'owner', 'disabledReason']);

export function modelPage(site: Site, node: Node): string {
  const { action, name } = node;
  const [anchor, place] = isTest(action)
    ? ['tests', 'Unit tests']
    : [layerAnchor(action.target.schema), action.target.schema];
  const main = html`<nav class="crumbs" aria-label="Breadcrumb"><a href="../index.html">Overview</a> / <a href="../index.html#${anchor}">${place}</a> /</nav>
<h1>${name}</h1>
<p>${kindName(action)} ${!isTest(action) && stateBadge(node.state)}</p>
${notice(node)}
<div class="lead">${action.description.trim() === '' ? html`<p class="quiet">Not described.</p>` : prose(action.description)}</div>
${facts(site, node)}
${neighbourhood(node)}
<section aria-labelledby="columns"><h2 id="columns">Columns</h2>
${columnsTable(action.columns, site.relations.get(name))}</section>
${(action.kind !== 'declaration' || node.assertions.length > 0) && assertions(node)}
${code(action)}`;
  return framed(site, { title: name, root: ROOT, main });
}

function facts(site: Site, node: Node): Html {
  const { action, result } = node;
  const { grain, owner } = action.properties;
  const others = Object.entries(action.properties).filter(([key]) => !PLACED.has(key));
  const list: (readonly [string, Html | string | undefined])[] = [
    ['Grain', grain === undefined ? undefined : inline(jsonText(grain))],
    ['Owner', owner === undefined ? undefined : jsonText(owner)],
    ['Tags', action.tags.length > 0 ? tags(action.tags) : undefined],
    ['Materialisation', materialisation(action)],
    ['Rows', result?.rows === undefined ? undefined : count(result.rows)],
    ['Last run', result && lastRun(site, node, result)],
    ['Source file', action.fileName === '' ? undefined : html`<code>${action.fileName}</code>`],
    ...bigquerySettings(action),
    ...others.map(([key, value]) => [key, jsonText(value)] as const),
  ];
  return html`<dl class="facts">
${list.map(([key, value]) => value !== undefined && html`<div><dt>${key}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

function lastRun({ record }: Site, node: Node, result: ActionResult): Html {
  const took = ran(node) ? html`, ${duration(result.milliseconds)}` : '';
  const earlier = fromWhen(node);
  if (earlier !== undefined) return html`${earlier}${took}, run ${result.fromRun}`;
  const started = ran(node) ? startOf(record.startedAt, result.startedAt) : undefined;
  const when = started === undefined ? '' : html`${time(started)}${took}, `;
  return html`${when}<a href="../run.html#${runAnchor(node)}">run ${record.runId}</a>`;
}

function bigquerySettings(action: Action): (readonly [string, string])[] {
  if (!('bigquery' in action)) return [];
  return Object.entries(action.bigquery).map(([key, value]) => [`BigQuery ${key}`, jsonText(value)] as const);
}

function materialisation(action: Action): string {
  switch (action.kind) {
    case 'table':
      return 'table, made anew on every run';
    case 'view':
      return kindName(action);
    case 'incremental':
      return incrementalText(action);
    case 'operations':
      return `${plural(action.queries.length, 'operation')}${action.hasOutput ? ', makes a relation of this name' : ''}`;
    case 'declaration':
      return 'made outside the project';
    case 'test':
      return 'nothing: a unit test compares two queries';
    default:
      return `${kindName(action)}, which Tidemark does not run`;
  }
}

function incrementalText({ incremental }: TableAction): string {
  if (!incremental) return 'incremental table';
  const { uniqueKey, strategy, onSchemaChange } = incremental;
  const how =
    strategy === 'MERGE' || uniqueKey.length > 0
      ? `merged on ${uniqueKey.join(', ')}`
      : strategy === 'INSERT'
        ? 'rows are appended'
        : 'partitions are replaced';
  const schemaChange = onSchemaChange === 'IGNORE' ? '' : `; on a change of columns: ${onSchemaChange.toLowerCase()}`;
  return `incremental table, ${how}${schemaChange}${incremental.protected ? '; protected from full refresh' : ''}`;
}

function neighbourhood(node: Node): Html {
  const { upstream, downstream, gates, unknown } = node;
  return html`<section aria-labelledby="neighbours"><h2 id="neighbours">Neighbours</h2>
${upstream.length + downstream.length > 0 && html`<figure>${drawNeighbourhood(node, ROOT)}<figcaption>One step in each direction; the lists hold the same.</figcaption></figure>`}
<div class="columns"><div><h3>Upstream</h3>${nodeList(upstream, ROOT, 'Reads no other action.')}
${unknown.length > 0 && html`<p class="quiet">Outside the project: ${unknown.join(', ')}</p>`}
${gates.length > 0 && html`<h4>Starts only if these hold</h4>${nodeList(gates, ROOT, '')}`}</div>
<div><h3>Downstream</h3>${nodeList(downstream, ROOT, 'Nothing in the project reads it.')}</div></div></section>`;
}

function assertions(node: Node): Html {
  return html`<section aria-labelledby="assertions"><h2 id="assertions">Assertions</h2>
${node.assertions.length === 0 ? html`<p class="quiet">None checks it.</p>` : assertionTable(`Assertions on ${node.name}`, worstFirst(node.assertions), ROOT, node)}</section>`;
}

/** The SQL that the compiler made, part by part; the main query stands open. */
function code(action: Action): Html | false {
  const parts = sqlParts(action);
  if (parts.length === 0) return false;
  return html`<section aria-labelledby="sql"><h2 id="sql">Compiled SQL</h2>
${parts.map(([title, sql], i) => html`<details${i === 0 && html` open`}><summary>${title}</summary>${sqlBlock(sql, title)}</details>\n`)}</section>`;
}

function sqlParts(action: Action): (readonly [string, string])[] {
  if (isTest(action)) {
    return [
      ['Query with its inputs replaced', action.query],
      ['Query of the expected rows', action.expectedQuery],
    ];
  }
  if (action.kind === 'operations') return numbered('Operation', action.queries);
  if (action.kind !== 'table' && action.kind !== 'view' && action.kind !== 'incremental') return [];
  const { incremental } = action;
  return [
    [incremental ? 'Query of a full refresh' : 'Query', action.query],
    ...(incremental ? ([['Query of an incremental run', incremental.query]] as const) : []),
    ...numbered('Before the query', action.preOperations),
    ...numbered('After the query', action.postOperations),
    ...(incremental ? differing('Before an incremental run', incremental.preOperations, action.preOperations) : []),
    ...(incremental ? differing('After an incremental run', incremental.postOperations, action.postOperations) : []),
  ];
}

function numbered(title: string, statements: readonly string[]): (readonly [string, string])[] {
  return statements.map(
    (sql, i) => [statements.length > 1 ? `${title} (${i + 1} of ${statements.length})` : title, sql] as const,
  );
}

const differing = (title: string, statements: readonly string[], others: readonly string[]) =>
  statements.join('\0') === others.join('\0') ? [] : numbered(title, statements);
