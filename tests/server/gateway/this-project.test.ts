import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../core/files.ts';
import { latestRun } from '../../../runner/history.ts';
import { openWarehouse } from '../../../warehouse/open.ts';
import { targetName } from '../../../warehouse/target.ts';
import type { Warehouse } from '../../../warehouse/warehouse.ts';
import { differences, rowsOf } from '../../models/compare.ts';
import { makeProject, type Project, type Result, removeProject } from '../../support/project.ts';
import { statuses, withCompiler } from '../../support/stock-project.ts';

const SCHEMAS = ['bronze', 'silver', 'analytics', 'gold', 'marts', 'assertions'];

let project: Project;
let stock: string;
let first: Result;
let ours: Result;

beforeAll(async () => {
  project = withCompiler(makeProject({ keep: true }));
  const world = ['--scenario', 'tiny'];
  for (const command of ['generate', 'load']) {
    const { code, stderr } = await project.tidemark(command, ...world);
    expect(code, stderr).toBe(0);
  }
  stock = project.path('data', 'stock.duckdb');
  cpSync(project.path('data', 'synthetic-tiny.duckdb'), stock);
  ours = await project.tidemark('run', ...world);
  first = await dataform('run');
});

afterAll(() => removeProject(project));

const dataform = (...args: string[]) =>
  project.tidemark('gateway', '--scenario', 'tiny', '--database', stock, '--', 'dataform', ...args);

describe('the stock CLI on DuckDB', () => {
  test('ends every action as our runner does', () => {
    expect(ours.code, ours.stderr).toBe(0);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const record = latestRun(project.path('reports', 'runs', 'synthetic-tiny'))!.record;
    const expected = Object.fromEntries(record.actions.map(({ name, status }) => [name, status]));
    expect(Object.keys(expected).length).toBeGreaterThan(100);
    expect(statuses(first)).toEqual(expected);
  });

  test('makes the tables and rows that our runner makes, and a second run merges into the same', async () => {
    const again = await dataform('run', '--disable-assertions');
    expect(again.code, again.stdout + again.stderr).toBe(0);
    const [a, b] = await Promise.all(
      [project.path('data', 'synthetic-tiny.duckdb'), stock].map((file) =>
        openWarehouse({ engine: 'duckdb', file, readOnly: true }),
      ),
    );
    try {
      await expectSame(a!, b!);
    } finally {
      await a!.close();
      await b!.close();
    }
  });

  test('a dry run checks every statement and leaves the file as it was', async () => {
    const before = sha256(readFileSync(stock));
    const { code, stdout, stderr } = await dataform('run', '--dry-run', '--tags', 'gold');
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Table dry run success: .*gold\.gold_user_features_daily/);
    expect(sha256(readFileSync(stock))).toBe(before);
  });

  test('leaves no credentials behind', () => {
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tidemark-gateway-'))).toEqual([]);
    expect(existsSync(project.path('.df-credentials.json'))).toBe(false);
  });
});

async function expectSame(a: Warehouse, b: Warehouse): Promise<void> {
  const relations = await a.relations(SCHEMAS);
  expect(await b.relations(SCHEMAS)).toEqual(relations);
  let rows = 0;
  for (const { target, type } of relations) {
    if (type === 'view' && target.schema === 'assertions') continue;
    expect((await b.describe(target))!.columns, targetName(target)).toEqual((await a.describe(target))!.columns);
    const expected = await rowsOf(a, target);
    expect(differences(expected, await rowsOf(b, target)).slice(0, 5), targetName(target)).toEqual([]);
    rows += expected.length;
  }
  expect(rows).toBeGreaterThan(100_000);
}
