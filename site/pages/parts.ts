import type { Action, Json } from '../../runner/graph.ts';
import { highlightSql } from '../highlight.ts';
import { type Html, html } from '../html.ts';
import { isTest, type Node, type State } from '../nodes.ts';

export const stateClass = (state: State): string => `state-${state.replace(' ', '-')}`;

/** The state as a word; the colour only repeats it. */
export const stateBadge = (state: State): Html => html`<span class="state ${stateClass(state)}">${state}</span>`;

export function kindName(action: Action): string {
  switch (action.kind) {
    case 'incremental':
      return 'incremental table';
    case 'view':
      return action.materialized ? 'materialized view' : 'view';
    case 'declaration':
      return 'source';
    case 'dataPreparation':
      return 'data preparation';
    case 'test':
      return 'unit test';
    default:
      return action.kind;
  }
}

export const nodeLink = (node: Node, root: string): Html => html`<a href="${root}${node.href}">${node.name}</a>`;

/** Names of actions with their states, or the words for an empty list. */
export function nodeList(nodes: readonly Node[], root: string, empty: string): Html {
  if (nodes.length === 0) return html`<p class="quiet">${empty}</p>`;
  return html`<ul class="names">${nodes.map((node) => html`<li>${nodeLink(node, root)} ${stateBadge(node.state)}</li>\n`)}</ul>`;
}

/** Paragraphs at empty lines, code between backticks; anything else is text. */
export function prose(text: string): Html {
  return html`${text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => html`<p>${inline(paragraph)}</p>\n`)}`;
}

export function inline(text: string): Html {
  return html`${text.split(/`([^`\n]+)`/).map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** SQL that scrolls in itself and can be reached by the keyboard. */
export const sqlBlock = (sql: string, label: string): Html =>
  html`<pre class="sql" tabindex="0" role="region" aria-label="${label}"><code>${highlightSql(trimLines(sql))}</code></pre>`;

/** Without the empty lines around it, which compilers leave. */
const trimLines = (text: string) => text.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd();

/** An instant to the minute in UTC; a text that is no instant stays as it is. */
export function time(iso: string): Html | string {
  const instant = new Date(iso);
  if (Number.isNaN(instant.getTime())) return iso;
  const text = instant.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
}

/** When the result was made, where an earlier run than the one shown made it: the id of a run begins with its time. */
export function fromWhen({ result }: Node): Html | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(result?.fromRun ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return html`${time(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)}`;
}

/** The state with the time that it is from, when that is not the run shown. */
export function stateCell(node: Node): Html {
  const when = fromWhen(node);
  return html`<td>${stateBadge(node.state)}${when !== undefined && html` <span class="quiet">${when}</span>`}</td>`;
}

/** Start of an action as an instant: the record keeps milliseconds since the start of the run. */
export function startOf(runStartedAt: string, milliseconds: number | undefined): string | undefined {
  const start = Date.parse(runStartedAt);
  return milliseconds === undefined || Number.isNaN(start) ? undefined : new Date(start + milliseconds).toISOString();
}

/** A property of an action as text: words as they are, lists with commas, anything deeper as JSON. */
export function jsonText(value: Json): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export const tags = (names: readonly string[]): Html =>
  html`${names.map((name) => html`<span class="tag">${name}</span> `)}`;

/** Why there may be nothing in the warehouse under this name, before anything else is said about it. */
export function notice(node: Node): Html | false {
  const { state, reason, action } = node;
  const said = reason === undefined ? '' : html` ${inline(reason)}`;
  if (isTest(action)) return false;
  if (state === 'disabled')
    return html`<p class="notice"><strong>Disabled.</strong>${said === '' ? ' The project does not say why.' : said}</p>`;
  if (state === 'not run') return html`<p class="notice"><strong>Not run.</strong> No run had it.</p>`;
  if (state === 'skipped' || state === 'cancelled' || state === 'killed')
    return html`<p class="notice"><strong>${state[0]!.toUpperCase()}${state.slice(1)}.</strong>${said}</p>`;
  if (state !== 'failed' && state !== 'warned') return false;
  const when = fromWhen(node);
  const run = when === undefined ? 'in the last run' : html`in the run of ${when}`;
  return html`<div class="notice ${state}"><p><strong>${state === 'failed' ? 'Failed' : 'Warned'} ${run}.</strong> ${when === undefined && html`<a href="../run.html#errors">All errors</a>`}</p>${reason !== undefined && html`<pre class="message">${reason}</pre>`}</div>`;
}
