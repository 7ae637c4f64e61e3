import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { loadScenario } from '../../generators/scenario.ts';
import { SOURCE_COLUMNS } from '../../generators/sources/columns.ts';
import { writeWorld } from '../../generators/writing/write-world.ts';
import { compileProject } from '../../runner/compile.ts';
import type { AssertionAction, CompiledGraph, TableAction } from '../../runner/graph.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Row, Warehouse } from '../../warehouse/warehouse.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { FAULTS, FAULTS_OF_SOURCES, plainFault, ROW_FAULTS } from './assertion-faults.ts';
import { execute, failures, loadFiles, planOf } from './in-process.ts';

/** A world in which all sources have something, and no late event is so late that a threshold is crossed. */
const SETTINGS = [
  'experiments.setup={ days: [5, 20], arms: { control: 0.5, guided: 0.5 }, effects: { guided: { churn_log_odds: -0.3 } } }',
];
const graph: CompiledGraph = await compileProject({
  projectDir: packageRoot(),
  engine: 'duckdb',
  vars: { dataset: 'synthetic', sources: Object.keys(SOURCE_COLUMNS).join('+') },
});
const assertions = graph.actions.filter((action): action is AssertionAction => action.kind === 'assertion');
const tables = new Map(
  graph.actions
    .filter((action): action is TableAction => ['table', 'view', 'incremental'].includes(action.kind))
    .map((action) => [`${action.target.schema}.${action.target.name}`, action]),
);

let project: Project;
let warehouse: Warehouse;
let connection: Connection;
let wrong: string[];

beforeAll(async () => {
  project = makeProject({ keep: true });
  const root = packageRoot();
  const scenario = loadScenario(join(root, 'configs', 'scenarios', 'tiny.yaml'), root, {
    days: 35,
    users: 80,
    driftDay: 12,
    set: SETTINGS,
  });
  await writeWorld(
    scenario,
    { rawDir: project.path('data', 'raw', 'synthetic'), truthDir: project.path('data', 'truth', 'synthetic') },
    1,
    {
      signal: new AbortController().signal,
      onProgress() {},
      interrupted: () => new Error('interrupted'),
    },
  );
  warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  await loadFiles(project, 'synthetic', warehouse);
  wrong = failures(await execute(await planOf(graph, warehouse), warehouse));
  connection = await warehouse.connect();
});

afterAll(async () => {
  await connection?.close();
  await warehouse?.close();
  removeProject(project);
});

test('nothing is wrong with the world, and no assertion is disabled in it', async () => {
  expect(wrong).toEqual([]);
  expect(assertions.filter(({ disabled }) => disabled).map(({ target }) => target.name)).toEqual([]);
  expect(assertions.length).toBeGreaterThan(60);
  for (const { query, target } of assertions) expect(await connection.rows(query), target.name).toEqual([]);
});

/** Breaks the world, asks the assertion, and takes the fault back. */
async function broken(statements: readonly string[], { query }: AssertionAction): Promise<Row[]> {
  await connection.execute('begin');
  try {
    for (const statement of statements) await connection.execute(statement);
    return await connection.rows(query);
  } finally {
    await connection.execute('rollback');
  }
}

/** The table of an assertion, with at least one row; a view becomes a table for as long as it is broken. */
async function victim(parent: string): Promise<{ before: string[]; row: Row; keys: readonly string[] }> {
  const { kind, properties } = tables.get(parent)!;
  const keys = properties.grain as string[];
  const asTable =
    kind === 'view'
      ? [
          `create table victim as select * from ${parent}`,
          `drop view ${parent}`,
          `create table ${parent} as from victim`,
        ]
      : [];
  const [row] = await connection.rows(`select * from ${parent} limit 1`);
  if (row) return { before: asTable, row, keys };
  // Nothing is rejected in this world.
  const names = tables.get(parent)!.columns.map(({ name }) => name);
  const empty = Object.fromEntries(names.map((name) => [name, null]));
  return { before: [...asTable, `insert into ${parent} (${keys[0]}) values (null)`], row: empty, keys };
}

/** As it is printed, so that dates and big numbers can be compared. */
const printed = (value: unknown) => String(value);

