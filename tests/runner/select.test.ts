import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TidemarkError } from '../../core/errors.ts';
import { closure, dagOf, topological } from '../../runner/dag.ts';
import type { Action, CompiledGraph } from '../../runner/graph.ts';
import { EVERYTHING, matchesWildcard, type Selection, select } from '../../runner/select.ts';

function view(name: string, dependencies: readonly string[] = [], tags: readonly string[] = []): Action {
  const [schema, bare] = name.split('.') as [string, string];
  const target = { database: 'cloud', schema, name: bare };
  return {
    kind: 'view',
    target,
    canonicalTarget: target,
    dependencies,
    tags,
    disabled: false,
    fileName: `definitions/${bare}.sqlx`,
    description: '',
    columns: [],
    properties: {},
    query: 'select 1',
    preOperations: [],
    postOperations: [],
    materialized: false,
    bigquery: {},
  };
}

const graphOf = (actions: readonly Action[]): CompiledGraph => ({
  version: 1,
  projectConfig: { warehouse: '', defaultSchema: 'd', assertionSchema: 'checks', vars: {} },
  dataformCoreVersion: '3',
  hash: '',
  actions,
});

const graph = graphOf([
  view('gold.days', ['silver.events'], ['gold', 'daily']),
  view('gold.users', ['silver.users'], ['gold']),
  view('marts.report', ['gold.days', 'gold.users']),
  view('raw.users', []),
  view('silver.events', [], ['daily']),
  view('silver.users', ['raw.users']),
]);

const pick = (selection: Partial<Selection>) => select(graph, { ...EVERYTHING, ...selection });
function problem(selection: Partial<Selection>): string {
  try {
    return pick(selection).join();
  } catch (error) {
    if (error instanceof TidemarkError) return error.message;
    throw error;
  }
}

describe('selection', () => {
  test('is everything without a selector', () => {
    expect(pick({})).toEqual(['gold.days', 'gold.users', 'marts.report', 'raw.users', 'silver.events', 'silver.users']);
  });

  test('matches bare names, full names, names with the database, and wildcards', () => {
    expect(pick({ actions: ['days'] })).toEqual(['gold.days']);
    expect(pick({ actions: ['silver.users'] })).toEqual(['silver.users']);
    expect(pick({ actions: ['cloud.silver.users'] })).toEqual(['silver.users']);
    expect(pick({ actions: ['*.users'] })).toEqual(['gold.users', 'raw.users', 'silver.users']);
    expect(pick({ actions: ['user*'] })).toEqual(['gold.users', 'raw.users', 'silver.users']);
    expect(pick({ actions: ['gold.*', 'report'] })).toEqual(['gold.days', 'gold.users', 'marts.report']);
  });

  test('unites actions and tags, in the order of the graph', () => {
    expect(pick({ tags: ['daily'] })).toEqual(['gold.days', 'silver.events']);
    expect(pick({ tags: ['go*'], actions: ['report', 'events'] })).toEqual([
      'gold.days',
      'gold.users',
      'marts.report',
      'silver.events',
    ]);
  });

  test('adds dependencies first, then dependents of the larger set', () => {
    expect(pick({ actions: ['gold.users'], includeDependencies: true })).toEqual([
      'gold.users',
      'raw.users',
      'silver.users',
    ]);
    expect(pick({ actions: ['gold.users'], includeDependents: true })).toEqual(['gold.users', 'marts.report']);
    expect(pick({ actions: ['gold.days'], includeDependencies: true, includeDependents: true })).toEqual([
      'gold.days',
      'marts.report',
      'silver.events',
    ]);
  });

  test('names the matches of an ambiguous name', () => {
    expect(problem({ actions: ['users'] })).toBe(
      'SELECTION_AMBIGUOUS\n  "users" could be gold.users or raw.users or silver.users.\n' +
        '  Write `schema.name`; the message lists the matches. (docs/errors.md#selection_ambiguous)',
    );
  });

  test('reports every selector that matches nothing, with the nearest names', () => {
    expect(problem({ actions: ['reprot', 'nothing.like.it'], tags: ['dayly'] })).toBe(
      [
        'SELECTION_EMPTY',
        '  no action matches "reprot". Did you mean "report"?',
        '  The message lists the nearest names; `tidemark compile` lists all actions. (docs/errors.md#selection_empty)',
        'SELECTION_EMPTY',
        '  no action matches "nothing.like.it".',
        '  The message lists the nearest names; `tidemark compile` lists all actions. (docs/errors.md#selection_empty)',
        'SELECTION_EMPTY',
        '  no tag matches "dayly". Did you mean "daily"?',
        '  The message lists the nearest names; `tidemark compile` lists all actions. (docs/errors.md#selection_empty)',
      ].join('\n'),
    );
  });

  test('refuses an inclusion without a selector', () => {
    expect(problem({ includeDependents: true })).toBe(
      'USAGE\n  --include-deps and --include-dependents extend a selection; there is none.\n' +
        '  Add --actions or --tags. (docs/errors.md#usage)',
    );
  });
});

