import { count, duration } from '../../core/format.ts';
import { type Html, html } from '../html.ts';
import type { Node } from '../nodes.ts';

/** A table that scrolls sideways in itself on a narrow screen. */
export const table = (
  caption: string,
  head: readonly Html[],
  rows: readonly Html[],
): Html => html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;

export const column = (name: string): Html => html`<th scope="col">${name}</th>`;
export const numberColumn = (name: string): Html => html`<th scope="col" class="number">${name}</th>`;

export const rowsCell = (rows: number | undefined): Html =>
  html`<td class="number">${rows === undefined ? '–' : count(rows)}</td>`;

export const timeCell = (node: Node): Html =>
  html`<td class="number">${ran(node) ? duration(node.result!.milliseconds) : '–'}</td>`;

/** Whether the run spent time on the action, as opposed to leaving it out. */
export const ran = (node: Node): boolean =>
  ['successful', 'failed', 'warned'].includes(node.state) && node.result !== undefined;