describe('of each table', () => {
  const generated = assertions.filter(({ parent }) => parent !== undefined);

  test.each(
    generated.filter(({ query }) => query.includes('index_row_count')).map((one) => [one.target.name, one] as const),
  )('%s names the row that is there twice', async (_, assertion) => {
    const { before, row } = await victim(assertion.parent!);
    const found = await broken(
      [...before, `insert into ${assertion.parent} select * from ${assertion.parent} limit 1`],
      assertion,
    );
    expect(found).toHaveLength(1);
    const { index_row_count: count, ...key } = found[0]!;
    expect(count).toBe(2);
    expect(Object.keys(key).length).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(key)) expect(printed(value), name).toBe(printed(row[name]));
  });

  const conditions = generated.flatMap((assertion) =>
    [...assertion.query.matchAll(/'((?:[^']|'')*)' AS failing_row_condition/g)].map(
      ([, text]) => [assertion.parent!.split('.')[1]!, text!.replaceAll("''", "'"), assertion] as const,
    ),
  );

  test.each(conditions)('%s says which row breaks "%s"', async (table, condition, assertion) => {
    const fault = plainFault(condition) ?? ROW_FAULTS[`${table}: ${condition}`];
    expect(fault, `no fault is listed for "${table}: ${condition}": add one to ROW_FAULTS`).toBeDefined();
    const { before, row, keys } = await victim(assertion.parent!);
    const same = keys.map((key) =>
      row[key] === null ? `${key} is null` : `cast(${key} as varchar) = '${printed(row[key]).replaceAll("'", "''")}'`,
    );
    const found = await broken(
      [...before, `update ${assertion.parent} set ${fault} where ${same.join(' and ')}`],
      assertion,
    );
    const named = found.filter(({ failing_row_condition: said }) => said === condition);
    expect(named, `${table}: "${fault}" breaks nothing`).toHaveLength(1);
    const untouched = keys.filter((key) => !new RegExp(`\\b${key} = `).test(fault!));
    for (const key of untouched) expect(printed(named[0]![key]), key).toBe(printed(row[key]));
  });

  test('all are of one of the two kinds', () => {
    const known = new Set(conditions.map(([, , assertion]) => assertion));
    const other = generated.filter((one) => !one.query.includes('index_row_count') && !known.has(one));
    expect(other.map(({ target }) => target.name)).toEqual([]);
  });
});

describe('written by hand, and published from contracts', () => {
  const written = assertions.filter(({ parent }) => parent === undefined);

  test.each(written.map((one) => [one.target.name, one] as const))(
    '%s names the rows of its fault',
    async (name, assertion) => {
      const published = FAULTS_OF_SOURCES.flatMap(([pattern, fault]) => {
        const source = pattern.exec(name)?.[1];
        return source === undefined ? [] : [fault(source, assertion.query)];
      });
      const fault = FAULTS[name] ?? published[0];
      expect(
        fault,
        `no fault is listed for the assertion ${name}: add one to FAULTS of assertion-faults.ts`,
      ).toBeDefined();
      const found = await broken(fault!, assertion);
      expect(found.length, `${fault!.join('; ')} breaks nothing`).toBeGreaterThan(0);
      for (const row of found) {
        const { message, ...rest } = row;
        // Words, and not the name of a check.
        expect(message, name).toMatch(/^\S+( \S+){2,}$/);
        expect(Object.values(rest).filter((value) => value !== null).length, `${name} names no row`).toBeGreaterThan(0);
      }
    },
  );

  test('no fault is listed for what is not there', () => {
    const names = new Set(written.map(({ target }) => target.name));
    expect(Object.keys(FAULTS).filter((name) => !names.has(name))).toEqual([]);
    const known = assertions.flatMap(({ parent, query }) =>
      [...query.matchAll(/'((?:[^']|'')*)' AS failing_row_condition/g)].map(
        ([, text]) => `${parent?.split('.')[1]}: ${text!.replaceAll("''", "'")}`,
      ),
    );
    expect(Object.keys(ROW_FAULTS).filter((name) => !known.includes(name))).toEqual([]);
  });
});
