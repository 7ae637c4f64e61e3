import { count, plural } from '../core/format.ts';
import { type Html, html } from './html.ts';
import { type Layer, stepsOf } from './layers.ts';
import { type Box, layOut, type Placed, type Sizes } from './layout.ts';
import type { Node } from './nodes.ts';
import { kindName, stateClass } from './pages/parts.ts';

/** Width of a character of the 11 px monospaced names: 0.6 em, and a little for fonts that run wider. */
const CHARACTER = 6.7;
/** The same for the 10.5 px words below the name. */
const SMALL_CHARACTER = 5.8;
const LONGEST_NAME = 30;
const HEADER = 34;
const NEIGHBOURS = 12;
/** A picture shrinks to this share of its size to fit the page, then it scrolls: below, its names cannot be read. */
const SMALLEST = 0.85;

/**
 * Layers from left to right, each with a column for every step within it, and all edges.
 *
 * @param root path from the page to the root of the site: empty or `../`.
 */
export function drawLayers(layers: readonly Layer[], root: string): Html {
  const steps = layers.map((layer) => ({
    title: `${layer.schema} · ${count(layer.nodes.length)}`,
    columns: stepsOf(layer),
  }));
  const columns = steps.flatMap((layer) => layer.columns);
  const headers = steps.flatMap((layer) => layer.columns.map((_, i) => (i === 0 ? layer.title : '')));
  return draw(columns, headers, () => true, {
    root,
    label: 'Models by layer and their dependencies',
    meta: rowsAndState,
  });
}

/** What an action reads on the left, what reads it on the right; long sides are cut, the lists on the page are not. */
export function drawNeighbourhood(node: Node, root: string): Html {
  const sides = [
    { title: 'reads', nodes: node.upstream },
    { title: node.name, nodes: [node] },
    { title: 'read by', nodes: node.downstream },
  ].filter(({ nodes }) => nodes.length > 0);
  const headers = sides.map(({ title, nodes }) => (nodes[0] === node ? '' : shortened(title, nodes.length)));
  const columns = sides.map(({ nodes }) => nodes.slice(0, NEIGHBOURS));
  const label = `Neighbours of ${node.name}`;
  return draw(columns, headers, (from, to) => from === node || to === node, {
    root,
    label,
    current: node,
    meta: (other) => `${cut(other.action.target.schema)} · ${other.state}`,
  });
}

const shortened = (title: string, n: number) =>
  `${title} ${n > NEIGHBOURS ? `${NEIGHBOURS} of ${count(n)}` : plural(n, 'action')}`;

interface Style {
  readonly root: string;
  readonly label: string;
  readonly current?: Node;
  meta(node: Node): string;
}

function draw(
  columns: readonly (readonly Node[])[],
  headers: readonly string[],
  drawn: (from: Node, to: Node) => boolean,
  style: Style,
): Html {
  const nodes = columns.flat();
  const ids = new Map(nodes.map((node, id) => [node, id]));
  const boxes: Box[] = columns.flatMap((column, index) =>
    column.map((node) => ({ id: ids.get(node)!, column: index })),
  );
  const edges = nodes.flatMap((node) =>
    node.upstream
      .filter((other) => ids.has(other) && drawn(other, node))
      .map((other) => [ids.get(other)!, ids.get(node)!] as const),
  );
  const widths = nodes.map((node) => textWidth(node, style));
  const sizes: Sizes = { boxWidth: Math.round(Math.max(100, ...widths) + 20), boxHeight: 38, gapX: 40, gapY: 8 };
  const placed = layOut(boxes, edges, sizes);
  const height = placed.height + HEADER + 2;
  const smallest = `--smallest:${Math.round(placed.width * SMALLEST)}px`;
  return html`<div class="graph" role="region" aria-label="${style.label}" tabindex="0">
<svg viewBox="-1 0 ${placed.width + 2} ${height}" width="${placed.width + 2}" height="${height}" style="${smallest}" role="group" aria-label="${style.label}">
${headers.map((header, i) => html`<text class="graph-header" x="${i * (sizes.boxWidth + sizes.gapX)}" y="18">${header}</text>`)}
<g transform="translate(0 ${HEADER})">
<g class="edges" fill="none" aria-hidden="true">${placed.paths.map((path, i) => path && drawEdge(path, edges[i]!))}</g>
${nodes.map((node, id) => drawBox(node, id, placed, sizes, style))}
</g></svg></div>`;
}

function textWidth(node: Node, style: Style): number {
  const mark = failedMark(node)?.short.length ?? -2;
  return Math.max(
    cut(node.action.target.name).length * CHARACTER,
    (style.meta(node).length + mark + 2) * SMALL_CHARACTER,
  );
}

const drawEdge = (path: string, [from, to]: readonly [number, number]) =>
  html`<path d="${path}" data-from="${from}" data-to="${to}"/>`;

function drawBox(node: Node, id: number, placed: Placed, sizes: Sizes, style: Style): Html {
  const { x, y } = placed.boxes.get(id)!;
  const { name } = node.action.target;
  const meta = style.meta(node);
  const mark = failedMark(node);
  const title = [node.name, kindName(node.action), rowsAndState(node), mark?.text].filter(Boolean).join(', ');
  const current = node === style.current;
  return html`<a class="node ${stateClass(node.state)}${current && ' current'}" href="${style.root}${node.href}" aria-label="${title}" data-id="${id}"${current && html` aria-current="page"`}>
<title>${title}</title><rect x="${x}" y="${y}" width="${sizes.boxWidth}" height="${sizes.boxHeight}" rx="5"/><path class="stripe" d="M${x + 3} ${y + 6}v${sizes.boxHeight - 12}"/>
<text class="node-name" x="${x + 11}" y="${y + 16}">${cut(name)}</text><text class="node-meta" x="${x + 11}" y="${y + 30}">${meta}</text>
${mark && html`<text class="node-mark ${mark.className}" x="${x + sizes.boxWidth - 7}" y="${y + 30}" text-anchor="end">${mark.short}</text>`}</a>
`;
}

const cut = (name: string) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name);

function rowsAndState(node: Node): string {
  const rows = node.result?.rows;
  return rows === undefined ? node.state : `${node.state} · ${plural(rows, 'row')}`;
}

/** What the corner of a box says about the assertions on it: the failed ones, else the warned ones. */
function failedMark(node: Node): { text: string; short: string; className: string } | undefined {
  for (const [state, sign] of [
    ['failed', '✗'],
    ['warned', '!'],
  ] as const) {
    const n = node.assertions.filter((assertion) => assertion.state === state).length;
    if (n > 0)
      return { text: `${plural(n, 'assertion')} ${state}`, short: `${sign} ${n}`, className: stateClass(state) };
  }
  return undefined;
}
