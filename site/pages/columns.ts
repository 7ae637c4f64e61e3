import type { ColumnDoc } from '../../runner/graph.ts';
import type { Relation } from '../../warehouse/warehouse.ts';
import { columnAnchors } from '../anchors.ts';
import { type Html, html } from '../html.ts';
import { inline } from './parts.ts';
import { column, table } from './tables.ts';

/**
 * Columns as the project describes them, with their types where the warehouse was asked; columns that only the warehouse knows follow,
 * and say that they are not described.
 */
export function columnsTable(docs: readonly ColumnDoc[], relation: Relation | undefined): Html {
  const described = new Set(docs.map(({ name }) => name.toLowerCase()));
  const others = (relation?.columns ?? []).filter(({ name }) => !described.has(name.toLowerCase()));
  const all: readonly ColumnDoc[] = [...docs, ...others.map(({ name }) => ({ name, description: '', tags: [] }))];
  if (all.length === 0) return html`<p class="quiet">No columns are described.</p>`;
  const types = new Map((relation?.columns ?? []).map(({ name, type }) => [name.toLowerCase(), type]));
  const anchors = columnAnchors(all);
  const head = [column('Column'), ...(relation ? [column('Type')] : []), column('Description'), column('Tags')];
  const rows = all.map(({ name, description, tags }, i) => {
    const type = relation && html`<td class="type"><code>${types.get(name.toLowerCase()) ?? '–'}</code></td>`;
    const text =
      description.trim() === '' ? html`<span class="quiet">not described</span>` : inline(description.trim());
    const badges = tags.map((tag) => html`<span class="tag tag-${tagClass(tag)}">${tag}</span> `);
    return html`<tr id="${anchors[i]!}"><th scope="row"><a href="#${anchors[i]!}"><code>${name}</code></a></th>${type}<td class="text">${text}</td><td>${badges}</td></tr>\n`;
  });
  return table('Columns', head, rows);
}

/** Tags that the framework knows have a colour; the word stands there anyway. */
const tagClass = (tag: string): string =>
  ['key', 'time', 'feature', 'label', 'unavailable'].includes(tag) ? tag : 'other';
