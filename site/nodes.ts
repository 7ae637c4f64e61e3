import type { Action, AssertionAction, CompiledGraph, TestAction } from '../runner/graph.ts';
import type { ActionResult, RunRecord } from '../runner/record.ts';
import { targetName } from '../warehouse/target.ts';
import { uniqueNames } from './file-name.ts';

/** What a page says about an action. `not run`: no run had it; `source`: a declaration, which nothing makes. */
export type State =
  | 'failed'
  | 'killed'
  | 'warned'
  | 'skipped'
  | 'cancelled'
  | 'successful'
  | 'not run'
  | 'disabled'
  | 'source';

/** The worst first: the order of every list by state. */
export const STATES: readonly State[] = [
  'failed',
  'killed',
  'warned',
  'skipped',
  'cancelled',
  'not run',
  'disabled',
  'successful',
  'source',
];

/** An action of the graph with its result and its neighbours. Lists are sorted by name. */
export interface Node {
  /** `schema.name`. */
  readonly name: string;
  readonly action: Action;
  readonly result: ActionResult | undefined;
  readonly state: State;
  /** Why it is in this state, where the record or the project says so. */
  readonly reason: string | undefined;
  /** Its name as a part of file names and anchors. */
  readonly slug: string;
  /** Its page, relative to the root of the site. */
  readonly href: string;
  /** Actions that it reads or waits for, without assertions. */
  readonly upstream: readonly Node[];
  /** Actions that read it, without assertions. */
  readonly downstream: readonly Node[];
  /** Assertions that must hold before it starts. */
  readonly gates: readonly Node[];
  /** Assertions on it: those of its config block, and stand-alone ones that read it. */
  readonly assertions: readonly Node[];
  /** Dependencies that no action of the graph makes. */
  readonly unknown: readonly string[];
}

type Draft = { -readonly [K in keyof Node]: Node[K] extends readonly (infer T)[] ? T[] : Node[K] };

export const isAssertion = (action: Action): action is AssertionAction => action.kind === 'assertion';
/** Whether the action is a unit test, which no run knows and nothing reads. */
export const isTest = (action: Action): action is TestAction => action.kind === 'test';

/**
 * Joins the graph with a run of it, or of an older state of it. What the record lacks has its result from `earlier`, and otherwise counts
 * as not run.
 */
export function joinNodes(graph: CompiledGraph, record: RunRecord, earlier: readonly ActionResult[] = []): Node[] {
  const results = new Map([...earlier, ...record.actions].map((result) => [result.name, result]));
  const fileName = uniqueNames();
  const nodes: Draft[] = graph.actions.map((action) => {
    const name = targetName(action.target);
    const result = results.get(name);
    const slug = fileName(name);
    return {
      name,
      action,
      result,
      state: stateOf(action, result),
      reason: reasonOf(action, result),
      slug,
      href: `${isAssertion(action) ? 'assertions' : 'models'}/${slug}.html`,
      upstream: [],
      downstream: [],
      gates: [],
      assertions: [],
      unknown: [],
    };
  });
  const byName = new Map<string, Draft>();
  for (const node of nodes) if (!byName.has(node.name)) byName.set(node.name, node);
  for (const node of nodes) connect(node, byName);
  return nodes;
}

function connect(node: Draft, byName: ReadonlyMap<string, Draft>): void {
  const { action } = node;
  for (const name of action.dependencies) {
    const dependency = byName.get(name);
    if (!dependency) node.unknown.push(name);
    else if (isAssertion(dependency.action)) node.gates.push(dependency);
    else {
      node.upstream.push(dependency);
      if (!isAssertion(action) && !isTest(action)) dependency.downstream.push(node);
    }
  }
  if (!isAssertion(action)) return;
  const parent = action.parent === undefined ? undefined : byName.get(action.parent);
  for (const subject of parent ? [parent] : (node.upstream as Draft[])) subject.assertions.push(node);
}

function stateOf(action: Action, result: ActionResult | undefined): State {
  if (action.kind === 'declaration') return 'source';
  if (action.disabled) return 'disabled';
  return result === undefined ? 'not run' : (result.status.toLowerCase() as State);
}

function reasonOf(action: Action, result: ActionResult | undefined): string | undefined {
  const { disabledReason } = action.properties;
  if (action.disabled && typeof disabledReason === 'string') return disabledReason;
  return result?.reason;
}

/** How many of the nodes are in each state, the worst first, states without a node left out. */
export function countStates(nodes: readonly Node[]): (readonly [State, number])[] {
  return STATES.map((state) => [state, nodes.filter((node) => node.state === state).length] as const).filter(
    ([, n]) => n > 0,
  );
}

/** A copy in the order of {@link STATES}, then by name. */
export function worstFirst(nodes: readonly Node[]): Node[] {
  return [...nodes].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.name < b.name ? -1 : 1));
}
