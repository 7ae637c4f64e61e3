import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../core/files.ts';
import { readScenario } from '../generators/scenario.ts';
import { sourceNames } from '../generators/sources/columns.ts';
import { compileProject } from '../runner/compile.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import { targetName } from '../warehouse/target.ts';
import { makeProject, run } from './support/project.ts';

const root = packageRoot();

interface StockGraph {
  readonly tables?: { target: { schema: string; name: string } }[];
  readonly assertions?: { target: { schema: string; name: string } }[];
  readonly declarations?: { target: { schema: string; name: string } }[];
  readonly tests?: { name: string }[];
  readonly graphErrors: { compilationErrors?: unknown[] };
}

/** The canonical sources that the Open University data has not. */
const ABSENT = [
  'accounts',
  'candidates',
  'countries',
  'exposures',
  'fx_rates',
  'order_payments',
  'orders',
  'payments',
  'products',
  'support_tickets',
  'touches',
  'transactions',
];

describe.each(['synthetic', 'oulad'])('the project on the data set %s', (dataset) => {
  test('compiles with the stock CLI with no error, to the actions that ours has', async () => {
    const cli = join(root, 'node_modules', '@dataform', 'cli', 'bundle.js');
    const { code, stdout } = await run(
      process.execPath,
      [cli, 'compile', root, '--json', `--vars=dataset=${dataset}`],
      root,
    );
    expect(code).toBe(0);
    const stock = JSON.parse(stdout) as StockGraph;
    expect(stock.graphErrors).toEqual({});
    const names = [
      ...[...(stock.tables ?? []), ...(stock.assertions ?? []), ...(stock.declarations ?? [])].map(({ target }) =>
        targetName(target),
      ),
      ...(stock.tests ?? []).map(({ name }) => `test.${name}`),
    ];
    expect(stock.tests?.length).toBeGreaterThan(2);
    const { actions } = await compileProject({ projectDir: root, engine: 'duckdb', vars: { dataset } });
    // Core refuses tests of incremental tables, so they are there for our engines only.
    const incremental = new Set(
      actions.filter(({ kind }) => kind === 'incremental').map(({ target }) => targetName(target)),
    );
    const ours = actions.filter((action) => action.kind !== 'test' || !incremental.has(action.model));
    expect(ours.length).toBeLessThan(actions.length);
    expect(ours.map(({ target }) => targetName(target)).sort()).toEqual(names.sort());
  });

  test('every model has a grain with a uniqueness assertion, an owner, a description of what a row is, and describes every column', async () => {
    const { actions } = await compileProject({ projectDir: root, engine: 'duckdb', vars: { dataset } });
    const models = actions.filter(({ kind }) => kind === 'table' || kind === 'incremental' || kind === 'view');
    expect(models.length).toBeGreaterThan(15);
    for (const model of models) {
      const name = targetName(model.target);
      expect(model.description, name).toMatch(/^One row per /);
      expect(model.properties, name).toMatchObject({ grain: expect.any(Array), owner: expect.any(String) });
      expect(model.columns.length, name).toBeGreaterThan(1);
      expect(
        model.columns.filter((column) => column.description.length < 5),
        name,
      ).toEqual([]);
      expect(uniqueKeyOf({ actions }, name), name).toContain((model.properties.grain as string[]).join(', '));
    }
  });
});

/** The columns that the uniqueness assertion of the model groups by, as its SQL names them. */
function uniqueKeyOf({ actions }: Pick<CompiledGraph, 'actions'>, name: string): string {
  const assertion = actions.find(
    (action) => action.kind === 'assertion' && action.parent === name && action.target.name.includes('uniqueKey'),
  );
  return assertion?.kind === 'assertion' ? assertion.query : '';
}

test('what a data set has no source for is disabled and says why', async () => {
  const { actions } = await compileProject({ projectDir: root, engine: 'duckdb', vars: { dataset: 'oulad' } });
  const disabled = actions.filter(({ disabled, properties }) => disabled && properties.disabledReason);
  const reasons = new Map(
    disabled.map(({ target, properties }) => [
      target.name,
      /^the data set oulad has no source for (.+)$/.exec(String(properties.disabledReason))?.[1]?.split(', '),
    ]),
  );
  const missing = [...ABSENT, 'events.received_ts', 'events.session_id', 'users.created_ts'];
  for (const [name, sources] of reasons) {
    expect(sources?.length, name).toBeGreaterThan(0);
    for (const source of sources!) expect(missing, name).toContain(source);
  }
  const silver = [...reasons].filter(([name]) => name.startsWith('silver_'));
  expect(silver).toEqual(ABSENT.map((source) => [`silver_${source}`, [source]]));
  expect(reasons.get('valid_late_rate_7d')).toEqual(['events.received_ts']);
  expect(reasons.get('mart_attribution')).toEqual(['touches', 'users.created_ts']);
  const features = actions.find(({ target }) => target.name === 'gold_user_features_daily')!;
  const unavailable = features.columns.filter(({ tags }) => tags.includes('unavailable'));
  expect(unavailable.map(({ name }) => name).sort()).toEqual(
    [
      'failed_payments_28d',
      'late_rate_7d',
      'mrr_usd',
      'open_tickets',
      'seats',
      'sessions_14d',
      'sessions_1d',
      'sessions_28d',
      'sessions_7d',
      'signup_channel',
      'tickets_14d',
    ].sort(),
  );
  for (const { description } of unavailable) expect(description).toMatch(/Not available in the data set oulad\.$/);
});

test('for the stock tools dataform.json names the sources of the baseline; a scenario without a section has its models disabled', async () => {
  const { vars } = JSON.parse(readFileSync(join(root, 'dataform.json'), 'utf8'));
  const spec = (name: string) => readScenario(join(root, 'configs', 'scenarios', `${name}.yaml`), root).value;
  expect(vars.sources).toBe(sourceNames(spec('baseline')).join('+'));
  const sources = sourceNames(spec('janus'));
  expect(sources).not.toContain('orders');
  const { actions } = await compileProject({
    projectDir: root,
    engine: 'duckdb',
    vars: { dataset: 'synthetic', sources: sources.join('+') },
  });
  const orders = actions.find(({ target }) => target.name === 'silver_orders')!;
  expect([orders.disabled, orders.properties.disabledReason]).toEqual([
    true,
    'the data set synthetic has no source for orders',
  ]);
});

test.each(['synthetic', 'oulad'])('the unit tests of the models pass on the data set %s', async (dataset) => {
  const { code, stderr } = await makeProject().tidemark('test', '--dataset', dataset);
  expect(stderr).toMatch(/\d unit tests passed \(/);
  expect(code).toBe(0);
});
