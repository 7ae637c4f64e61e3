import { safeName, uniqueNames } from './file-name.ts';
import type { Node } from './nodes.ts';

/** The section of a layer on the first page. */
export const layerAnchor = (schema: string): string => `layer-${safeName(schema)}`;

/** The row of an action on the page of the run. */
export const runAnchor = (node: Node): string => `run-${node.slug}`;

/** The rows of columns on the page of their model, in order. */
export function columnAnchors(columns: readonly { readonly name: string }[]): string[] {
  const unique = uniqueNames();
  return columns.map(({ name }) => `column-${unique(name)}`);
}
