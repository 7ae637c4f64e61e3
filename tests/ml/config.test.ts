import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configNames } from '../../core/config.ts';
import { packageRoot } from '../../core/files.ts';
import { loadMlConfig } from '../../ml/config.ts';
import { learningTables } from '../../ml/learning-tables.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import { CONFIG, FEATURE_COLUMNS, table } from './world.ts';

function problemsOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

function load(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-ml-config-'));
  writeFileSync(join(folder, 'churn.yaml'), text);
  return loadMlConfig(join(folder, 'churn.yaml'), folder);
}
const INVALID = 'The message says what was found and what was expected. (docs/errors.md#config_invalid)';

describe('configuration', () => {
  test.each(configNames(join(packageRoot(), 'configs', 'ml')))('configs/ml/%s.yaml is valid', (name) => {
    const { value } = loadMlConfig(join(packageRoot(), 'configs', 'ml', `${name}.yaml`), packageRoot());
    expect(value.name).toMatch(/^[a-z]/);
  });

  test('fills in what is left out', () => {
    const { value } = load(CONFIG);
    expect(value).toMatchObject({
      rareLevelShare: 0.01,
      population: [],
      bootstrap: { draws: 200, seed: 11, level: 0.95 },
    });
    expect(value.split).toEqual({
      kind: 'folds',
      folds: 4,
      testDays: 14,
      gapDays: 0,
      minPositives: 10,
      minTrainDays: 56,
      trainDays: undefined,
    });
  });

  test('reports what the schema cannot say, all at once with places', () => {
    const text = CONFIG.replace('horizon_days: 14', 'horizon_days: 7')
      .replace(
        /split: .*/,
        'split: { cutoffs: [2026-02-01, 2026-03-01], test_until: [2026-03-15, 2026-02-20], min_positives: 10 }',
      )
      .replace('edges: [2, 5, 20]', 'edges: [5, 2]');
    expect(problemsOf(() => load(text))).toBe(
      [
        `CONFIG_INVALID churn.yaml:5:50\n  label.horizon_days: found 7, but the name of churn_within_14d says 14; expected the same number\n  ${INVALID}`,
        `CONFIG_INVALID churn.yaml:7:32\n  split.cutoffs.1: found 2026-03-01, expected 2026-03-15 or later: test windows must not overlap\n  ${INVALID}`,
        `CONFIG_INVALID churn.yaml:7:70\n  split.test_until.1: found 2026-02-20, expected a day after the cutoff 2026-03-01\n  ${INVALID}`,
        `CONFIG_INVALID churn.yaml:11:80\n  slices.2.edges: found [5,2], expected ascending numbers\n  ${INVALID}`,
      ].join('\n'),
    );
  });

  test('wants one kind of split', () => {
    const both = CONFIG.replace('folds: 4,', 'folds: 4, cutoffs: [2026-02-01], test_until: [2026-03-01],');
    const keys = 'expected either folds, test_days and min_train_days, or cutoffs and test_until';
    expect(problemsOf(() => load(both))).toBe(
      `CONFIG_INVALID churn.yaml:7:8\n  split: found both folds and cutoffs; ${keys}\n  ${INVALID}`,
    );
    const neither = CONFIG.replace(/split: .*/, 'split: { min_positives: 10 }');
    expect(problemsOf(() => load(neither))).toBe(
      `CONFIG_INVALID churn.yaml:7:8\n  split: found neither folds nor cutoffs; ${keys}\n  ${INVALID}`,
    );
  });
});

const graph = (...actions: CompiledGraph['actions']): CompiledGraph => ({
  version: 1,
  projectConfig: { warehouse: 'duckdb', defaultSchema: 'a', assertionSchema: 'b', vars: {} },
  dataformCoreVersion: '3.0.62',
  hash: '',
  actions,
});
const column = (name: string, ...tags: string[]) => ({ name, description: '', tags });
const features = table('features', ['silver.events', 'silver.users'], FEATURE_COLUMNS);
const labels = table('labels', [], [column('id', 'key'), column('day', 'time'), column('churn_within_14d', 'label')]);
const RUN = 'Run `tidemark run` first; mark the columns in the SQLX config block. (docs/errors.md#model_not_found)';

describe('learning tables', () => {
  test('are found by tags, with what the card needs', () => {
    const silver = { ...table('events', ['bronze.events'], []), target: { schema: 'silver', name: 'events' } };
    const found = learningTables(graph(features, labels, silver), 'churn_within_14d');
    expect(found).toMatchObject({
      features: { name: 'features' },
      labels: { name: 'labels' },
      featureKey: 'user_id',
      labelKey: 'id',
      featureTime: 'date_day',
      labelTime: 'day',
      sliceColumns: ['country'],
      lineage: ['bronze.events', 'silver.events', 'silver.users'],
    });
    expect(found.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'days_since_last_event numeric',
      'events_7d count',
      'tickets_14d count',
      'csat numeric',
      'late_rate_7d rate',
      'is_trial flag',
      'plan_id categorical',
    ]);
    expect(found.unavailable.map(({ name }) => name)).toEqual(['seats']);
    expect(found.received).toBeUndefined();
  });

  test('a graph without any says what was looked for', () => {
    const other = table('other', [], [column('churn_within_30d', 'label')]);
    expect(problemsOf(() => learningTables(graph(other), 'churn_within_14d'))).toBe(
      `MODEL_NOT_FOUND\n  looked for a table with columns tagged "feature" among 1 enabled table of the compiled graph and found none\n  ${RUN}\n` +
        `MODEL_NOT_FOUND\n  looked for a table with a column "churn_within_14d" tagged "label" among 1 enabled table of the compiled graph and found none; columns tagged "label": churn_within_30d. Did you mean "churn_within_30d"?\n  ${RUN}`,
    );
  });

  test('two candidates, two keys, no kind and an id as feature are refused together', () => {
    const odd = table(
      'odd',
      [],
      [
        column('user_id', 'key', 'feature', 'numeric'),
        column('date_day', 'time'),
        column('device', 'key'),
        column('amount', 'feature'),
      ],
    );
    const twice = table('labels_again', [], labels.columns);
    const file = 'definitions/gold/odd.sqlx';
    expect(problemsOf(() => learningTables(graph(odd, labels, twice), 'churn_within_14d'))).toBe(
      [
        `MODEL_NOT_FOUND\n  looked for a table with a column "churn_within_14d" tagged "label" and found 2: gold.labels, gold.labels_again; expected exactly one\n  ${RUN}`,
        `MODEL_NOT_FOUND ${file}\n  looked for the column of gold.odd tagged "key" and found user_id, device; expected exactly one\n  ${RUN}`,
        `LEAKAGE ${file}\n  the column user_id of gold.odd is tagged "feature" and "key"; a model must not learn from ids, dates or labels\n  The message names the feature or rows; remove the feature or mend the model that makes it. (docs/errors.md#leakage)`,
        `MODEL_NOT_FOUND ${file}\n  the feature amount of gold.odd has no kind; expected exactly one of the tags count, numeric, rate, flag, categorical\n  ${RUN}`,
      ].join('\n'),
    );
  });
});
