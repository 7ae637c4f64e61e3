import { beforeAll, describe, expect, test } from 'vitest';
import { compileRaw } from '../../runner/compile.ts';
import type { RawGraph } from '../../runner/raw-graph.ts';
import { generateProject } from '../support/generated-project.ts';
import { compileStock, respelled, withEngine } from '../support/stock.ts';

describe.each([
  { seed: 1, projectFile: 'workflow_settings.yaml' as const, flags: [], options: {} },
  {
    seed: 2,
    projectFile: 'dataform.json' as const,
    flags: ['--schema-suffix=dev', '--vars=days=9'],
    options: { schemaSuffix: 'dev', vars: { days: '9' } },
  },
])('200 models of seed $seed with $projectFile', ({ seed, projectFile, flags, options }) => {
  let project: string;
  let stock: RawGraph;

  beforeAll(() => {
    project = generateProject(seed, 200, projectFile);
    stock = compileStock(project, flags);
  });

  test('hold every kind of action', () => {
    const kinds = ['tables', 'operations', 'assertions', 'declarations', 'tests', 'notebooks'] as const;
    expect(kinds.filter((kind) => (stock[kind] ?? []).length === 0)).toEqual([]);
    expect(new Set((stock.tables ?? []).map(({ enumType }) => enumType)).size).toBe(3);
    expect((stock.tables ?? []).length).toBeGreaterThan(150);
  });

  test('compile to the graph of the stock CLI for BigQuery', async () => {
    const ours = await compileRaw({ projectDir: project, engine: 'bigquery', ...options });
    expect(ours).toEqual(withEngine(stock, 'bigquery'));
  });

  test('compile to the same graph for DuckDB, but for the spelling of names', async () => {
    const ours = await compileRaw({ projectDir: project, engine: 'duckdb', ...options });
    expect(ours).toEqual(respelled(withEngine(stock, 'duckdb')));
  });
});
