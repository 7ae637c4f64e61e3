import type { QualityReport } from '../core/quality-report.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import type { ActionResult, RunRecord } from '../runner/record.ts';
import type { Relation } from '../warehouse/warehouse.ts';
import type { Card } from './cards.ts';
import { type Layer, layersOf } from './layers.ts';
import { isAssertion, isTest, joinNodes, type Node } from './nodes.ts';

/** All that the pages are made from: plain data, joined once. */
export interface Site {
  readonly title: string;
  readonly summary: string | undefined;
  readonly builtAt: Date;
  readonly graph: CompiledGraph;
  readonly record: RunRecord;
  readonly nodes: readonly Node[];
  /** Everything but assertions and unit tests. */
  readonly models: readonly Node[];
  readonly assertions: readonly Node[];
  readonly tests: readonly Node[];
  readonly layers: readonly Layer[];
  readonly cards: readonly Card[];
  /** On the last batch that was judged, where there is one. */
  readonly quality: QualityReport | undefined;
  /** What stands in the warehouse by action name, where the caller knows it: gives columns their types. */
  readonly relations: ReadonlyMap<string, Relation>;
}

export type SiteParts = Pick<
  Site,
  'title' | 'summary' | 'builtAt' | 'graph' | 'record' | 'cards' | 'quality' | 'relations'
> & {
  readonly earlier?: readonly ActionResult[];
};

export function siteOf(parts: SiteParts): Site {
  const nodes = joinNodes(parts.graph, parts.record, parts.earlier);
  const assertions = nodes.filter(({ action }) => isAssertion(action));
  const tests = nodes.filter(({ action }) => isTest(action));
  const models = nodes.filter(({ action }) => !isAssertion(action) && !isTest(action));
  return { ...parts, nodes, models, assertions, tests, layers: layersOf(models) };
}
