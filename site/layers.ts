import type { Node } from './nodes.ts';

/** The models of one schema. */
export interface Layer {
  readonly schema: string;
  readonly nodes: readonly Node[];
}

const CONVENTION = ['bronze', 'silver', 'analytics', 'gold', 'marts', 'ops'];

/**
 * Models by schema, from raw to refined. Schemas that are all of our convention stand in its order; those of any other project in
 * topological order, and where schemas read each other, the one that reads least of the rest comes first.
 */
export function layersOf(models: readonly Node[]): Layer[] {
  const bySchema = new Map<string, Node[]>();
  for (const node of models) {
    const nodes = bySchema.get(schemaOf(node));
    if (nodes) nodes.push(node);
    else bySchema.set(schemaOf(node), [node]);
  }
  const layers = [...bySchema].map(([schema, nodes]) => ({ schema, nodes }));
  // The canonical name has neither the suffix nor the prefix of an environment.
  const rank = ({ nodes }: Layer) => CONVENTION.indexOf(nodes[0]!.action.canonicalTarget.schema);
  if (layers.every((layer) => rank(layer) >= 0)) return layers.sort((a, b) => rank(a) - rank(b) || byName(a, b));
  return topological(layers);
}

/** The models of a layer by how many others of the same layer stand before them, so that no edge runs within a column. */
export function stepsOf({ schema, nodes }: Layer): Node[][] {
  const depth = depthOf((node) => node.upstream.filter((other) => schemaOf(other) === schema));
  const steps: Node[][] = [];
  for (const node of nodes) {
    const step = depth(node);
    while (steps.length <= step) steps.push([]);
    steps[step]!.push(node);
  }
  return steps.filter((step) => step.length > 0);
}

const schemaOf = (node: Node): string => node.action.target.schema;
const byName = (a: Layer, b: Layer): number => (a.schema < b.schema ? -1 : 1);

function topological(layers: readonly Layer[]): Layer[] {
  const depth = depthOf((node) => node.upstream);
  const waiting = new Map(
    [...layers].sort(byName).map((layer) => {
      const reads = layer.nodes.flatMap(({ upstream }) => upstream.map(schemaOf));
      const depths = layer.nodes.filter(({ upstream }) => upstream.length > 0).map(depth);
      const meanDepth = depths.length === 0 ? 0 : depths.reduce((sum, n) => sum + n, 0) / depths.length;
      return [layer.schema, { layer, reads: reads.filter((schema) => schema !== layer.schema), meanDepth }] as const;
    }),
  );
  const ordered: Layer[] = [];
  while (waiting.size > 0) {
    const open = [...waiting.values()].map((entry) => ({
      ...entry,
      unmet: entry.reads.filter((schema) => waiting.has(schema)).length,
    }));
    const next = open.reduce((best, entry) =>
      (entry.unmet - best.unmet || entry.meanDepth - best.meanDepth) < 0 ? entry : best,
    );
    ordered.push(next.layer);
    waiting.delete(next.layer.schema);
  }
  return ordered;
}

/** The longest path to a node along what it reads. A cycle, which no compiler lets pass, is cut where it closes. */
function depthOf(reads: (node: Node) => readonly Node[]): (node: Node) => number {
  const known = new Map<Node, number>();
  return function depth(node: Node): number {
    let value = known.get(node);
    if (value === undefined) {
      known.set(node, 0);
      value = Math.max(0, ...reads(node).map((other) => depth(other) + 1));
      known.set(node, value);
    }
    return value;
  };
}