/** Any acyclic graph: an action may depend on those before it; the list is shuffled, so that its order says nothing. */
const dags = fc
  .integer({ min: 1, max: 14 })
  .chain((n) =>
    fc.tuple(
      ...Array.from({ length: n }, (_, i) =>
        fc.record({
          dependencies:
            i === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.integer({ min: 0, max: i - 1 }), { maxLength: 3 }),
          tags: fc.subarray(['x', 'y', 'z']),
        }),
      ),
    ),
  )
  .map((specs) =>
    specs.map(({ dependencies, tags }, i) =>
      view(
        `s.a${i}`,
        dependencies.map((d) => `s.a${d}`),
        tags,
      ),
    ),
  )
  .chain((actions) => fc.shuffledSubarray(actions, { minLength: actions.length }));

describe('any graph', () => {
  test('has an order in which all dependencies come first and nothing is lost', () => {
    fc.assert(
      fc.property(dags, (actions) => {
        const order = topological(dagOf(actions));
        expect([...order].sort()).toEqual(actions.map(({ target }) => `s.${target.name}`).sort());
        for (const { target, dependencies } of actions) {
          for (const dependency of dependencies)
            expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(`s.${target.name}`));
        }
      }),
    );
  });

  test('a selection with dependencies is closed under them, and is the least such set', () => {
    fc.assert(
      fc.property(dags, fc.integer({ min: 0, max: 13 }), (actions, i) => {
        const start = `s.a${i % actions.length}`;
        const selected = select(graphOf(actions), { ...EVERYTHING, actions: [start], includeDependencies: true });
        const byName = dagOf(actions);
        for (const name of selected)
          for (const dependency of byName.dependencies.get(name)!) expect(selected).toContain(dependency);
        // Least: everything but the start is needed by something selected.
        for (const name of selected) {
          if (name !== start)
            expect(byName.dependents.get(name)!.some((dependent) => selected.includes(dependent))).toBe(true);
        }
      }),
    );
  });

  test('dependents are the inverse of dependencies', () => {
    fc.assert(
      fc.property(dags, (actions) => {
        const dag = dagOf(actions);
        for (const a of dag.actions.keys()) {
          for (const b of dag.actions.keys()) {
            expect(closure([a], dag.dependencies).has(b)).toBe(closure([b], dag.dependents).has(a));
          }
        }
      }),
    );
  });

  test('several tags select what each of them selects', () => {
    fc.assert(
      fc.property(dags, fc.subarray(['x', 'y', 'z'], { minLength: 1 }), (actions, tags) => {
        fc.pre(tags.every((tag) => actions.some((action) => action.tags.includes(tag))));
        const one = (tag: string) => select(graphOf(actions), { ...EVERYTHING, tags: [tag] });
        expect(select(graphOf(actions), { ...EVERYTHING, tags }).sort()).toEqual(
          [...new Set(tags.flatMap(one))].sort(),
        );
      }),
    );
  });
});

test('a wildcard stands for any run of characters and nothing else is special', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), fc.string(), (parts, filler) => {
      const plain = parts.map((part) => part.replaceAll('*', ''));
      expect(matchesWildcard(plain.join('*'), plain.join(filler))).toBe(true);
    }),
  );
  expect(matchesWildcard('a.b', 'axb')).toBe(false);
  expect(matchesWildcard('a*', 'ba')).toBe(false);
});
