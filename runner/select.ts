import { type Problem, TidemarkError } from '../core/errors.ts';
import { nearestFew } from '../core/nearest.ts';
import { type Target, targetName } from '../warehouse/target.ts';
import { closure, dagOf } from './dag.ts';
import type { Action, CompiledGraph, TestAction } from './graph.ts';

/** What the user asked to run. Without actions and tags it is everything. */
export interface Selection {
  /** Names, `schema.name`, `database.schema.name`, each with `*` wildcards. */
  readonly actions: readonly string[];
  /** Tags, with `*` wildcards. */
  readonly tags: readonly string[];
  readonly includeDependencies: boolean;
  readonly includeDependents: boolean;
  readonly fullRefresh: boolean;
}

export const EVERYTHING: Selection = {
  actions: [],
  tags: [],
  includeDependencies: false,
  includeDependents: false,
  fullRefresh: false,
};

/**
 * The names of the selected actions, in the order of the graph.
 *
 * Selectors of both kinds are united. Dependencies are added before dependents, so that what depends on an added dependency is in too.
 * A pattern with a dot matches a whole name; one without must be the bare name of exactly one action, unless it has a wildcard.
 *
 * @throws {TidemarkError} SELECTION_EMPTY, SELECTION_AMBIGUOUS for every selector that is wrong; USAGE for an inclusion without selector.
 */
export function select(graph: CompiledGraph, selection: Selection): string[] {
  const candidates = graph.actions.filter(({ kind }) => kind !== 'test');
  const { actions, tags } = selection;
  const names = candidates.map(({ target }) => targetName(target));
  if (actions.length === 0 && tags.length === 0) {
    if (selection.includeDependencies || selection.includeDependents) {
      throw new TidemarkError({
        code: 'USAGE',
        message: '--include-deps and --include-dependents extend a selection; there is none.',
        hint: 'Add --actions or --tags.',
      });
    }
    return names;
  }
  const problems: Problem[] = [];
  const collect = (result: string[] | Problem): string[] => {
    if (Array.isArray(result)) return result;
    problems.push(result);
    return [];
  };
  let selected = new Set([
    ...actions.flatMap((pattern) => collect(matchAction(pattern, candidates))),
    ...tags.flatMap((pattern) => collect(matchTag(pattern, candidates))),
  ]);
  if (problems.length > 0) throw new TidemarkError(problems);
  const dag = dagOf(candidates);
  if (selection.includeDependencies) selected = closure(selected, dag.dependencies);
  if (selection.includeDependents) selected = closure(selected, dag.dependents);
  return names.filter((name) => selected.has(name));
}

/**
 * The unit tests that a user asked for: by their own name or by that of the tested model, or by tag; all of them when nothing is asked
 * for. Selectors are united, and each may match several tests.
 *
 * @throws {TidemarkError} SELECTION_EMPTY for every selector that matches no test.
 */
export function selectTests(
  graph: CompiledGraph,
  { actions, tags }: Pick<Selection, 'actions' | 'tags'>,
): TestAction[] {
  const tests = graph.actions.filter((action) => action.kind === 'test');
  if (actions.length === 0 && tags.length === 0) return tests;
  const namesOf = ({ target, model }: TestAction) => [target.name, model, model.slice(model.indexOf('.') + 1)];
  const selectors = [
    ...actions.map((pattern) => ({ what: 'test', pattern, of: namesOf })),
    ...tags.map((pattern) => ({ what: 'test with the tag', pattern, of: (test: TestAction) => test.tags })),
  ];
  const matches = (test: TestAction, { pattern, of }: (typeof selectors)[number]) =>
    of(test).some((name) => matchesWildcard(pattern, name));
  const wrong = selectors.filter((selector) => !tests.some((test) => matches(test, selector)));
  if (wrong.length > 0)
    throw new TidemarkError(wrong.map(({ what, pattern, of }) => nothing(what, pattern, tests.flatMap(of))));
  return tests.filter((test) => selectors.some((selector) => matches(test, selector)));
}

function matchAction(pattern: string, candidates: readonly Action[]): string[] | Problem {
  const spellings = pattern.includes('.') ? qualified : ({ name }: Target) => [name];
  const matches = candidates.filter(({ target, canonicalTarget }) =>
    [...spellings(target), ...spellings(canonicalTarget)].some((name) => matchesWildcard(pattern, name)),
  );
  const names = matches.map(({ target }) => targetName(target));
  if (names.length === 0)
    return nothing(
      'action',
      pattern,
      candidates.flatMap(({ target }) => [targetName(target), target.name]),
    );
  if (names.length > 1 && !pattern.includes('.') && !pattern.includes('*')) {
    return { code: 'SELECTION_AMBIGUOUS', message: `"${pattern}" could be ${names.join(' or ')}.` };
  }
  return names;
}

function matchTag(pattern: string, candidates: readonly Action[]): string[] | Problem {
  const matches = candidates.filter(({ tags }) => tags.some((tag) => matchesWildcard(pattern, tag)));
  if (matches.length > 0) return matches.map(({ target }) => targetName(target));
  return nothing(
    'tag',
    pattern,
    candidates.flatMap(({ tags }) => tags),
  );
}

const qualified = (target: Target): string[] => [
  targetName(target),
  ...(target.database ? [`${target.database}.${targetName(target)}`] : []),
];

function nothing(what: string, pattern: string, known: readonly string[]): Problem {
  const near = nearestFew(pattern.replaceAll('*', ''), new Set(known));
  const others = near.length > 1 ? ` Near: ${near.join(', ')}.` : '';
  return {
    code: 'SELECTION_EMPTY',
    message: `no ${what} matches "${pattern}".${others}`,
    ...(near.length === 1 ? { nearest: near[0]! } : {}),
  };
}

/** `*` stands for any run of characters, also for none and for dots. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
